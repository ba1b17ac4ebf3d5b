"""Events in steps, put on other axes of spend."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from holdfast.auditing.analysis.trajectories import TrialCells
from holdfast.stats import EventInterval


def on_axis(
    done: Sequence[TrialCells], events: Sequence[EventInterval], unit: str
) -> list[EventInterval] | None:
    """Return events in steps on another axis of spend.

    Args:
        done: Trials that gave a result.
        events: One a planned seed in steps, those of `done` first.
        unit: The axis.

    Returns:
        The events there, in the same order; None where some trial's spend on that axis is unknown (money on
        a device without a price).
    """
    axes = [spend_axis(cells, unit) for cells in done]
    known = [axis for axis in axes if axis is not None]
    if len(known) < len(axes):
        return None
    there = [_on(event, axis) for event, axis in zip(events, known, strict=False)]
    return there + list(events[len(known) :])


def spend_axis(cells: TrialCells, unit: str) -> dict[float, float] | None:
    """Return the amount spent by each measured step, never falling; None where it is unknown.

    Refined checkpoints are trained, and timed, apart from the others: a later one may read a little less.
    An amount that stays zero in a training was not counted.
    """
    axis: dict[float, float] = {0.0: 0.0}
    spent = 0.0
    for row in cells.checkpoints:
        amount = row.spend.on(unit)
        if amount is None:
            return None
        spent = max(spent, amount if row.step else 0.0)
        axis[float(row.step)] = spent
    return axis if spent > 0 or len(axis) == 1 else None


def _on(event: EventInterval, axis: Mapping[float, float]) -> EventInterval:
    """Return an event in steps on another axis; where its ends cost the same, it began at less than that."""
    if math.isfinite(event.right) and math.isfinite(event.left) and axis[event.left] >= axis[event.right]:
        left = max((amount for amount in axis.values() if amount < axis[event.right]), default=-math.inf)
        return replace(event, left=left, right=axis[event.right])
    return event.on(axis)
