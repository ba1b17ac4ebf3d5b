"""Intervals for a proportion: Wilson's score interval and Clopper and Pearson's exact one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Literal

from scipy import stats

from holdfast.stats.samples import SampleError, check_confidence

Sided = Literal["two", "lower", "upper"]
"""`lower` gives a lower bound only (the upper end is 1), `upper` an upper bound only (the lower end is 0)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate and how far off it may be.

    Attributes:
        value: Point estimate; None where there is nothing to estimate from.
        low: Lower end.
        high: Upper end.
        method: The estimator and the kind of interval, in words a reader can look up.
    """

    value: float | None
    low: float
    high: float
    method: str

    @property
    def width(self) -> float:
        """Distance between the ends."""
        return self.high - self.low


def nothing_known(method: str) -> Interval:
    """Return the interval of a share of which nothing is known: no value, [0, 1]."""
    return Interval(None, 0.0, 1.0, method)


def wilson(successes: float, n: float, *, confidence: float = 0.95, sided: Sided = "two") -> Interval:
    """Return Wilson's score interval for a proportion.

    The ends are the roots p of |successes/n - p| = z sqrt(p (1 - p) / n) (Wilson 1927, JASA 22:209; method 3
    of Newcombe 1998, Statistics in Medicine 17:857). It behaves at 0 and n successes and covers close to
    its nominal level on average, which the textbook interval does not (Brown, Cai and DasGupta 2001).

    Args:
        successes: Successes, in [0, n]; fractional where n is an effective number.
        n: Answers, or the effective number of them; 0 gives [0, 1] without a value.
        confidence: Level, in (0, 1).
        sided: Two-sided, or one bound at the whole level.

    Returns:
        The interval, within [0, 1].

    Raises:
        SampleError: If the counts are negative, NaN, or there are more successes than answers.
        SampleError: If the confidence is not in (0, 1).
    """
    _check_counts(successes, n)
    tail = _tail(confidence, sided)
    method = _describe("Wilson score", confidence, sided)
    if n == 0:
        return nothing_known(f"{method}; no answers")
    return score_interval(successes / n, n, _normal_quantile(tail), method, sided)


def score_interval(share: float, n: float, critical: float, method: str, sided: Sided = "two") -> Interval:
    """Return the score interval at a given critical value (normal for Wilson, t for few seeds).

    Args:
        share: Observed share, in [0, 1].
        n: Effective number of answers, > 0.
        critical: Quantile of the reference distribution, > 0.
        method: What to call it.
        sided: Which ends are kept.

    Returns:
        The interval, within [0, 1].
    """
    ratio = critical**2 / n
    centre = (share + ratio / 2) / (1 + ratio)
    half = math.sqrt(share * (1 - share) * ratio + ratio**2 / 4) / (1 + ratio)
    # At share 0 and 1 the root is exactly the share; rounding must not move it off the edge.
    low = 0.0 if sided == "upper" or share == 0.0 else max(0.0, min(centre - half, share))
    high = 1.0 if sided == "lower" or share == 1.0 else min(1.0, max(centre + half, share))
    return Interval(share, low, high, method)


def clopper_pearson(
    successes: float, n: float, *, confidence: float = 0.95, sided: Sided = "two"
) -> Interval:
    """Return Clopper and Pearson's exact interval for a proportion.

    The ends are the proportions that a binomial test at half the level would just reject: beta quantiles
    (Clopper and Pearson 1934, Biometrika 26:404). It never covers less than its level, and is wider than
    Wilson's for it.

    Args:
        successes: Successes, in [0, n].
        n: Answers; 0 gives [0, 1] without a value.
        confidence: Level, in (0, 1).
        sided: Two-sided, or one bound at the whole level.

    Returns:
        The interval, within [0, 1].

    Raises:
        SampleError: If the counts are negative, NaN, or there are more successes than answers.
        SampleError: If the confidence is not in (0, 1).
    """
    _check_counts(successes, n)
    tail = _tail(confidence, sided)
    method = _describe("Clopper-Pearson", confidence, sided)
    if n == 0:
        return nothing_known(f"{method}; no answers")
    low, high = 0.0, 1.0
    if sided != "upper" and successes > 0:
        low = float(stats.beta.ppf(tail, successes, n - successes + 1))
    if sided != "lower" and successes < n:
        high = float(stats.beta.isf(tail, successes + 1, n - successes))
    return Interval(successes / n, low, high, method)


def _check_counts(successes: float, n: float) -> None:
    if not 0 <= successes <= n < math.inf:
        raise SampleError(f"{successes!r} successes of {n!r} answers is no proportion")


@cache
def _normal_quantile(tail: float) -> float:
    """Return what a standard normal variable exceeds with probability `tail`; few levels are ever asked."""
    return float(stats.norm.isf(tail))


def _tail(confidence: float, sided: Sided) -> float:
    check_confidence(confidence)
    if sided not in ("two", "lower", "upper"):
        raise SampleError(f"sided={sided!r} is none of 'two', 'lower', 'upper'")
    return (1 - confidence) / (2 if sided == "two" else 1)


def _describe(name: str, confidence: float, sided: Sided) -> str:
    kind = {"two": "interval", "lower": "lower bound", "upper": "upper bound"}[sided]
    return f"{name} {100 * confidence:g} % {kind}"
