"""A rate over seeds: the seed is the unit, and the prompts are the same in each."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from holdfast.stats.bounds import Bounds, worst_case
from holdfast.stats.grouped import by_group, deviating_groups, drawn_to_groups, grouped_bounds
from holdfast.stats.intervals import Interval, nothing_known, score_interval
from holdfast.stats.samples import (
    FloatArray,
    IntArray,
    SampleError,
    check_confidence,
    group_codes,
    unit_values,
)

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


@dataclass(frozen=True, slots=True)
class CrossedVariance:
    """Variance of a mean over seeds x groups.

    Attributes:
        variance: Of the mean; >= 0.
        df: Degrees of freedom (Satterthwaite); infinite where the variance is 0.
    """

    variance: float
    df: float


def rate_over_seeds(
    values: Sequence[ArrayLike],
    groups: Sequence[Hashable],
    *,
    partial: Sequence[ArrayLike] | None = None,
    confidence: float = 0.95,
) -> SeedRate:
    """Return a rate over seeds that were asked the same prompts.

    Below 6 seeds: the range of the per-seed intervals (`grouped_rate`), from the lowest lower to the
    highest upper end. From 6 seeds: a score interval with the variance of the mean under crossed random
    effects of seeds and groups (`crossed_variance`; cf. Owen 2007, Ann. Appl. Stat. 1:386, for the layout)
    on p(1-p)/V effective answers and t quantiles with Satterthwaite's degrees of freedom (as Dean and
    Pagano 2015 do for clusters), drawn towards one effective answer a group as in `effective_size`. Where
    all answers agree, the prompt groups are the effective answers.

    Args:
        values: For each seed one value in [0, 1] a row; NaN where there is no usable verdict (may be 0 or 1).
        groups: One label a row, shared by all seeds.
        partial: For each seed one value a row that may count on top of `values` (harm: answered beside
            complied); None where nothing may.
        confidence: Level, in (0, 1).

    Returns:
        The rate. Its value is the mean at the least possible values; without rows or seeds there is none.

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
    per_seed = tuple(grouped_bounds(each, groups, confidence=confidence) for each in bounds)
    n = sum(each.n for each in bounds)
    undetermined = sum(each.undetermined for each in bounds)
    if n == 0:
        return SeedRate(nothing_known(f"{len(bounds)} seeds without answers"), per_seed, 0, 0)
    value = float(np.mean([each.low.mean() for each in bounds]))
    if len(bounds) < SEEDS_FOR_INTERVAL:
        interval = _range(value, per_seed)
    else:
        interval = _crossed_interval(bounds, groups, confidence)
    if undetermined:
        noted = f"{interval.method}; {undetermined} of {n} answers bounded by worst case"
        interval = Interval(interval.value, interval.low, interval.high, noted)
    return SeedRate(interval, per_seed, n, undetermined)


def crossed_variance(cells: FloatArray, sizes: ArrayLike) -> CrossedVariance:
    """Return the variance of a mean under crossed random effects of seeds and groups.

    V = V_seeds + V_groups - V_interaction from sums of deviations by seed, by group, and by cell once both
    are taken out, each with its degrees of freedom (the two-way analysis of variance: Cornfield and Tukey
    1956, Ann. Math. Stat. 27:907; Searle, Casella and McCulloch 1992, ch. 4), and never below either of the
    first two. It is unbiased for groups of one size.

    Args:
        cells: What `cell_sums` gives; shape (seeds, groups), at least two of each.
        sizes: Rows of each group, shape (groups,).

    Returns:
        The variance of the mean.
    """
    seeds, groups = cells.shape
    weights = np.asarray(sizes, dtype=np.float64)
    of_seed, of_group = cells.sum(axis=1), cells.sum(axis=0)
    interaction = cells - np.outer(of_seed, weights / weights.sum()) - of_group / seeds
    by_seed = seeds / (seeds - 1) * float((of_seed**2).sum())
    by_group = groups / (groups - 1) * float((of_group**2).sum())
    by_cell = seeds * groups / ((seeds - 1) * (groups - 1)) * float((interaction**2).sum())
    variance = max(by_seed, by_group, by_seed + by_group - by_cell)
    if variance <= np.finfo(np.float64).eps ** 2:
        return CrossedVariance(0.0, float("inf"))
    df = variance**2 / (by_seed**2 / (seeds - 1) + by_group**2 / (groups - 1))
    return CrossedVariance(variance, max(df, 1.0))


def cell_sums(deviations: FloatArray, codes: IntArray) -> FloatArray:
    """Return what `crossed_variance` takes: deviations by seed and group, over the number of answers.

    Args:
        deviations: Deviations from their mean, shape (seeds, rows).
        codes: Group of each row, shape (rows,).

    Returns:
        Shape (seeds, groups).
    """
    groups = int(codes.max()) + 1
    return np.stack([np.bincount(codes, row, minlength=groups) for row in deviations]) / deviations.size


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


def _crossed_interval(bounds: Sequence[Bounds], groups: Sequence[Hashable], confidence: float) -> Interval:
    least = _crossed_rate(np.stack([each.low for each in bounds]), groups, confidence)
    if not any(each.undetermined for each in bounds):
        return least
    largest = _crossed_rate(np.stack([each.high for each in bounds]), groups, confidence)
    return Interval(least.value, least.low, largest.high, least.method)


def _crossed_rate(matrix: FloatArray, groups: Sequence[Hashable], confidence: float) -> Interval:
    seeds, rows = matrix.shape
    codes = group_codes(groups, rows)
    share = min(1.0, max(0.0, float(matrix.mean())))
    tail = (1 - confidence) / 2
    critical, observed = float(stats.norm.isf(tail)), None
    if codes.max() > 0:
        crossed = crossed_variance(cell_sums(matrix - share, codes), np.bincount(codes))
        if crossed.variance > 0:
            observed = min(share * (1 - share) / crossed.variance, float(matrix.size))
            critical = float(stats.t.isf(tail, crossed.df))
    effective = drawn_to_groups(observed, by_group(codes), deviating_groups(matrix.mean(axis=0), codes))
    method = (
        f"mean; score {100 * confidence:g} % interval, crossed variance of {seeds} seeds x "
        f"{int(codes.max()) + 1} groups, {effective:.4g} effective answers"
    )
    return score_interval(share, effective, critical, method)
