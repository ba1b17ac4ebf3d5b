"""Two models (or one before and after) on the same prompts and seeds: difference, and what flipped."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from holdfast.stats.bounds import Bounds, worst_case
from holdfast.stats.crossed import cell_sums, crossed_rate, crossed_variance
from holdfast.stats.grouped import coded_rate
from holdfast.stats.intervals import Interval, nothing_known
from holdfast.stats.power import smallest_sign_flip_p
from holdfast.stats.samples import FloatArray, IntArray, SampleError, check_confidence, group_codes
from holdfast.stats.seeds import SEEDS_FOR_INTERVAL

EXACT_FLIPS = 100_000
"""Sign flips are enumerated up to this many, and drawn at random (with a fixed seed) beyond."""


@dataclass(frozen=True, slots=True)
class Flip:
    """A row whose value changed.

    Attributes:
        item: Row id.
        seed: Index of the seed, in the order given.
        before: Value in the first arm.
        after: Value in the second.
    """

    item: str
    seed: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Second arm minus first, row by row and seed by seed.

    Attributes:
        interval: Mean difference, in [-1, 1], and its range (below 6 seeds) or interval.
        per_seed: The difference in each seed.
        p: Two-sided sign-flip p-value over seeds; None below 6 seeds.
        smallest_p: The smallest p-value that so many seeds can give.
        flips: Rows whose value changed, both values known.
        undetermined: Pairs of which a value is missing.
    """

    interval: Interval
    per_seed: tuple[Interval, ...]
    p: float | None
    smallest_p: float
    flips: tuple[Flip, ...]
    undetermined: int


def paired_difference(
    first: Sequence[ArrayLike],
    second: Sequence[ArrayLike],
    groups: Sequence[Hashable],
    items: Sequence[str],
    *,
    confidence: float = 0.95,
) -> PairedDifference:
    """Return the difference of two rates on the same seeds and prompts.

    In one seed: Newcombe's square-and-add interval for paired proportions (1998, Statistics in Medicine
    17:2635, method 10) on grouped Wilson intervals. Below 6 seeds: the range of these. From 6 seeds: the same
    construction on both arms' intervals over seeds (`crossed_rate`), with the correlation of their means from
    the crossed variances of both and of the difference (Zou and Donner 2008, Statistics in Medicine 27:1693);
    and an exact sign-flip test over the seeds' mean differences (Fisher 1935; Good 2005, ch. 3). Missing
    values are bounded by worst case. Compare only at matched capability (see `matched`).

    Args:
        first: For each seed one value in [0, 1] a row; NaN where there is no usable verdict.
        second: The same rows and seeds, in the same order.
        groups: One label a row.
        items: One id a row.
        confidence: Level, in (0, 1).

    Returns:
        The difference; its value is that over pairs with both values known, None if there are none.

    Raises:
        SampleError: If there are no seeds, or seeds, rows, labels and ids do not pair up.
        SampleError: If a value lies outside [0, 1], or the confidence is not in (0, 1).
    """
    check_confidence(confidence)
    before = tuple(worst_case(each) for each in first)
    after = tuple(worst_case(each) for each in second)
    _check_pairs(before, after, len(groups), len(items))
    codes = group_codes(groups, len(groups))
    per_seed = tuple(_one_seed(a, b, codes, confidence) for a, b in zip(before, after, strict=True))
    undetermined = sum(int(_unknown(a, b).sum()) for a, b in zip(before, after, strict=True))
    p: float | None = None
    if len(before) < SEEDS_FOR_INTERVAL or not items:
        interval = _range(before, after, per_seed)
    else:
        interval = _crossed(before, after, codes, confidence)
        p = None if undetermined else sign_flip_p([each.value for each in per_seed if each.value is not None])
    return PairedDifference(
        interval=interval,
        per_seed=per_seed,
        p=p,
        smallest_p=smallest_sign_flip_p(len(before)),
        flips=_flips(before, after, items),
        undetermined=undetermined,
    )


def sign_flip_p(differences: Sequence[float]) -> float:
    """Return the two-sided p-value of "no difference" under exchangeable signs.

    Args:
        differences: One a seed.

    Returns:
        The share of sign assignments with a mean at least as far from 0, in (0, 1].

    Raises:
        SampleError: If there is no difference.
    """
    if not differences:
        raise SampleError("a sign-flip test needs at least one paired difference")
    each = np.asarray(differences, dtype=np.float64)
    seen = abs(float(each.sum())) - 1e-9 * float(np.abs(each).sum())
    far = np.abs(_sign_assignments(each.size) @ each) >= seen
    # Drawn at random, the assignment that was seen counts as one more.
    exact = 2**each.size <= EXACT_FLIPS
    return float(far.mean() if exact else (far.sum() + 1) / (far.size + 1))


