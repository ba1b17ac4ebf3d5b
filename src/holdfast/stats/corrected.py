"""A rate corrected for a judge's errors: what it is made of, and how its two uncertainties combine."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from holdfast.stats.crossed import cell_sums, crossed_variance, stretched
from holdfast.stats.intervals import Interval, nothing_known
from holdfast.stats.samples import FloatArray, IntArray, group_codes
from holdfast.stats.seeds import SEEDS_FOR_INTERVAL, rate_over_seeds

SAME = 1e-9
"""Values this close together are one."""

MOST_UNKNOWN = 0.05
"""Share of the answers beyond which no corrected value is given if labels tell nothing of them."""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A corrected rate.

    Attributes:
        interval: The rate, in [0, 1]; no value where it is not identifiable.
        floor: The interval that would be left if the judge's errors were known exactly: what more labels
            cannot narrow.
        raw: The judge's own rate; None without answers.
        labels: Labelled answers it rests on.
        reason: Why there is no value, as a clause; empty where there is one.
    """

    interval: Interval
    floor: Interval
    raw: float | None
    labels: int
    reason: str = ""

    @property
    def identified(self) -> bool:
        """Whether there is a value."""
        return self.interval.value is not None


@dataclass(frozen=True, slots=True)
class Shift:
    """How far one estimated error rate, at the ends of its interval, moves the corrected rate.

    Attributes:
        down: Downwards, >= 0.
        up: Upwards, >= 0.
    """

    down: float
    up: float


@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Answers of one kind, and what labels say of them.

    Attributes:
        members: Their indices among all answers, seed after seed.
        least: What each adds to the corrected rate, the judge's errors taken as known; of any sign and size.
        most: The same at most: larger where the judge said nothing.
        shifts: How far each estimated error rate may move the cell's mean; None where labels tell nothing, so
            that each answer may be 0 or 1 and `least` holds the judge's word.
        pull: How far each label pulls the cell's mean from where the others leave it (weight times residual;
            they add up to 0); 0 for an answer without one.
    """

    members: IntArray
    least: FloatArray
    most: FloatArray
    shifts: tuple[Shift, ...] | None
    pull: FloatArray


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What a corrected rate rests on.

    Attributes:
        judged: The judge's word on every answer, seed after seed.
        groups: One label a row, shared by all seeds.
        labels: Labelled answers.
        method: The estimator, in words.
    """

    judged: FloatArray
    groups: Sequence[Hashable]
    labels: int
    method: str


def combine(cells: Sequence[Cell], evidence: Evidence, confidence: float) -> Corrected:
    """Return the corrected rate that cells make up together.

    Answers and error rates are independent sources of error. The distance to each end is the root of the
    summed squares of the distances of every source, each from its own interval: the method of variance
    estimates recovery (Zou and Donner 2008, Statistics in Medicine 27:1693; Newcombe 1998 for two sources).
    A judge may err more in one seed, or on one prompt, than in others: from 6 seeds the distances are at
    least those that the estimator's linearised variance over seeds and groups gives (`crossed_variance`).

    Args:
        cells: Every answer is in one.
        evidence: What they rest on; at least one answer.
        confidence: Level, in (0, 1).

    Returns:
        The rate; without a value if more than `MOST_UNKNOWN` of the answers are in cells without labels.
    """
    n = evidence.judged.size
    point, least, most = (evidence.judged.copy() for _ in range(3))
    pull = np.zeros(n)
    shifts, unknown = [], 0
    for cell in cells:
        point[cell.members] = cell.least
        share = cell.members.size / n
        pull[cell.members] = share * cell.pull
        if cell.shifts is None:
            least[cell.members], most[cell.members] = 0.0, 1.0
            unknown += cell.members.size
        else:
            least[cell.members], most[cell.members] = cell.least, cell.most
            shifts += [Shift(share * each.down, share * each.up) for each in cell.shifts]
    scale = _Scale.of(least, most)
    floor = _known_errors(scale, least, most, evidence, confidence)
    value = _clip(float(point.mean()))
    deviations = point - point.mean() + n * pull
    spread = _spread(scale, float(point.mean()), deviations, evidence.groups, confidence)
    down = math.hypot(max(0.0, value - floor.low), *(each.down for each in shifts))
    up = math.hypot(max(0.0, floor.high - value), *(each.up for each in shifts))
    low, high = _clip(value - max(down, spread.down)), _clip(value + max(up, spread.up))
    method = f"{evidence.method}; square-and-add {_level(evidence, confidence)}; answers: {floor.method}"
    raw = float(evidence.judged.mean())
    if unknown <= MOST_UNKNOWN * n:
        return Corrected(Interval(value, low, high, method), floor, raw, evidence.labels)
    reason = f"labels tell nothing of {unknown} of {n} answers"
    return Corrected(Interval(None, low, high, f"{method}; {reason}"), floor, raw, evidence.labels, reason)


