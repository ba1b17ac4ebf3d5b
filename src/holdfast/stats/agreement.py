"""How far judges agree beyond chance: Cohen's kappa and Krippendorff's alpha, with intervals."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from holdfast.stats.grouped import by_group, drawn_to_groups
from holdfast.stats.intervals import score_interval
from holdfast.stats.samples import FloatArray, IntArray, SampleError, check_confidence, group_codes


@dataclass(frozen=True, slots=True)
class Agreement:
    """Agreement of judges on the same answers.

    Attributes:
        value: The coefficient: 1 is perfect, 0 what chance gives; None where it is not defined.
        low: Lower end of its interval, at least -1; None where there is no value.
        high: Upper end, at most 1.
        observed: Share of the answers on which all their judges agree; None without answers.
        n: Answers with at least two ratings.
        method: The estimator and the kind of interval, in words.
    """

    value: float | None
    low: float | None
    high: float | None
    observed: float | None
    n: int
    method: str


@dataclass(frozen=True, slots=True, eq=False)
class _Chance:
    """Agreement seen and agreement by chance, of one sample or of several at once.

    Attributes:
        seen: Share of pairs of ratings that agree.
        expected: The same if ratings were dealt out at random.
    """

    seen: FloatArray
    expected: FloatArray

    @property
    def coefficient(self) -> FloatArray:
        """(seen - expected) / (1 - expected); NaN where chance alone always agrees."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((self.seen - self.expected) / (1 - self.expected))


def cohen_kappa(
    first: Sequence[str | None],
    second: Sequence[str | None],
    groups: Sequence[Hashable] | None = None,
    *,
    confidence: float = 0.95,
) -> Agreement:
    """Return Cohen's kappa of two judges (1960, Educational and Psychological Measurement 20:37).

    The interval is a score interval of the observed agreement, mapped to kappa at the chance agreement found.
    Its number of answers is what the delete-one-group jackknife variance of kappa amounts to, drawn towards
    one answer a group while few groups disagree (see `drawn_to_groups`). So it does not shrink to a point
    where judges never disagreed.

    Args:
        first: One category an answer; None where the judge gave none. Answers without both ratings tell
            nothing of agreement and are left out.
        second: The other judge's, on the same answers.
        groups: One label an answer: answers of a group are not independent; None if all are.
        confidence: Level, in (0, 1).

    Returns:
        The agreement; without a value if no answer has both ratings or all ratings are one category.

    Raises:
        SampleError: If the judges or the labels differ in number, or the confidence is not in (0, 1).
    """
    if len(first) != len(second):
        raise SampleError(f"{len(first)} and {len(second)} ratings: judges must rate the same answers")
    codes = _codes([first, second])
    rated = (codes[0] >= 0) & (codes[1] >= 0)
    kept = _groups_of(rated, groups)
    codes = codes[:, rated]
    n, categories = codes.shape[1], int(codes.max(initial=-1)) + 1
    cells = np.zeros((n, categories**2))
    cells[np.arange(n), codes[0] * categories + codes[1]] = 1.0
    return _agreement("Cohen's kappa", cells, codes[0] == codes[1], kept, _kappa, confidence)


def krippendorff_alpha(
    ratings: Sequence[Sequence[str | None]],
    groups: Sequence[Hashable] | None = None,
    *,
    confidence: float = 0.95,
) -> Agreement:
    """Return Krippendorff's alpha of judges for nominal categories (2019, Content Analysis, ch. 12).

    The interval is made like that of `cohen_kappa`.

    Args:
        ratings: For each judge one category an answer; None where it gave none. Answers with fewer than two
            ratings tell nothing of agreement and are left out.
        groups: One label an answer: answers of a group are not independent; None if all are.
        confidence: Level, in (0, 1).

    Returns:
        The agreement; without a value if no answer has two ratings or all ratings are one category.

    Raises:
        SampleError: If there are fewer than two judges, or they or the labels differ in number.
        SampleError: If the confidence is not in (0, 1).
    """
    sizes = {len(judge) for judge in ratings}
    if len(ratings) < 2 or len(sizes) != 1:
        raise SampleError(
            f"alpha needs two or more judges of the same answers, got {len(ratings)} of {sizes}"
        )
    codes = _codes(ratings)
    categories = int(codes.max(initial=-1)) + 1
    counts = (codes[..., None] == np.arange(categories)).sum(axis=0)
    rated = counts.sum(axis=1) >= 2
    kept = _groups_of(rated, groups)
    counts = counts[rated].astype(np.float64)
    given = counts.sum(axis=1)
    agreeing = (counts * (counts - 1)).sum(axis=1) / (given - 1)
    sums = np.column_stack([agreeing, counts])
    return _agreement(
        "Krippendorff's alpha", sums, counts.max(axis=1, initial=0) == given, kept, _alpha, confidence
    )