@cache
def _sign_assignments(seeds: int) -> FloatArray:
    """Return all assignments of signs to seeds, or so many at random, shape (assignments, seeds)."""
    if 2**seeds <= EXACT_FLIPS:
        negative = (np.arange(2**seeds)[:, None] >> np.arange(seeds)) & 1
        return np.where(negative, -1.0, 1.0)
    return np.random.default_rng(0).choice([-1.0, 1.0], size=(EXACT_FLIPS, seeds))


def _check_pairs(before: Sequence[Bounds], after: Sequence[Bounds], groups: int, items: int) -> None:
    if not before or len(before) != len(after):
        raise SampleError(f"{len(before)} and {len(after)} seeds do not pair up")
    sizes = {each.n for each in (*before, *after)} | {groups, items}
    if len(sizes) != 1:
        raise SampleError(f"rows, group labels and ids do not pair up: {sorted(sizes)}")


def _unknown(before: Bounds, after: Bounds) -> FloatArray:
    return np.asarray((before.low < before.high) | (after.low < after.high), dtype=np.float64)


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


Compare = Callable[[FloatArray, FloatArray], Interval]
"""Turns values of both arms, alike in shape, into the interval of their difference."""


def _worst_case(before: Sequence[Bounds], after: Sequence[Bounds], compare: Compare) -> Interval:
    """Return the interval over all that missing values can be, with the value over pairs that are known."""
    least = compare(np.stack([each.high for each in before]), np.stack([each.low for each in after]))
    most = least
    if any(each.undetermined for each in (*before, *after)):
        most = compare(np.stack([each.low for each in before]), np.stack([each.high for each in after]))
    return Interval(_mean_difference(before, after), least.low, most.high, least.method)


def _one_seed(before: Bounds, after: Bounds, codes: IntArray, confidence: float) -> Interval:
    if before.n == 0:
        return Interval(None, -1.0, 1.0, nothing_known("no answers").method)
    groups = int(codes.max()) + 1

    def newcombe(first: FloatArray, second: FloatArray) -> Interval:
        one = coded_rate(first[0], codes, confidence=confidence)
        two = coded_rate(second[0], codes, confidence=confidence)
        covariance = float(((first - first.mean()) * (second - second.mean())).mean())
        phi = _correlation(covariance, 1 / groups, float(first.var()), float(second.var()))
        found = added_difference(one, two, phi)
        return replace(found, method=f"Newcombe's paired score {100 * confidence:g} % interval")

    return _worst_case([before], [after], newcombe)


def _crossed(
    before: Sequence[Bounds], after: Sequence[Bounds], codes: IntArray, confidence: float
) -> Interval:
    sizes = np.bincount(codes)

    def crossed(first: FloatArray, second: FloatArray) -> Interval:
        one, two = crossed_rate(first, codes, confidence), crossed_rate(second, codes, confidence)
        phi = 0.0
        if sizes.size > 1:
            of_first, of_second, of_both = (
                crossed_variance(cell_sums(values - values.mean(), codes), sizes).variance
                for values in (first, second, second - first)
            )
            covariance = (of_first + of_second - of_both) / 2
            phi = _correlation(covariance, 1 / sizes.size**2, of_first, of_second)
        method = (
            f"mean; square-and-add {100 * confidence:g} % interval, crossed variances of {len(first)} "
            f"seeds x {sizes.size} groups, correlation {phi:.2f}"
        )
        return replace(added_difference(one, two, phi), method=method)

    return _worst_case(before, after, crossed)


def _mean_difference(before: Sequence[Bounds], after: Sequence[Bounds]) -> float | None:
    known = [
        b.low[_unknown(a, b) == 0] - a.low[_unknown(a, b) == 0] for a, b in zip(before, after, strict=True)
    ]
    pooled = np.concatenate(known)
    return float(pooled.mean()) if pooled.size else None


def _range(before: Sequence[Bounds], after: Sequence[Bounds], per_seed: Sequence[Interval]) -> Interval:
    return Interval(
        _mean_difference(before, after),
        min(each.low for each in per_seed),
        max(each.high for each in per_seed),
        f"mean; range of {len(per_seed)} seeds, each a {per_seed[0].method}",
    )


def _flips(before: Sequence[Bounds], after: Sequence[Bounds], items: Sequence[str]) -> tuple[Flip, ...]:
    found = []
    for seed, (a, b) in enumerate(zip(before, after, strict=True)):
        flipped = (a.low == a.high) & (b.low == b.high) & (a.low != b.low)
        found += [
            Flip(items[row], seed, float(a.low[row]), float(b.low[row]))
            for row in np.flatnonzero(flipped).tolist()
        ]
    return tuple(found)
