"""The search for one goal's anchor within a trial: which step to probe next, and when to stop."""

from __future__ import annotations

from dataclasses import dataclass, field

from holdfast.domain import Goal, Yardstick
from holdfast.stats import Relative, first_passage, next_probe, resolve_target

TOLERANCE = 0.03
"""A bracket is refined until the score at its right end is this close to the target, or one step is left."""


_RELATIVE = {
    None: Relative.NOTHING,
    Yardstick.BASE: Relative.BASE,
    Yardstick.BEST: Relative.BEST,
}


def goal_target(goal: Goal, *, base: float | None = None, best: float | None = None) -> float | None:
    """Return the score that a goal asks for, in [0, 1]; None if what it is relative to is unknown or 0.

    Args:
        goal: The goal.
        base: What the model scores untouched, on the selection split.
        best: The best that any pathway of the model reaches there.

    Raises:
        SampleError: If the target would lie above 1, where no score reaches it.
    """
    return resolve_target(_RELATIVE[goal.relative_to], goal.target, base=base, best=best)


@dataclass(frozen=True, slots=True)
class Bracket:
    """Steps around a goal's first passage.

    Attributes:
        left: Last measured step before it; None if it is reached at the first.
        right: The anchor; None if the goal is not reached.
    """

    left: int | None
    right: int | None


@dataclass
class AnchorSearch:
    """Scores seen so far on the selection split, by step.

    Attributes:
        target: Score to reach.
        scores: Mean selection score by step.
    """

    target: float
    scores: dict[int, float] = field(default_factory=dict)

    def add(self, step: int, score: float) -> None:
        """Book a measured score."""
        self.scores[step] = score

    def bracket(self) -> Bracket:
        """Return the measured steps around the first passage of the fitted scores."""
        if not self.scores:
            return Bracket(None, None)
        steps, _ = self._curve()
        passage = first_passage(*self._curve(), self.target)
        left, right = passage.index_left, passage.index_right
        return Bracket(None if left is None else steps[left], None if right is None else steps[right])

    def anchor(self) -> int | None:
        """Return the smallest measured step whose fitted score reaches the target; None if there is none."""
        return self.bracket().right

    def restart_from(self) -> int:
        """Return the step from which a refinement would have to start; it only ever moves forward."""
        return self.bracket().left or 0

    def next_probe(self) -> int | None:
        """Return the next step to measure; None when the bracket is narrow enough."""
        steps, scores = self._curve()
        passage = first_passage(steps, scores, self.target)
        if not passage.reached:
            return None
        return next_probe(passage, steps, scores, self.target, tolerance=TOLERANCE)

    def _curve(self) -> tuple[list[int], list[float]]:
        steps = sorted(self.scores)
        return steps, [self.scores[s] for s in steps]
