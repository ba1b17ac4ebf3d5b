"""Two models (or one before and after) on the same prompts and seeds: difference, and what flipped."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from holdfast.stats.bounds import Bounds, worst_case
from holdfast.stats.differences import crossed_difference, newcombe_difference
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


def sign_flip_p(differences: ArrayLike) -> float:
    """Return the two-sided p-value of "no difference" under exchangeable signs.

    Args:
        differences: One a seed.

    Returns:
        The share of sign assignments with a mean at least as far from 0, in (0, 1].

    Raises:
        SampleError: If there is no difference, or one of them is NaN or infinite.
    """
    each = np.asarray(differences, dtype=np.float64)
    if each.ndim != 1 or not each.size:
        raise SampleError(
            f"a sign-flip test needs at least one paired difference, one a seed, not shape {each.shape}"
        )
    if not np.isfinite(each).all():
        raise SampleError(
            f"{int((~np.isfinite(each)).sum())} of {each.size} paired differences are NaN or infinite",
            next_step="bound what is missing with paired_difference, which gives no p-value then",
        )
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
    return _worst_case(
        [before], [after], lambda first, second: newcombe_difference(first[0], second[0], codes, confidence)
    )


def _crossed(
    before: Sequence[Bounds], after: Sequence[Bounds], codes: IntArray, confidence: float
) -> Interval:
    return _worst_case(
        before, after, lambda first, second: crossed_difference(first, second, codes, confidence)
    )


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
