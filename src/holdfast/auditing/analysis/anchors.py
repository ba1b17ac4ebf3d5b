"""Anchors: where the trials of an arm reach a goal, from their selection scores alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean

from holdfast.auditing.analysis.arms import Arm, first_cell
from holdfast.auditing.analysis.trajectories import Cell, TrialCells
from holdfast.auditing.execution.anchoring import AnchorSearch, goal_target
from holdfast.domain import Goal, Split, Yardstick
from holdfast.store import CheckpointRow


@dataclass(frozen=True, slots=True)
class SeedAnchor:
    """Where one trial reaches a goal.

    Attributes:
        cells: The trial.
        left: Last checkpoint before the goal; None if it is reached at the start.
        right: The anchor's checkpoint; None if the goal is not reached.
        target: Score to reach, in [0, 1]; None if that is unknown.
        benchmark: The goal's benchmark.
    """

    cells: TrialCells
    left: CheckpointRow | None
    right: CheckpointRow | None
    target: float | None = None
    benchmark: str = ""

    @property
    def untouched(self) -> bool:
        """Whether the untouched model reaches the goal already."""
        return self.right is not None and self.right.step == 0


def seed_anchor(cells: TrialCells, goal: Goal, best: float | None = None) -> SeedAnchor:
    """Return where a trial reaches a goal, from its selection scores alone.

    Args:
        cells: The trial.
        goal: The goal.
        best: What a goal relative to the best is relative to; None if unknown.
    """
    scored = _selection(cells, goal)
    if goal.relative_to is Yardstick.BEST:
        # No worker could know it, so no checkpoint was added for it: what other goals added is left out, for
        # held-out rows of this one were not asked there.
        scored = {row: score for row, score in scored.items() if not row.at.startswith("anchor")}
    base = next((score for row, score in scored.items() if row.step == 0), None)
    target = goal_target(goal, base=base, best=best)
    if target is None:
        return SeedAnchor(cells, None, None, benchmark=goal.benchmark)
    rows: dict[int, CheckpointRow] = {}
    search = AnchorSearch(target)
    for row, score in scored.items():
        search.add(row.step, score)
        rows.setdefault(row.step, row)
    bracket = search.bracket()
    left, right = _row(rows, bracket.left), _row(rows, bracket.right)
    return SeedAnchor(cells, left, right, target, goal.benchmark)


def _row(rows: Mapping[int, CheckpointRow], step: int | None) -> CheckpointRow | None:
    return None if step is None else rows[step]


def _selection(cells: TrialCells, goal: Goal) -> dict[CheckpointRow, float]:
    """Return the goal's mean selection score at every checkpoint that has one, in order of steps."""
    found = ((row, cells.at(row, goal.benchmark, Split.SELECTION)) for row in cells.checkpoints)
    return {row: sum(s or 0.0 for s in cell.scores) / len(cell.scores) for row, cell in found if cell}


def best_score(goal: Goal, arms: Sequence[Arm]) -> float | None:
    """Return the best selection score that these arms reach: the highest mean over seeds at one step.

    Args:
        goal: The goal.
        arms: The trainings of one model.

    Returns:
        A score in [0, 1]; None if none was measured.
    """
    means = []
    for arm in arms:
        by_step: dict[int, list[float]] = {}
        for cells in arm.done:
            for row, score in _selection(cells, goal).items():
                by_step.setdefault(row.step, []).append(score)
        means += [mean(scores) for scores in by_step.values() if len(scores) == len(arm.done)]
    return max(means, default=None)


def arm_anchors(arms: Sequence[Arm], goals: Sequence[Goal]) -> list[dict[str, tuple[SeedAnchor, ...]]]:
    """Return, for each arm, its anchors by goal, one a measured seed; none where the model stays as it is."""
    own = [arm for arm in arms if arm.whole and not arm.other]
    best = {
        (arm.model, goal.name): best_score(goal, [a for a in own if a.model == arm.model])
        for arm in arms
        for goal in goals
        if goal.relative_to is Yardstick.BEST
    }
    return [
        {g.name: tuple(seed_anchor(c, g, best.get((arm.model, g.name))) for c in arm.done) for g in goals}
        if arm.whole and not arm.other
        else {}
        for arm in arms
    ]


def anchored(arm: Arm, anchors: Sequence[SeedAnchor], benchmark: str) -> dict[int, Cell]:
    """Return held-out cells at the anchors by seed; seeds that did not reach the goal are absent."""
    found = {}
    for anchor in anchors:
        if anchor.right is None:
            continue
        source = arm.baseline if anchor.untouched else anchor.cells
        cell = source and first_cell(source, anchor.right.step, benchmark, Split.HELDOUT)
        if cell:
            found[anchor.cells.trial.seed] = cell
    return found
