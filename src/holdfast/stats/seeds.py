"""A rate over seeds: the seed is the unit, and the prompts are the same in each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from holdfast.stats.bounds import Bounds, worst_case
from holdfast.stats.crossed import crossed_rate
from holdfast.stats.grouped import coded_bounds
from holdfast.stats.intervals import Interval, nothing_known
from holdfast.stats.samples import IntArray, SampleError, check_confidence, group_codes, unit_values

SEEDS_FOR_INTERVAL = 6
"""Fewest seeds for an interval over seeds: with 5, no two-sided 5 % statement is possible (2/2^5 > 0.05)."""


@dataclass(frozen=True, slots=True)
class SeedRate:
    """A rate over seeds.

    Attributes:
        interval: Mean over seeds, and its range (below 6 seeds) or interval.
        per_seed: The interval of each seed, in the order given.
        n: Answers over all seeds.
        undetermined: Answers whose value is known within bounds only (unscored, or `partial`).
    """

    interval: Interval
    per_seed: tuple[Interval, ...]
    n: int
    undetermined: int

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return len(self.per_seed)


def rate_over_seeds(
    values: Sequence[ArrayLike],
    groups: Sequence[Hashable],
    *,
    partial: Sequence[ArrayLike] | None = None,
    confidence: float = 0.95,
) -> SeedRate:
    """Return a rate over seeds that were asked the same prompts.

    Below 6 seeds: the range of the per-seed intervals (`grouped_rate`), from the lowest lower to the
    highest upper end. From 6 seeds: the interval of `crossed_rate` within that range: what seeds differ by
    cannot be told from a handful of harmful answers, and no seed says more than its own interval. How often
    either covers the rate over all seeds and prompts is measured in docs/coverage.md.

    There is no one-sided bound of the mean. Below 5 seeds none holds at 95 % whatever the seeds' rates are:
    even the median seed lies below all k seeds with chance 1/2^k, which is 1/16 at 4. From 5 seeds the least
    and the largest seed bound the median seed, which says nothing of the mean: one seed unlike the others
    moves the mean and not the median. Bounds of the median seed are given for times of events, whose mean is
    unknown while some are censored (`event_summary`).

    Args:
        values: For each seed one value in [0, 1] a row; NaN where there is no usable verdict (may be 0 or 1).
        groups: One label a row, shared by all seeds.
        partial: For each seed one value a row that may count on top of `values` (harm: answered beside
            complied); None where nothing may.
        confidence: Level, in (0, 1).

    Returns:
        The rate. Its value is the mean at the least possible values; without rows or seeds, or where each
        answer may be anything from 0 to 1, there is none.

    Raises:
        SampleError: If seeds differ in their number of rows, or labels and rows do.
        SampleError: If a value lies outside [0, 1], or values + partial exceeds 1.
        SampleError: If the confidence is not in (0, 1).
    """
    check_confidence(confidence)
    bounds = _per_seed_bounds(values, partial)
    for each in bounds:
        if each.n != len(groups):
            raise SampleError(f"a seed has {each.n} rows, but there are {len(groups)} group labels")
    codes = group_codes(groups, len(groups))
    per_seed = tuple(_one_seed(each, codes, confidence) for each in bounds)
    n = sum(each.n for each in bounds)
    undetermined = sum(each.undetermined for each in bounds)
    if n == 0:
        return SeedRate(nothing_known(f"{len(bounds)} seeds without answers"), per_seed, 0, 0)
    value = float(np.mean([each.low.mean() for each in bounds]))
    if all(each.unknown for each in bounds):
        method = f"{len(bounds)} seeds, no answer determined"
        return SeedRate(nothing_known(method), per_seed, n, undetermined)
    if len(bounds) < SEEDS_FOR_INTERVAL:
        interval = _range(value, per_seed)
    else:
        interval = _within(_crossed_interval(bounds, codes, confidence), _range(value, per_seed))
    if undetermined:
        noted = f"{interval.method}; {undetermined} of {n} answers bounded by worst case"
        interval = Interval(interval.value, interval.low, interval.high, noted)
    return SeedRate(interval, per_seed, n, undetermined)


def _one_seed(bounds: Bounds, codes: IntArray, confidence: float) -> Interval:
    interval = coded_bounds(bounds, codes, confidence=confidence)
    return replace(interval, value=None) if bounds.unknown else interval


def _per_seed_bounds(values: Sequence[ArrayLike], partial: Sequence[ArrayLike] | None) -> tuple[Bounds, ...]:
    known = tuple(worst_case(each) for each in values)
    if partial is None:
        return known
    if len(partial) != len(known):
        raise SampleError(f"{len(partial)} seeds of partial values for {len(known)} seeds of values")
    widened = []
    for each, extra in zip(known, partial, strict=True):
        more = unit_values(extra, "partial values")
        if more.shape != each.low.shape or (each.low + more > 1.0).any():
            raise SampleError("values + partial must pair up row by row and stay within [0, 1]")
        widened.append(Bounds(each.low, np.maximum(each.high, each.low + more)))
    return tuple(widened)


def _range(value: float, per_seed: tuple[Interval, ...]) -> Interval:
    seeds = f"{len(per_seed)} seed" + ("s" if len(per_seed) > 1 else "")
    return Interval(
        value,
        min(each.low for each in per_seed),
        max(each.high for each in per_seed),
        f"mean; range of {seeds}, each a {per_seed[0].method}",
    )


def _within(interval: Interval, limits: Interval) -> Interval:
    low, high = max(interval.low, limits.low), min(interval.high, limits.high)
    return Interval(interval.value, low, high, interval.method)


def _crossed_interval(bounds: Sequence[Bounds], codes: IntArray, confidence: float) -> Interval:
    least = crossed_rate(np.stack([each.low for each in bounds]), codes, confidence)
    if not any(each.undetermined for each in bounds):
        return least
    largest = crossed_rate(np.stack([each.high for each in bounds]), codes, confidence)
    return Interval(least.value, least.low, largest.high, least.method)
