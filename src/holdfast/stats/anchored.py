"""Rates and differences at the anchor, with what the choice of the anchor adds to their intervals."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from holdfast.stats.intervals import Interval
from holdfast.stats.paired import PairedDifference
from holdfast.stats.samples import FloatArray, IntArray, SampleError, check_confidence, group_codes
from holdfast.stats.seeds import SeedRate

RESAMPLES = 200
"""Resamples of the selection split; the standard deviation they give is known to about 5 %."""


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """What the search for the anchor saw in one seed that reached the goal.

    Attributes:
        steps: Where the selection split was measured, increasing, shape (steps,).
        selection: Score of each selection row there, in [0, 1], shape (steps, rows).
        rates: The held-out rate at these steps, in [0, 1]; NaN where it was not measured.
    """

    steps: FloatArray
    selection: NDArray[np.float64]
    rates: FloatArray


def anchored_rate(
    rate: SeedRate,
    trails: Sequence[Trail],
    groups: Sequence[Hashable],
    target: float,
    *,
    confidence: float = 0.95,
) -> SeedRate:
    """Return a rate at the anchor whose interval includes the anchor's choice.

    Held-out answers at the anchors leave out that another selection split would have chosen other anchors:
    all seeds share its prompts, so their anchors move together, and no spread between seeds shows that. So
    the split is resampled by group, the same groups in every seed (cluster bootstrap: Field and Welsh 2007,
    J. R. Stat. Soc. B 69:369). Each resample chooses its anchors as `first_passage` does, and the rate is
    read off there, between measured steps by interpolation over log(1 + step). What the seeds' rates then
    have in common varies by some standard deviation; times Student's quantile, with one degree of freedom
    less than there are groups, it is squared and added to the distance of each end. What each seed's own
    luck adds is part of the spread between seeds already.

    Args:
        rate: `rate_over_seeds` of held-out answers at the anchors.
        trails: One a seed, in the same order.
        groups: One label a selection row.
        target: Score that the goal asks for.
        confidence: Level, in (0, 1); that of `rate`.

    Returns:
        The rate, its interval at least as wide; the seeds' own are as they were: of each at its anchor.

    Raises:
        SampleError: If trails and seeds, or rows and labels, differ in number, or there are none.
        SampleError: If a seed has no rate at any step, or there is one group of selection rows.
        SampleError: If the confidence is not in (0, 1).
    """
    check_confidence(confidence)
    if len(trails) != rate.seeds:
        raise SampleError(f"{len(trails)} trails for {rate.seeds} seeds: each reported seed needs one")
    choice = _choice(_moved(trails, groups, target), groups, confidence)
    return replace(rate, interval=_widened(rate.interval, choice, 0.0))


def anchored_difference(
    difference: PairedDifference,
    first: Sequence[Trail],
    second: Sequence[Trail],
    groups: Sequence[Hashable],
    target: float,
    *,
    confidence: float = 0.95,
) -> PairedDifference:
    """Return a difference of two arms at their anchors whose interval includes the choice of both.

    As `anchored_rate`: both arms choose on the same resampled prompts, so what moves their anchors alike
    cancels.

    Args:
        difference: `paired_difference` of held-out answers at the anchors.
        first: Trails of the arm subtracted, one a seed, in the same order.
        second: Trails of the other arm.
        groups: One label a selection row.
        target: Score that the goal asks for.
        confidence: Level, in (0, 1); that of `difference`.

    Returns:
        The difference, its interval at least as wide; p-value and the seeds' own are as they were.

    Raises:
        SampleError: If trails and seeds, or rows and labels, differ in number, or there are none.
        SampleError: If a seed has no rate at any step, or there is one group of selection rows.
        SampleError: If the confidence is not in (0, 1).
    """
    check_confidence(confidence)
    if {len(first), len(second)} != {len(difference.per_seed)}:
        raise SampleError(
            f"{len(first)} and {len(second)} trails for {len(difference.per_seed)} seeds: each needs one each"
        )
    moved = _moved(second, groups, target) - _moved(first, groups, target)
    interval = _widened(difference.interval, _choice(moved, groups, confidence), -1.0)
    return replace(difference, interval=interval)


@dataclass(frozen=True, slots=True)
class _Choice:
    """What the choice of the anchor adds.

    Attributes:
        sd: Standard deviation.
        distance: The same times the quantile.
    """

    sd: float
    distance: float


def _choice(moved: NDArray[np.float64], groups: Sequence[Hashable], confidence: float) -> _Choice:
    # A resample of few groups varies less than new ones would, by one part in their number.
    size = len(set(groups))
    if size < 2:
        raise SampleError("one group of selection rows does not show how much the choice depends on them")
    sd = _in_common(moved) * math.sqrt(size / (size - 1))
    return _Choice(sd, float(stats.t.isf((1 - confidence) / 2, size - 1)) * sd)


def _widened(interval: Interval, choice: _Choice, least: float) -> Interval:
    """Return an interval on [least, 1] whose distances from the value include the choice of the anchor."""
    if interval.value is None:
        return interval
    return Interval(
        interval.value,
        max(least, interval.value - math.hypot(interval.value - interval.low, choice.distance)),
        min(1.0, interval.value + math.hypot(interval.high - interval.value, choice.distance)),
        f"{interval.method}; anchor's choice adds an sd of {choice.sd:.2g}, by {RESAMPLES} resamples",
    )


def passages(scores: NDArray[np.float64], target: float) -> IntArray:
    """Return the index that `first_passage` gives, for many curves at once.

    The isotonic fit is at least the target from the index that maximises the sum of score - target from there
    to the peak: its level sets solve these problems one by one (Robertson, Wright and Dykstra 1988, ch. 1).

    Args:
        scores: One curve a row, shape (curves, steps).
        target: Score to reach.

    Returns:
        Shape (curves,); -1 where the target is not reached.
    """
    peaks = scores.argmax(axis=1)
    beyond = np.where(np.arange(scores.shape[1]) <= peaks[:, None], scores - target, 0.0)
    # Rounding must not tell apart sums that are equal: the first of them is the passage.
    sums = beyond[:, ::-1].cumsum(axis=1)[:, ::-1].round(12)
    reached = scores.max(axis=1) >= target
    return np.where(reached, sums.argmax(axis=1), -1)


def _moved(trails: Sequence[Trail], groups: Sequence[Hashable], target: float) -> NDArray[np.float64]:
    """Return the rate at the anchor of each resample and seed, shape (resamples, seeds)."""
    codes = group_codes(groups, len(groups))
    size = int(codes.max(initial=-1)) + 1
    if not size or not trails:
        raise SampleError(f"{len(trails)} seeds and {size} groups of selection rows cannot choose an anchor")
    drawn = np.random.default_rng(0).multinomial(size, np.full(size, 1 / size), size=RESAMPLES)
    weights = drawn[:, codes].astype(np.float64)
    return np.stack([_moved_in(trail, weights, target) for trail in trails], axis=1)


def _moved_in(trail: Trail, weights: NDArray[np.float64], target: float) -> FloatArray:
    selection = np.asarray(trail.selection, dtype=np.float64)
    if selection.shape != (len(trail.steps), weights.shape[1]):
        raise SampleError(
            f"selection scores of shape {selection.shape} for {len(trail.steps)} steps and "
            f"{weights.shape[1]} group labels"
        )
    known = ~np.isnan(trail.rates)
    if not known.any():
        raise SampleError("a seed has no rate at any of the steps that its anchor was searched among")
    spend = np.log1p(trail.steps)
    rates = np.interp(spend, spend[known], np.asarray(trail.rates)[known])
    chosen = passages(weights @ selection.T / weights.sum(axis=1, keepdims=True), target)
    # Where the goal is not reached, it might have been after the last step: the last entry stands for it.
    return np.asarray(rates[chosen], dtype=np.float64)


def _in_common(moved: NDArray[np.float64]) -> float:
    """Return the standard deviation of the mean over seeds that stems from what they have in common."""
    seeds = moved.shape[1]
    if seeds == 1:
        return float(moved.std(ddof=1))
    together = float(moved.sum(axis=1).var(ddof=1)) - float(moved.var(axis=0, ddof=1).sum())
    return math.sqrt(max(0.0, together / (seeds * (seeds - 1))))
