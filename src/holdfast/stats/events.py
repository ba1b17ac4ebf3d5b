"""Times that are known within an interval only: when a goal is reached, when safety breaks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from holdfast.stats.samples import SampleError


class EventStatus(StrEnum):
    """What is known of an event."""

    OCCURRED = "occurred"
    """It happened within the interval."""
    CENSORED = "censored"
    """It had not happened when the budget was spent."""
    INCONCLUSIVE = "inconclusive"
    """It cannot be said whether it happened."""


@dataclass(frozen=True, slots=True)
class EventInterval:
    """When an event happened: after `left`, and not after `right`.

    Attributes:
        left: The event had not happened up to here; -inf if it had at the first point measured.
        right: It had happened by here; inf if that was never seen.
        status: Whether it happened.
        reason: Why, in a few words; empty where the interval says it all.
    """

    left: float
    right: float
    status: EventStatus
    reason: str = ""

    def __post_init__(self) -> None:
        if math.isnan(self.left) or math.isnan(self.right) or not self.left < self.right:
            raise SampleError(f"({self.left}, {self.right}] is no interval")
        if (self.status is EventStatus.OCCURRED) != math.isfinite(self.right):
            raise SampleError(f"an event that is {self.status} cannot lie in ({self.left}, {self.right}]")

    def on(self, axis: Mapping[float, float]) -> EventInterval:
        """Return the same event on another axis of spend.

        Args:
            axis: Amount spent at each step, never falling, for `left` and `right` at least.

        Returns:
            The event there.

        Raises:
            SampleError: If the amount at an end is unknown.
            SampleError: If no more was spent at the right end than at the left.
        """
        left, right = _amount(self.left, axis), _amount(self.right, axis)
        if not left < right:
            raise SampleError(
                f"spend went from {left:g} at step {self.left:g} to {right:g} at step {self.right:g}",
                next_step="check the clock and the price table that this axis was measured with",
            )
        return EventInterval(left, right, self.status, self.reason)


def _amount(step: float, axis: Mapping[float, float]) -> float:
    if math.isinf(step):
        return step
    amount = axis.get(step)
    if amount is None:
        raise SampleError(f"the spend at step {step:g} is unknown; known at {sorted(axis)}")
    return amount
