"""Arms: the trials of one model x safeguard x pathway over seeds, and the points where they are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.auditing.analysis.trajectories import Cell, TrialCells
from holdfast.auditing.execution.anchoring import AnchorSearch
from holdfast.auditing.planner import BASELINE, resolve_pathway
from holdfast.domain import Goal, Plan, Split, TrialSpec
from holdfast.store import CheckpointRow


@dataclass(frozen=True, slots=True)
class Arm:
    """What was planned and what was measured of one model x safeguard x pathway.

    Attributes:
        model: Model name.
        safeguard: Safeguard name.
        pathway: Pathway name.
        trains: Whether the pathway takes training steps; else it has a start and nothing else.
        planned: Its trials, one a seed.
        done: What was measured in those that gave a result, in the order of `planned`.
        baseline: The untouched model's measurement; None if that trial gave no result.
    """

    model: str
    safeguard: str
    pathway: str
    trains: bool
    planned: tuple[TrialSpec, ...]
    done: tuple[TrialCells, ...]
    baseline: TrialCells | None

    @property
    def missing(self) -> int:
        """Number of planned trials without a result."""
        return len(self.planned) - len(self.done)

    @property
    def evidence(self) -> tuple[str, ...]:
        """Keys of the trials that findings rest on."""
        keys = [cells.trial.key for cells in self.done]
        if self.trains and self.baseline is not None:
            keys.append(self.baseline.trial.key)
        return tuple(keys)

    def tells_harm(self, panel: str, benchmark: str) -> bool:
        """Return whether a panel could tell harm on a benchmark, of any answer measured in this arm."""
        sources = [*self.done, *([self.baseline] if self.baseline else [])]
        return any(
            panel in cell.harm_told
            for cells in sources
            for cell in cells.cells.values()
            if cell.benchmark.name == benchmark
        )

    def steps(self) -> tuple[int, ...]:
        """Return the scheduled steps after the start."""
        return tuple(s for s in self.planned[0].schedule.measure_at if s > 0)

    def start(self, benchmark: str, split: Split = Split.HELDOUT) -> list[Cell]:
        """Return the untouched model's cells: one for all seeds of a training, one a trial otherwise."""
        sources = [self.baseline] if self.trains else list(self.done)
        found = [_first(cells, 0, benchmark, split) for cells in sources if cells is not None]
        return [cell for cell in found if cell is not None]

    def at_step(self, step: int, benchmark: str, split: Split = Split.HELDOUT) -> list[Cell]:
        """Return the cells at a step, one a seed that measured it there."""
        found = [_first(cells, step, benchmark, split) for cells in self.done]
        return [cell for cell in found if cell is not None]


def _first(cells: TrialCells, step: int, benchmark: str, split: Split) -> Cell | None:
    for row in cells.checkpoints:
        if row.step == step and (cell := cells.at(row, benchmark, split)) is not None:
            return cell
    return None


@dataclass(frozen=True, slots=True)
class SeedAnchor:
    """Where one trial reaches a goal.

    Attributes:
        cells: The trial.
        left: Last checkpoint before the goal; None if it is reached at the start.
        right: The anchor's checkpoint; None if the goal is not reached.
    """

    cells: TrialCells
    left: CheckpointRow | None
    right: CheckpointRow | None

    @property
    def untouched(self) -> bool:
        """Whether the untouched model reaches the goal already."""
        return self.right is not None and self.right.step == 0


def seed_anchor(cells: TrialCells, goal: Goal) -> SeedAnchor:
    """Return where a trial reaches a goal, from its selection scores alone."""
    rows: dict[int, CheckpointRow] = {}
    search = AnchorSearch(goal.target)
    for row in cells.checkpoints:
        cell = cells.at(row, goal.benchmark, Split.SELECTION)
        if cell is not None:
            search.add(row.step, sum(score or 0.0 for score in cell.scores) / len(cell.scores))
            rows.setdefault(row.step, row)
    bracket = search.bracket()
    return SeedAnchor(cells, _row(rows, bracket.left), _row(rows, bracket.right))


def _row(rows: Mapping[int, CheckpointRow], step: int | None) -> CheckpointRow | None:
    return None if step is None else rows[step]


def anchored(arm: Arm, anchors: Sequence[SeedAnchor], benchmark: str) -> list[Cell]:
    """Return held-out cells at the anchors of the seeds that reached the goal."""
    found = []
    for anchor in anchors:
        if anchor.right is None:
            continue
        source = arm.baseline if anchor.untouched else anchor.cells
        cell = source and _first(source, anchor.right.step, benchmark, Split.HELDOUT)
        if cell:
            found.append(cell)
    return found


def form_arms(plan: Plan, cells: Mapping[str, TrialCells]) -> list[Arm]:
    """Return the arms of a plan in plan order, with what was measured of each.

    Args:
        plan: The plan.
        cells: What was measured, by trial key; trials without a result are absent.
    """
    trains = {p.name: resolve_pathway(p).technique.traits.trains for p in plan.audit.pathways}
    groups: dict[tuple[str, str, str], list[TrialSpec]] = {}
    for trial in plan.trials:
        groups.setdefault((trial.model, trial.safeguard, trial.pathway), []).append(trial)
    baselines = {t.model: cells[t.key] for t in plan.trials if t.pathway == BASELINE and t.key in cells}
    return [
        Arm(
            model,
            safeguard,
            pathway,
            trains[pathway],
            tuple(trials),
            tuple(cells[t.key] for t in trials if t.key in cells),
            baselines.get(model),
        )
        for (model, safeguard, pathway), trials in groups.items()
    ]
