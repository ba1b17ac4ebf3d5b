"""The anchor: the smallest budget at which a trajectory reaches a goal, and where to look for it next."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from holdfast.stats.events import EventInterval, EventStatus
from holdfast.stats.samples import FloatArray, SampleError, unit_values

TOLERANCE = 0.03
"""A bracket is narrow enough when the score at its right end is this close to the target."""

MATCHED = 0.05
"""Largest difference of capability at which two anchored models may still be compared."""


@dataclass(frozen=True, slots=True)
class Passage:
    """Where a trajectory first reaches a goal.

    Attributes:
        reached: Whether it does, up to the budget.
        left: Last point measured before; -inf if the goal is reached at the first point; the end of the
            budget if it is not reached.
        right: The anchor: first point whose fitted score reaches the goal; inf if none does.
        index_left: Index of `left` among the points; None if there is none.
        index_right: Index of `right`; None if the goal is not reached.
        fitted: Isotonic scores from the first point up to the peak, that point included.
    """

    reached: bool
    left: float
    right: float
    index_left: int | None
    index_right: int | None
    fitted: tuple[float, ...]

    @property
    def event(self) -> EventInterval:
        """The passage as an event in (left, right], right-censored at the budget if it did not happen."""
        status = EventStatus.OCCURRED if self.reached else EventStatus.CENSORED
        return EventInterval(self.left, self.right, status, "" if self.reached else "goal not reached")


def first_passage(
    steps: ArrayLike, scores: ArrayLike, target: float, *, weights: ArrayLike | None = None
) -> Passage:
    """Return where scores first reach a target.

    Scores up to the first highest one are made non-decreasing by least squares (isotonic regression,
    pool-adjacent-violators; Ayer et al. 1955, Barlow et al. 1972), which keeps one lucky score from being
    taken for the passage; what follows the peak (overtraining, collapse) cannot undo a goal that was
    reached. The anchor is the smallest measured step whose fitted score is at least the target. Choose it
    on a *selection* split and report on held-out rows: the fit does not remove the luck of the peak itself.

    Args:
        steps: Strictly increasing, >= 0; any unit of spend. At least one.
        scores: Score at each step, in [0, 1].
        target: Score to reach, in [0, 1].
        weights: Answers behind each score, > 0; None weighs all alike.

    Returns:
        The passage.

    Raises:
        SampleError: If there are no steps, they do not increase, are negative or not finite.
        SampleError: If steps, scores and weights differ in number, or a weight is not positive.
        SampleError: If a score is NaN or it or the target lies outside [0, 1].
    """
    at = _increasing(steps)
    values = _paired_scores(at, scores)
    if not 0.0 <= target <= 1.0:
        raise SampleError(f"target {target!r} lies outside [0, 1]")
    peak = int(np.argmax(values)) + 1
    weight = None if weights is None else _weights(weights, at.size)[:peak]
    fitted = np.asarray(optimize.isotonic_regression(values[:peak], weights=weight).x, dtype=np.float64)
    # The peak is its own block, so the goal is reached exactly when some raw score reaches it; comparing
    # there with the raw score spares that from rounding.
    fitted[-1] = values[peak - 1]
    enough = np.flatnonzero(fitted >= target)
    curve = tuple(float(score) for score in fitted)
    if not enough.size:
        return Passage(False, float(at[-1]), math.inf, at.size - 1, None, curve)
    right = int(enough[0])
    if right == 0:
        return Passage(True, -math.inf, float(at[0]), None, 0, curve)
    return Passage(True, float(at[right - 1]), float(at[right]), right - 1, right, curve)


def next_probe(
    passage: Passage,
    steps: ArrayLike,
    scores: ArrayLike,
    target: float,
    *,
    tolerance: float = TOLERANCE,
    probes_left: int | None = None,
) -> int | None:
    """Return the whole step to measure next to narrow the bracket of a passage.

    Linear interpolation to the middle of the tolerance band, kept to the middle half of the bracket (a
    safeguarded regula falsi; Dowell and Jarratt 1971): each probe takes away at least a quarter of the
    bracket (but for rounding), so a bracket of w steps needs at most about log(w)/log(4/3) probes.

    Args:
        passage: What `first_passage` says of the same steps and scores.
        steps: The steps measured.
        scores: Their scores.
        target: Score to reach.
        tolerance: How far above the target the score at the right end may be, >= 0.
        probes_left: Probes that may still be spent; None sets no limit.

    Returns:
        A step strictly inside the bracket; None if the goal is not reached or is reached at the first step,
        the score at the right end is within tolerance, the bracket is one step wide, or no probes are left.

    Raises:
        SampleError: If steps and scores are not those of the passage, or the tolerance is negative or NaN.
    """
    at = _increasing(steps)
    values = _paired_scores(at, scores)
    if not tolerance >= 0.0:
        raise SampleError(f"tolerance {tolerance!r} must be 0 or more")
    if passage.index_right is None or passage.index_left is None:
        return None
    if passage.index_right >= at.size or at[passage.index_right] != passage.right:
        raise SampleError(
            f"the passage ends at {passage.right:g}, which is not among the steps {at.tolist()}"
        )
    reached = float(values[passage.index_right])
    if reached - target <= tolerance or (probes_left is not None and probes_left <= 0):
        return None
    width = passage.right - passage.left
    if width <= 1.0:
        return None
    before = float(values[passage.index_left])
    rise = reached - before
    fraction = (target + tolerance / 2 - before) / rise if rise > 0 else 0.5
    probe = round(passage.left + min(max(fraction, 0.25), 0.75) * width)
    inside = [math.floor(passage.left) + 1, math.ceil(passage.right) - 1]
    return min(max(probe, inside[0]), inside[1]) if inside[0] <= inside[1] else None


class Relative(StrEnum):
    """What a goal's target is a share of."""

    NOTHING = "nothing"
    """The target is a score."""
    BASE = "base"
    """The score of the untouched model."""
    BEST = "best"
    """The best score that any pathway of the model reached."""


