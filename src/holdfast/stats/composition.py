"""How answers divide into categories, with intervals that hold for all categories at once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from scipy import stats

from holdfast.stats.intervals import Interval, clopper_pearson
from holdfast.stats.samples import SampleError, check_confidence
from holdfast.stats.seeds import rate_over_seeds


@dataclass(frozen=True, slots=True)
class Composition:
    """Shares of categories.

    Attributes:
        shares: One a category, in the order asked for; the values add up to 1.
        n: Answers over all seeds.
        method: How the intervals were made, in words.
    """

    shares: Mapping[str, Interval]
    n: int
    method: str


def composition(
    outcomes: Sequence[Sequence[str]],
    groups: Sequence[Hashable],
    categories: Sequence[str],
    *,
    confidence: float = 0.95,
) -> Composition:
    """Return the share of every category over seeds that were asked the same prompts.

    All intervals hold jointly at the level: each has 1 - (1 - level) / categories (Bonferroni), with groups
    and seeds as in `rate_over_seeds`. For independent answers of one seed these are Goodman's intervals
    (1965, Technometrics 7:247), which hold too seldom where categories are rare. So they are widened to
    Clopper and Pearson's on as many effective answers.

    Args:
        outcomes: For each seed one category a row.
        groups: One label a row, shared by all seeds.
        categories: All categories, in the order wanted.
        confidence: Joint level, in (0, 1).

    Returns:
        The composition; without answers its shares have no values.

    Raises:
        SampleError: If a category is repeated or an answer's is not among them.
        SampleError: If seeds, rows and labels do not pair up, or the confidence is not in (0, 1).
    """
    check_confidence(confidence)
    for seed in outcomes:
        check_categories(seed, categories)
    each = 1 - (1 - confidence) / max(len(categories), 1)
    shares = {
        category: _widened(
            rate_over_seeds(
                [[float(word == category) for word in seed] for seed in outcomes], groups, confidence=each
            ).interval,
            each,
        )
        for category in categories
    }
    method = (
        f"joint {100 * confidence:g} % intervals of {len(categories)} shares: Goodman's (Bonferroni), "
        "widened to Clopper and Pearson's"
    )
    return Composition(shares, sum(len(seed) for seed in outcomes), method)


def _widened(interval: Interval, confidence: float) -> Interval:
    """Return an interval widened to the exact one on as many answers as its wider side amounts to."""
    share = interval.value
    if share is None:
        return interval
    squared = float(stats.norm.isf((1 - confidence) / 2)) ** 2
    ends = [end for end in (interval.low, interval.high) if end not in (0.0, share, 1.0)]
    if not ends:
        return interval
    # A score interval's ends e solve (e - share)^2 = z^2 e (1 - e) / n.
    n = min(squared * end * (1 - end) / (end - share) ** 2 for end in ends)
    exact = clopper_pearson(share * n, n, confidence=confidence)
    low, high = min(interval.low, exact.low), max(interval.high, exact.high)
    return Interval(share, low, high, f"{interval.method}; widened to Clopper-Pearson on {n:.4g} answers")


def check_categories(given: Iterable[str | None], categories: Sequence[str]) -> None:
    """Check that categories are distinct and hold every answer's.

    Args:
        given: Categories of answers; None where there is none.
        categories: All that there are.

    Raises:
        SampleError: If a category is repeated.
        SampleError: If an answer's is not among them.
    """
    if len(set(categories)) != len(categories):
        raise SampleError(f"categories must be distinct, got {', '.join(categories)}")
    if unknown := sorted({each for each in given if each is not None} - set(categories)):
        raise SampleError(f"unknown category {unknown[0]!r}: the categories are {', '.join(categories)}")
