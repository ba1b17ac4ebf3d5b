"""The difference of two rates from the interval of each: distances to the ends, squared and added."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from holdfast.stats.crossed import cell_sums, crossed_rate, crossed_variance
from holdfast.stats.grouped import coded_rate
from holdfast.stats.intervals import Interval, nothing_known
from holdfast.stats.samples import FloatArray, IntArray


def added_difference(first: Interval, second: Interval, correlation: float = 0.0) -> Interval:
    """Return the difference of two rates, second minus first, from the interval of each.

    Distances from value to end are squared and added (Newcombe 1998, Statistics in Medicine 17:873 and 2635).

    Args:
        first: The rate subtracted.
        second: The rate it is subtracted from.
        correlation: Of the two estimates, in [-1, 1]; 0 for independent samples.

    Returns:
        The difference, within [-1, 1]. Where a rate has no value neither has it, and the ends are -1 and 1.
    """
    if first.value is None or second.value is None:
        return Interval(None, -1.0, 1.0, nothing_known("no answers").method)
    value = second.value - first.value
    low = value - _root(second.value - second.low, first.high - first.value, correlation)
    high = value + _root(second.high - second.value, first.value - first.low, correlation)
    return Interval(value, max(-1.0, low), min(1.0, high), "square-and-add interval")


def newcombe_difference(
    first: FloatArray, second: FloatArray, codes: IntArray, confidence: float
) -> Interval:
    """Return the difference of two rates on the same rows.

    Method 10 of Newcombe (1998, Statistics in Medicine 17:2635) on `grouped_rate`.

    Args:
        first: One value in [0, 1] a row; at least one.
        second: The same rows.
        codes: Group of each row.
        confidence: Level, in (0, 1).

    Returns:
        Second minus first.
    """
    one, two = (coded_rate(values, codes, confidence=confidence) for values in (first, second))
    covariance = float(((first - first.mean()) * (second - second.mean())).mean())
    unseen = 1 / (int(codes.max()) + 1)
    phi = _correlation(covariance, unseen, float(first.var()), float(second.var()))
    method = f"Newcombe's paired score {100 * confidence:g} % interval"
    return replace(added_difference(one, two, phi), method=method)


def crossed_difference(first: FloatArray, second: FloatArray, codes: IntArray, confidence: float) -> Interval:
    """Return the difference of two rates over the same seeds and rows.

    As for one seed, on `crossed_rate`; the correlation of the two means follows from the crossed variances of
    both and of the difference (Zou and Donner 2008, Statistics in Medicine 27:1693).

    Args:
        first: One value in [0, 1] a seed and row, shape (seeds, rows); at least two seeds.
        second: The same seeds and rows.
        codes: Group of each row, shape (rows,).
        confidence: Level, in (0, 1).

    Returns:
        Second minus first.
    """
    one, two = crossed_rate(first, codes, confidence), crossed_rate(second, codes, confidence)
    sizes = np.bincount(codes)
    phi = 0.0
    if sizes.size > 1:
        of_first, of_second, of_both = (
            crossed_variance(cell_sums(values - values.mean(), codes), sizes).variance
            for values in (first, second, second - first)
        )
        phi = _correlation((of_first + of_second - of_both) / 2, 1 / sizes.size**2, of_first, of_second)
    method = (
        f"mean; square-and-add {100 * confidence:g} % interval, crossed variances of {len(first)} "
        f"seeds x {sizes.size} groups, correlation {phi:.2f}"
    )
    return replace(added_difference(one, two, phi), method=method)


def _root(one: float, two: float, correlation: float) -> float:
    return math.sqrt(max(0.0, one**2 - 2 * correlation * one * two + two**2))


def _correlation(covariance: float, unseen: float, first: float, second: float) -> float:
    """Return a correlation from a covariance and variances; 0 where one of these is 0.

    Rows that never differ may differ outside the sample: as if one group more did, half of `unseen` is taken
    off a positive covariance (Newcombe's correction of phi; Fagerland et al. 2014, Stat. Med. 33:2850).
    """
    if min(first, second) < np.finfo(np.float64).eps ** 2:
        return 0.0
    if covariance > 0:
        covariance = max(0.0, covariance - unseen / 2)
    return min(1.0, max(-1.0, covariance / math.sqrt(first * second)))