def resolve_target(
    relative_to: Relative, value: float, *, base: float | None = None, best: float | None = None
) -> float | None:
    """Return the score that a goal asks for.

    All scores are those of the selection split. The best is a maximum over checkpoints and pathways, so it
    flatters by what luck gave the luckiest; a target relative to it is the harder to reach for that, never
    the easier.

    Args:
        relative_to: What `value` is a share of.
        value: Score in [0, 1], or share of the reference, > 0; a share may exceed 1 (20 % above the base).
        base: The untouched model's score, in [0, 1]; None or NaN if unknown.
        best: The best score of any pathway, in [0, 1]; None or NaN if unknown.

    Returns:
        The target, in [0, 1]; None if the reference is unknown or 0 (every score reaches a share of nothing),
        which leaves the goal inconclusive.

    Raises:
        SampleError: If the value is not positive (a share) or lies outside [0, 1] (a score).
        SampleError: If the reference lies outside [0, 1], or the target above 1, where no score reaches it.
    """
    if relative_to is Relative.NOTHING:
        if not 0.0 <= value <= 1.0:
            raise SampleError(f"target {value!r} lies outside [0, 1]")
        return value
    reference = base if relative_to is Relative.BASE else best
    if not 0.0 < value < math.inf:
        raise SampleError(f"a target of {value!r} times the {relative_to} score must be positive")
    if reference is None or math.isnan(reference) or reference == 0.0:
        return None
    if not 0.0 < reference <= 1.0:
        raise SampleError(f"the {relative_to} score {reference!r} lies outside [0, 1]")
    target = value * reference
    if target > 1.0 + 1e-12:
        raise SampleError(
            f"{value:g} times the {relative_to} score {reference:.3f} is {target:.3f}, beyond any score",
            next_step="lower the share, or give the goal a target of its own",
        )
    return min(target, 1.0)


def matched(first: float, second: float, *, tolerance: float = MATCHED) -> bool:
    """Return whether two capabilities are close enough for their models to be compared; NaN never is."""
    return abs(first - second) <= tolerance + 1e-12


def _increasing(steps: ArrayLike) -> FloatArray:
    at = np.asarray(steps, dtype=np.float64)
    if at.ndim != 1 or at.size == 0:
        raise SampleError(f"expected at least one step, got an array of shape {at.shape}")
    if not np.isfinite(at).all() or at[0] < 0 or (np.diff(at) <= 0).any():
        raise SampleError(f"steps must be finite, not negative and increasing: {at.tolist()}")
    return at


def _paired_scores(at: FloatArray, scores: ArrayLike) -> FloatArray:
    values = unit_values(scores, "scores")
    if values.size != at.size:
        raise SampleError(f"{values.size} scores for {at.size} steps")
    return values


def _weights(weights: ArrayLike, size: int) -> FloatArray:
    array = np.asarray(weights, dtype=np.float64)
    if array.shape != (size,) or not (np.isfinite(array) & (array > 0)).all():
        raise SampleError(f"weights must be {size} positive numbers, got {array.tolist()}")
    return array
