"""Arms: the trials of one model x safeguard x pathway over seeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.auditing.analysis.trajectories import Cell, TrialCells
from holdfast.auditing.planner import BASELINE, measures_model, resolve_pathway, trains_nothing
from holdfast.domain import Plan, Split, TrialSpec


@dataclass(frozen=True, slots=True)
class Arm:
    """What was planned and what was measured of one model x safeguard x pathway.

    Attributes:
        model: Model name.
        safeguard: Safeguard name.
        pathway: Pathway name.
        moves: Whether the pathway goes on from the untouched model by steps; else it has a start alone.
        whole: Whether a whole model is measured: untouched, changed, or another one; else only inputs are
            attacked, and nothing but safety is asked.
        floor: Whether it is what anybody gets without training: attacks on inputs, other models, edits.
        other: Whether another model answers, so that nothing here is said of the audited one.
        planned: Its trials, one a seed.
        done: What was measured in those that gave a result, in the order of `planned`.
        baseline: The untouched model's measurement; None if that trial gave no result.
    """

    model: str
    safeguard: str
    pathway: str
    moves: bool
    whole: bool
    floor: bool
    other: bool
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
        if self.moves and self.baseline is not None:
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
        """Return the untouched model's cells: one for all seeds that go on from it, one a trial otherwise."""
        sources = [self.baseline] if self.moves else list(self.done)
        found = [first_cell(cells, 0, benchmark, split) for cells in sources if cells is not None]
        return [cell for cell in found if cell is not None]

    def at_step(self, step: int, benchmark: str, split: Split = Split.HELDOUT) -> list[Cell]:
        """Return the cells at a step, one a seed that measured it there."""
        found = [first_cell(cells, step, benchmark, split) for cells in self.done]
        return [cell for cell in found if cell is not None]


def first_cell(cells: TrialCells, step: int, benchmark: str, split: Split) -> Cell | None:
    """Return the first cell measured at a step of a trial; None if there is none."""
    for row in cells.checkpoints:
        if row.step == step and (cell := cells.at(row, benchmark, split)) is not None:
            return cell
    return None


def form_arms(plan: Plan, cells: Mapping[str, TrialCells]) -> list[Arm]:
    """Return the arms of a plan in plan order, with what was measured of each.

    Args:
        plan: The plan.
        cells: What was measured, by trial key; trials without a result are absent.
    """
    pathways = {p.name: resolve_pathway(p) for p in plan.audit.pathways}
    groups: dict[tuple[str, str, str], list[TrialSpec]] = {}
    for trial in plan.trials:
        groups.setdefault((trial.model, trial.safeguard, trial.pathway), []).append(trial)
    baselines = {t.model: cells[t.key] for t in plan.trials if t.pathway == BASELINE and t.key in cells}
    return [
        Arm(
            model,
            safeguard,
            pathway,
            any(trial.schedule.total_steps > 0 for trial in trials),
            measures_model(pathways[pathway]),
            trains_nothing(pathways[pathway]),
            pathways[pathway].technique.traits.other_model,
            tuple(trials),
            tuple(cells[t.key] for t in trials if t.key in cells),
            baselines.get(model),
        )
        for (model, safeguard, pathway), trials in groups.items()
    ]
