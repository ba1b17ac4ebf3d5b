"""A rate corrected for a judge's errors: what it is made of, and how its two uncertainties combine."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.stats.intervals import Interval, nothing_known
from holdfast.stats.samples import FloatArray
from holdfast.stats.seeds import rate_over_seeds

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
class Answers:
    """What each answer adds to a corrected rate once the judge's errors are taken as known.

    Attributes:
        least: For each seed one value a row, of any sign and size.
        most: The same at most: larger where labels tell nothing of the answer.
        groups: One label a row, shared by all seeds.
    """

    least: Sequence[FloatArray]
    most: Sequence[FloatArray]
    groups: Sequence[Hashable]

    def interval(self, confidence: float) -> Interval:
        """Return the mean over answers and seeds and its interval, clipped to [0, 1].

        The values are mapped to [0, 1] for `rate_over_seeds`, which tells seeds and groups apart, and back.
        """
        low = min(0.0, *(float(each.min(initial=0.0)) for each in self.least))
        high = max(1.0, *(float(each.max(initial=1.0)) for each in self.most))
        span = high - low
        least = [np.clip((each - low) / span, 0.0, 1.0) for each in self.least]
        most = [np.clip((each - low) / span, 0.0, 1.0) for each in self.most]
        extra = [np.maximum(b - a, 0.0) for a, b in zip(least, most, strict=True)]
        found = rate_over_seeds(least, self.groups, partial=extra, confidence=confidence).interval
        ends = (low + span * found.low, low + span * found.high)
        value = None if found.value is None else low + span * found.value
        return Interval(value, min(1.0, max(0.0, ends[0])), min(1.0, max(0.0, ends[1])), found.method)


def square_and_add(value: float, floor: Interval, shifts: Iterable[Shift], method: str) -> Interval:
    """Return the interval of a rate whose answers and error rates are independent sources of error.

    The distance to each end is the root of the summed squares of the distances of every source, each from its
    own interval: the method of variance estimates recovery (Zou and Donner 2008, Statistics in Medicine
    27:1693; Newcombe 1998 for two sources).

    Args:
        value: The corrected rate.
        floor: Its interval if the error rates were known.
        shifts: One an estimated error rate.
        method: What to call it.

    Returns:
        The interval, within [0, 1], around the value.
    """
    known = list(shifts)
    down = math.hypot(max(0.0, value - floor.low), *(each.down for each in known))
    up = math.hypot(max(0.0, floor.high - value), *(each.up for each in known))
    return Interval(value, max(0.0, value - down), min(1.0, value + up), method)


def not_identified(reason: str, method: str, raw: float | None, labels: int) -> Corrected:
    """Return a corrected rate of which the labels tell nothing: no value, [0, 1]."""
    nothing = nothing_known(f"{method}; {reason}")
    return Corrected(nothing, nothing, raw, labels, reason)