def _level(evidence: Evidence, confidence: float) -> str:
    """Return what the interval may call itself: few seeds do not tell what others would give."""
    seeds = evidence.judged.size // max(len(evidence.groups), 1)
    if 1 < seeds < SEEDS_FOR_INTERVAL:
        return f"interval of {seeds} seeds, of no stated level"
    return f"{100 * confidence:g} % interval"


def not_identified(reason: str, method: str, raw: float | None, labels: int) -> Corrected:
    """Return a corrected rate of which the labels tell nothing: no value, [0, 1]."""
    nothing = nothing_known(f"{method}; {reason}")
    return Corrected(nothing, nothing, raw, labels, reason)


@dataclass(frozen=True, slots=True)
class _Scale:
    """The values that answers can take, mapped to [0, 1]: there they behave as the judge's own yes and no do.

    Attributes:
        start: The least value.
        span: Distance to the largest, above 0.
    """

    start: float
    span: float

    @classmethod
    def of(cls, least: FloatArray, most: FloatArray) -> _Scale:
        """Return the scale of given values; that of a share if they are all one, as others may not be."""
        start, end = float(least.min()), float(most.max())
        return cls(start, end - start) if end - start >= SAME else cls.of_share(start, end)

    @classmethod
    def of_share(cls, start: float, end: float) -> _Scale:
        """Return the scale of a share, stretched to hold given values."""
        return cls(min(0.0, start), max(1.0, end) - min(0.0, start))

    def inwards(self, values: FloatArray) -> FloatArray:
        """Return values on [0, 1]."""
        return np.clip((values - self.start) / self.span, 0.0, 1.0)

    def outwards(self, share: float) -> float:
        """Return the value at a place of [0, 1]."""
        return self.start + self.span * share


def _known_errors(
    scale: _Scale, least: FloatArray, most: FloatArray, evidence: Evidence, confidence: float
) -> Interval:
    """Return the mean over answers, within bounds each, and its interval over seeds and groups."""
    low = scale.inwards(least)
    by_seed = (-1, len(evidence.groups))
    found = rate_over_seeds(
        list(low.reshape(by_seed)),
        evidence.groups,
        partial=list((scale.inwards(most) - low).reshape(by_seed)),
        confidence=confidence,
    ).interval
    value = None if found.value is None else _clip(scale.outwards(found.value))
    return Interval(value, _clip(scale.outwards(found.low)), _clip(scale.outwards(found.high)), found.method)


def _spread(
    scale: _Scale, mean: float, deviations: FloatArray, groups: Sequence[Hashable], confidence: float
) -> Shift:
    """Return how far seeds and groups show the mean may be off; not at all where there are too few of them.

    At least Student's t times the standard error, and longer where seeds differ (`stretched`), as far as the
    estimates of single seeds go. Seeds may differ in what the judge says or in what is true: the longer arm
    of the two scales counts.
    """
    matrix = deviations.reshape(-1, len(groups))
    codes = group_codes(groups, len(groups))
    if len(matrix) < SEEDS_FOR_INTERVAL or codes.max() < 1:
        return Shift(0.0, 0.0)
    crossed = crossed_variance(cell_sums(matrix, codes), np.bincount(codes))
    critical = float(stats.t.isf((1 - confidence) / 2, crossed.df))
    half = critical * math.sqrt(crossed.variance)
    of_seeds = matrix.mean(axis=1)
    down = up = half
    for each in (scale, _Scale.of_share(scale.start, scale.start + scale.span)):
        place = (mean - each.start) / each.span
        if 0.0 < place < 1.0:
            unit = each.span**2
            reach = stretched(place, crossed.variance / unit, crossed.of_seeds / unit, critical)
            down = max(down, min(mean - each.outwards(reach.low), -float(of_seeds.min())))
            up = max(up, min(each.outwards(reach.high) - mean, float(of_seeds.max())))
    return Shift(down, up)


def _clip(share: float) -> float:
    return min(1.0, max(0.0, share))
