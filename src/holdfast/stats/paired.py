"""Two models (or one before and after) on the same prompts and seeds: difference, and what flipped."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from holdfast.stats.bounds import Bounds, worst_case
from holdfast.stats.grouped import grouped_rate
from holdfast.stats.intervals import Interval, nothing_known
from holdfast.stats.power import smallest_sign_flip_p
from holdfast.stats.samples import FloatArray, SampleError, check_confidence, group_codes
from holdfast.stats.seeds import SEEDS_FOR_INTERVAL, cell_sums, crossed_variance

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
    17:2635, method 10, without continuity correction) on grouped Wilson intervals. Below 6 seeds: the range
    of these. From 6 seeds: Student's t with the crossed variance of seeds and groups (see
    `crossed_variance`), and an exact sign-flip test over the seeds' mean differences (Fisher 1935; Good
    2005, ch. 3). Missing values are bounded by worst case. Compare only at matched capability (see
    `matched`).

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
    per_seed = tuple(_one_seed(a, b, groups, confidence) for a, b in zip(before, after, strict=True))
    undetermined = sum(int(_unknown(a, b).sum()) for a, b in zip(before, after, strict=True))
    p: float | None = None
    if len(before) < SEEDS_FOR_INTERVAL or not items:
        interval = _range(before, after, per_seed)
    else:
        interval = _crossed(before, after, groups, confidence)
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
    if len(differences) == 1 or not any(differences):
        return 1.0
    result = stats.permutation_test(
        (np.asarray(differences, dtype=np.float64),),
        np.mean,
        permutation_type="samples",
        alternative="two-sided",
        n_resamples=EXACT_FLIPS,
        rng=np.random.default_rng(0),
    )
    return float(result.pvalue)


def _check_pairs(before: Sequence[Bounds], after: Sequence[Bounds], groups: int, items: int) -> None:
    if not before or len(before) != len(after):
        raise SampleError(f"{len(before)} and {len(after)} seeds do not pair up")
    sizes = {each.n for each in (*before, *after)} | {groups, items}
    if len(sizes) != 1:
        raise SampleError(f"rows, group labels and ids do not pair up: {sorted(sizes)}")


def _unknown(before: Bounds, after: Bounds) -> FloatArray:
    return np.asarray((before.low < before.high) | (after.low < after.high), dtype=np.float64)


def _one_seed(before: Bounds, after: Bounds, groups: Sequence[Hashable], confidence: float) -> Interval:
    if before.n == 0:
        return Interval(None, -1.0, 1.0, nothing_known("no answers").method)
    low = _newcombe(before.high, after.low, groups, confidence).low
    high = _newcombe(before.low, after.high, groups, confidence).high
    method = f"Newcombe's paired score {100 * confidence:g} % interval"
    return Interval(_mean_difference((before,), (after,)), low, high, method)


def _newcombe(
    before: FloatArray, after: FloatArray, groups: Sequence[Hashable], confidence: float
) -> Interval:
    one = grouped_rate(before, groups, confidence=confidence)
    two = grouped_rate(after, groups, confidence=confidence)
    first, second = float(before.mean()), float(after.mean())
    phi = _correlation(before, after)
    down = (second - two.low, one.high - first)
    up = (two.high - second, first - one.low)
    difference = second - first
    return Interval(
        difference,
        max(-1.0, difference - _root(*down, phi)),
        min(1.0, difference + _root(*up, phi)),
        "Newcombe",
    )


def _root(one: float, two: float, phi: float) -> float:
    return math.sqrt(max(0.0, one**2 - 2 * phi * one * two + two**2))


def _correlation(before: FloatArray, after: FloatArray) -> float:
    """Return the correlation of paired values; 0 where one of them does not vary."""
    spread = float(before.std() * after.std())
    if spread < 1e-12:
        return 0.0
    return float(((before - before.mean()) * (after - after.mean())).mean()) / spread


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


def _crossed(
    before: Sequence[Bounds], after: Sequence[Bounds], groups: Sequence[Hashable], confidence: float
) -> Interval:
    pairs = list(zip(before, after, strict=True))
    low = _student(np.stack([b.low - a.high for a, b in pairs]), groups, confidence).low
    high = _student(np.stack([b.high - a.low for a, b in pairs]), groups, confidence).high
    method = (
        f"mean; Student's t {100 * confidence:g} % interval, crossed variance of {len(pairs)} seeds x "
        f"{len(set(groups))} groups"
    )
    return Interval(_mean_difference(before, after), low, high, method)


def _student(differences: FloatArray, groups: Sequence[Hashable], confidence: float) -> Interval:
    seeds, rows = differences.shape
    mean = float(differences.mean())
    codes = group_codes(groups, rows)
    tail = (1 - confidence) / 2
    # Rows that never differ (or always by as much) show no variance; how often rows outside this sample do is
    # then bounded by what so many groups can exclude.
    unseen = grouped_rate(np.zeros(rows), groups, confidence=confidence).high
    half = unseen
    if codes.max() > 0:
        crossed = crossed_variance(cell_sums(differences - mean, codes), np.bincount(codes))
        if crossed.variance > 0:
            half = float(stats.t.isf(tail, crossed.df)) * math.sqrt(crossed.variance)
    return Interval(mean, max(-1.0, mean - half), min(1.0, mean + half), f"t over {seeds} seeds")


def _flips(before: Sequence[Bounds], after: Sequence[Bounds], items: Sequence[str]) -> tuple[Flip, ...]:
    return tuple(
        Flip(item, seed, float(a.low[row]), float(b.low[row]))
        for seed, (a, b) in enumerate(zip(before, after, strict=True))
        for row, item in enumerate(items)
        if a.low[row] == a.high[row] and b.low[row] == b.high[row] and a.low[row] != b.low[row]
    )