def _kappa(sums: FloatArray) -> _Chance:
    """Return the agreement of flattened tables of two judges, shape (..., categories^2)."""
    categories = math.isqrt(sums.shape[-1])
    tables = sums.reshape(*sums.shape[:-1], categories, categories)
    n = tables.sum(axis=(-2, -1))
    by_chance = (tables.sum(axis=-1) * tables.sum(axis=-2)).sum(axis=-1) / n**2
    return _Chance(np.trace(tables, axis1=-2, axis2=-1) / n, by_chance)


def _alpha(sums: FloatArray) -> _Chance:
    """Return the agreement of coincidences: those on the diagonal, then ratings by category."""
    given = sums[..., 1:].sum(axis=-1)
    by_chance = (sums[..., 1:] * (sums[..., 1:] - 1)).sum(axis=-1) / (given * (given - 1))
    return _Chance(sums[..., 0] / given, by_chance)


def _agreement(
    name: str,
    sums: FloatArray,
    agree: NDArray[np.bool_],
    groups: Sequence[Hashable] | None,
    measure: Callable[[FloatArray], _Chance],
    confidence: float,
) -> Agreement:
    """Return a coefficient of per-answer `sums`, shape (answers, k), and its interval."""
    check_confidence(confidence)
    n = len(sums)
    codes = group_codes(range(n) if groups is None else groups, n)
    if n == 0:
        return Agreement(None, None, None, None, 0, f"{name}; no answers with two ratings")
    observed = float(agree.mean())
    total = sums.sum(axis=0)
    whole = measure(total)
    value, seen, expected = (float(each) for each in (whole.coefficient, whole.seen, whole.expected))
    if not math.isfinite(value):
        return Agreement(None, None, None, observed, n, f"{name}; not defined: all ratings are one category")
    variance = _jackknife(sums, codes, measure)
    # All or none agreeing shows no spread of the agreement seen, whatever chance agreement does.
    found = seen * (1 - seen) / (variance * (1 - expected) ** 2) if variance and 0 < seen < 1 else None
    deviating = min(len(set(codes[~agree].tolist())), len(set(codes[agree].tolist())))
    effective = drawn_to_groups(None if found is None else min(found, n), by_group(codes), deviating)
    normal = float(stats.norm.isf((1 - confidence) / 2))
    # A coefficient is a straight line in the agreement seen, at the chance agreement found.
    ends = score_interval(min(1.0, max(0.0, seen)), effective, normal, name)
    low, high = ((end - expected) / (1 - expected) for end in (ends.low, ends.high))
    method = (
        f"{name}; score {100 * confidence:g} % interval, jackknife over {int(codes.max()) + 1} groups, "
        f"{effective:.4g} effective of {n} answers"
    )
    return Agreement(value, max(-1.0, min(low, value)), min(1.0, max(high, value)), observed, n, method)


def _jackknife(sums: FloatArray, codes: IntArray, measure: Callable[[FloatArray], _Chance]) -> float | None:
    """Return the delete-one-group variance of a coefficient; None where it is not defined or 0."""
    groups = int(codes.max()) + 1
    if groups < 2:
        return None
    by_group_sums = np.zeros((groups, sums.shape[1]))
    np.add.at(by_group_sums, codes, sums)
    without = measure(sums.sum(axis=0) - by_group_sums).coefficient
    variance = (groups - 1) / groups * float(((without - without.mean()) ** 2).sum())
    return variance if math.isfinite(variance) and variance > np.finfo(np.float64).eps ** 2 else None


def _groups_of(rated: NDArray[np.bool_], groups: Sequence[Hashable] | None) -> list[Hashable] | None:
    """Return the groups of the answers that are kept."""
    if groups is None:
        return None
    if len(groups) != rated.size:
        raise SampleError(f"{len(groups)} group labels for {rated.size} answers: each answer needs one")
    return [group for group, keep in zip(groups, rated, strict=True) if keep]


def _codes(ratings: Sequence[Sequence[str | None]]) -> IntArray:
    """Return categories as integers, -1 where there is none; shape (judges, answers)."""
    names = sorted({each for judge in ratings for each in judge if each is not None})
    known = {name: code for code, name in enumerate(names)}
    rows = [[-1 if each is None else known[each] for each in judge] for judge in ratings]
    return np.array(rows, dtype=np.intp).reshape(len(ratings), -1)
