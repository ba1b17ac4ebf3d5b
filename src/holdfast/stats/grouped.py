"""A rate whose answers come in groups: how much they really tell, and the interval that follows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from holdfast.stats.bounds import Bounds
from holdfast.stats.intervals import Interval, Sided, nothing_known, wilson
from holdfast.stats.samples import FloatArray, IntArray, group_codes, unit_values

PRIOR_GROUPS = 2.0
"""Weight of full correlation within groups, in groups: what is assumed until the data speak."""


@dataclass(frozen=True, slots=True)
class EffectiveSize:
    """How much answers in groups tell.

    Attributes:
        n: Answers.
        groups: Groups.
        effective: Independent answers that would tell as much, in (0, n]; 0 without answers.
    """

    n: int
    groups: int
    effective: float

    @property
    def design_effect(self) -> float:
        """Variance over that of as many independent answers (Kish 1965); >= 1."""
        return self.n / self.effective if self.effective else 1.0


def effective_size(values: ArrayLike, groups: Sequence[Hashable]) -> EffectiveSize:
    """Return how many independent answers would tell as much as these.

    The design effect is the variance of the mean over groups (linearised; Cochran 1977, ch. 11) over the
    variance it would have with independent answers. Answers that are all 0 or all 1 carry no information
    on their correlation, and few deviating ones next to none; so the estimate is drawn towards full
    correlation within groups, where the design effect is sum(m_g^2)/n for group sizes m_g, with the weight
    of `PRIOR_GROUPS` groups against the number of groups that deviate from all 0 or from all 1, whichever is
    smaller. The result lies between full independence (n) and full correlation.

    Args:
        values: One value in [0, 1] an answer.
        groups: One label an answer.

    Returns:
        The size.

    Raises:
        SampleError: If a value is NaN or outside [0, 1], or labels and values differ in number.
    """
    array = unit_values(values, "values")
    return _size(array, group_codes(groups, array.size))


def grouped_rate(
    values: ArrayLike, groups: Sequence[Hashable], *, confidence: float = 0.95, sided: Sided = "two"
) -> Interval:
    """Return the mean of per-answer values and its interval when answers come in groups.

    Wilson's interval on the effective number of answers (Korn and Graubard 1998, Survey Methodology 24:193,
    with Wilson's instead of the exact interval as in Dean and Pagano 2015, J. Survey Stat. Methodol.
    3:484); see `effective_size`. It is never narrower than Wilson's on all answers, never wider than on the
    groups, and equals it when every group has one row. For graded values in [0, 1] it is conservative,
    because their variance is at most that of a yes-or-no answer with the same mean.

    Args:
        values: One value in [0, 1] an answer; no NaN (see `worst_case`).
        groups: One label an answer.
        confidence: Level, in (0, 1).
        sided: Two-sided, or one bound at the whole level.

    Returns:
        The interval; [0, 1] without a value if there are no answers.

    Raises:
        SampleError: If a value is NaN or outside [0, 1], or labels and values differ in number.
        SampleError: If the confidence is not in (0, 1).
    """
    array = unit_values(values, "values")
    return coded_rate(array, group_codes(groups, array.size), confidence=confidence, sided=sided)


def coded_rate(
    values: FloatArray, codes: IntArray, *, confidence: float = 0.95, sided: Sided = "two"
) -> Interval:
    """Return `grouped_rate` of values that were checked, with groups as `group_codes` gives them."""
    size = _size(values, codes)
    if size.n == 0:
        return nothing_known(wilson(0, 0, confidence=confidence, sided=sided).method)
    share = min(1.0, max(0.0, float(values.mean())))
    plain = wilson(share * size.effective, size.effective, confidence=confidence, sided=sided)
    noun = "answers" if size.groups == size.n else f"answers in {size.groups} groups"
    method = f"{plain.method} on {size.effective:.4g} effective of {size.n} {noun}"
    return Interval(share, min(plain.low, share), max(plain.high, share), method)


def grouped_bounds(
    bounds: Bounds, groups: Sequence[Hashable], *, confidence: float = 0.95, sided: Sided = "two"
) -> Interval:
    """Return the interval of a rate of which each answer is known within bounds only.

    From the lower end at the least values to the upper end at the largest: it holds whatever the missing
    verdicts are (cf. Imbens and Manski 2004, Econometrica 72:1845). The value is the mean of the least
    values.

    Args:
        bounds: Least and largest value an answer.
        groups: One label an answer.
        confidence: Level, in (0, 1).
        sided: Two-sided, or one bound at the whole level.

    Returns:
        The interval; [0, 1] without a value if there are no answers.

    Raises:
        SampleError: If labels and values differ in number, or the confidence is not in (0, 1).
    """
    return coded_bounds(bounds, group_codes(groups, bounds.n), confidence=confidence, sided=sided)


def coded_bounds(
    bounds: Bounds, codes: IntArray, *, confidence: float = 0.95, sided: Sided = "two"
) -> Interval:
    """Return `grouped_bounds` with groups as `group_codes` gives them: for many rates on the same rows."""
    least = coded_rate(bounds.low, codes, confidence=confidence, sided=sided)
    if not bounds.undetermined:
        return least
    largest = coded_rate(bounds.high, codes, confidence=confidence, sided=sided)
    method = f"{least.method}; {bounds.undetermined} undetermined answers bounded by worst case"
    return Interval(least.value, least.low, largest.high, method)


def drawn_to_groups(observed: float | None, by_group: float, deviating: int) -> float:
    """Return an effective number of answers, drawn towards full correlation within groups.

    A harmonic mean, because variances are what is averaged: of the number observed with the weight of the
    deviating groups, and of the number under full correlation with the weight of `PRIOR_GROUPS`.

    Args:
        observed: Effective number that the data show, > 0; None where they cannot show any.
        by_group: Effective number under full correlation within groups, > 0.
        deviating: Groups that deviate from all 0, or from all 1, whichever are fewer.

    Returns:
        The effective number, between the two.
    """
    if observed is None:
        return by_group
    return (deviating + PRIOR_GROUPS) / (deviating / observed + PRIOR_GROUPS / by_group)


def deviating_groups(values: FloatArray, codes: IntArray) -> int:
    """Return in how many groups values deviate from all 0, or from all 1, whichever are fewer."""
    sums, sizes = np.bincount(codes, values), np.bincount(codes)
    return int(min((sums > 0).sum(), (sums < sizes).sum()))


def by_group(codes: IntArray) -> float:
    """Return the effective number of answers under full correlation within groups: n^2 / sum(m_g^2)."""
    return codes.size**2 / float((np.bincount(codes).astype(np.float64) ** 2).sum())


def _size(values: FloatArray, codes: IntArray) -> EffectiveSize:
    n = values.size
    if n == 0:
        return EffectiveSize(0, 0, 0.0)
    least = by_group(codes)
    effect = _design_effect(values, codes)
    # Sampling noise takes the observed design effect below independence and above full correlation.
    observed = None if effect is None else n / min(max(effect, 1.0), n / least)
    effective = drawn_to_groups(observed, least, deviating_groups(values, codes))
    return EffectiveSize(n, int(codes.max()) + 1, effective)


def _design_effect(values: FloatArray, codes: IntArray) -> float | None:
    """Return the observed design effect; None where the values cannot show one."""
    n, groups = values.size, int(codes.max()) + 1
    residuals = values - values.mean()
    independent = float((residuals**2).sum()) / (n * max(n - 1, 1))
    if groups < 2 or independent <= np.finfo(np.float64).eps ** 2:
        return None
    clustered = groups / (groups - 1) * float((np.bincount(codes, residuals) ** 2).sum()) / n**2
    return clustered / independent
