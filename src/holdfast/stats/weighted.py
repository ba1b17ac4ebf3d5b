"""A share of answers that were drawn with unequal, known probabilities, and may come in groups."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from holdfast.stats.grouped import deviating_groups, drawn_to_groups
from holdfast.stats.intervals import Interval, nothing_known, wilson
from holdfast.stats.samples import FloatArray, IntArray, SampleError, group_codes, unit_values


def weighted_rate(
    values: ArrayLike,
    weights: ArrayLike | None = None,
    groups: Sequence[Hashable] | None = None,
    *,
    confidence: float = 0.95,
) -> Interval:
    """Return the weighted mean of values in [0, 1] and its interval.

    The mean is Hajek's ratio of weighted sums. The interval is Wilson's on an effective number of answers:
    share (1 - share) over the linearised variance of the ratio between groups (Cochran 1977, ch. 11; Korn and
    Graubard 1998, Survey Methodology 24:193), at most Kish's (sum w)^2 / sum w^2, and drawn towards one
    effective answer a group as in `effective_size`, because few deviating answers tell little of it.

    Args:
        values: One value in [0, 1] an answer.
        weights: How many answers of the population each stands for, > 0; None for equal weights.
        groups: One label an answer; None if each answer is a group of its own.
        confidence: Level, in (0, 1).

    Returns:
        The interval; [0, 1] without a value if there are no answers.

    Raises:
        SampleError: If a value is NaN or outside [0, 1], or labels, weights and values differ in number.
        SampleError: If a weight is not positive and finite, or the confidence is not in (0, 1).
    """
    array = unit_values(values, "values")
    factors = sampling_weights(weights, array.size)
    codes = group_codes(range(array.size) if groups is None else groups, array.size)
    if array.size == 0:
        return nothing_known(wilson(0, 0, confidence=confidence).method)
    share = min(1.0, max(0.0, float(factors @ array / factors.sum())))
    effective = _effective(array, factors / factors.sum(), share, codes)
    plain = wilson(share * effective, effective, confidence=confidence)
    method = f"{plain.method} on {effective:.4g} effective of {array.size} answers"
    return Interval(share, min(plain.low, share), max(plain.high, share), method)


def sampling_weights(weights: ArrayLike | None, n: int) -> FloatArray:
    """Return one positive weight an answer.

    Args:
        weights: The weights; None for equal ones.
        n: How many answers there are.

    Returns:
        Shape (n,).

    Raises:
        SampleError: If there is not one weight an answer, or one is not positive and finite.
    """
    if weights is None:
        return np.ones(n)
    array = np.asarray(weights, dtype=np.float64)
    if array.shape != (n,):
        raise SampleError(f"weights of shape {array.shape} for {n} answers: each answer needs one")
    wrong = array[~((array > 0) & np.isfinite(array))]
    if wrong.size:
        raise SampleError(f"weight {wrong[0]!r}: a sampling weight is positive and finite")
    return array


def _effective(values: FloatArray, weights: FloatArray, share: float, codes: IntArray) -> float:
    """Return the effective number of answers; `weights` add up to 1."""
    least = 1.0 / float((np.bincount(codes, weights) ** 2).sum())
    kish = 1.0 / float((weights**2).sum())
    groups = int(codes.max()) + 1
    between = float((np.bincount(codes, weights * (values - share)) ** 2).sum())
    if groups < 2 or between <= np.finfo(np.float64).eps ** 2:
        return least
    # Bessel's factors of both variances, so that independent answers of equal weight count one each.
    bessel = (1 - 1 / groups) / (1 - 1 / values.size)
    observed = bessel * share * (1 - share) / between
    return drawn_to_groups(min(observed, kish), least, deviating_groups(values, codes))
