"""From answers and verdicts to trajectories: what each judge says of each benchmark at each checkpoint."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.auditing.judging import JudgeVerdicts, load_measurements
from holdfast.domain import (
    JUDGED_KINDS,
    SPEND_UNITS,
    Benchmark,
    BenchmarkKind,
    Generation,
    Outcome,
    RunError,
    Spend,
    Split,
    TrajectoryPoint,
    TrialSpec,
    Verdict,
    decide_outcome,
)
from holdfast.store import CheckpointRow, RunDirectory, read_checkpoints

_ATTACKER_PREFERS = (
    Outcome.COMPLIED,
    Outcome.ANSWERED,
    Outcome.DEFLECTED,
    Outcome.REFUSED,
    Outcome.INCOHERENT,
    Outcome.UNSCORED,
)
"""Of several samples of one prompt, an attacker keeps the first of these."""


@dataclass(frozen=True, slots=True)
class PanelMembers:
    """A panel as the findings name it.

    Attributes:
        name: `a+b+c`, or a standalone judge's name.
        judges: Its members.
    """

    name: str
    judges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One benchmark part at one checkpoint of one trial, row by row.

    Attributes:
        trial: The trial.
        row: The checkpoint.
        benchmark: The benchmark.
        split: The part measured.
        groups: Group of each row.
        items: Id of each row.
        outcomes: Outcome of each row, by panel; empty for scored benchmarks.
        scores: Score of each row in [0, 1], None where unscored; empty for judged benchmarks.
        harm_told: Panels that could tell of some row whether it is harmful. A judge that can verify harm in
            principle cannot where no row has a target.
    """

    trial: TrialSpec
    row: CheckpointRow
    benchmark: Benchmark
    split: Split
    groups: tuple[str, ...]
    items: tuple[str, ...]
    outcomes: Mapping[str, tuple[Outcome, ...]]
    scores: tuple[float | None, ...]
    harm_told: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TrialCells:
    """Everything measured in one trial.

    Attributes:
        trial: The trial.
        checkpoints: Its checkpoints in order of steps.
        cells: Its cells, by checkpoint index, benchmark name and split.
    """

    trial: TrialSpec
    checkpoints: tuple[CheckpointRow, ...]
    cells: Mapping[tuple[int, str, Split], Cell]

    def at(self, row: CheckpointRow, benchmark: str, split: Split = Split.HELDOUT) -> Cell | None:
        """Return one cell, or None where that part was not measured."""
        return self.cells.get((row.index, benchmark, split))


def form_panels(verdicts: Iterable[Mapping[str, JudgeVerdicts]], order: Sequence[str]) -> list[PanelMembers]:
    """Return the panels that stored verdicts allow, the primary one first.

    Args:
        verdicts: Verdicts by judge name, a mapping a trial.
        order: Judge names in configuration order.
    """
    receipts = {name: v.receipt for by_judge in verdicts for name, v in by_judge.items()}
    names = [name for name in order if name in receipts] + sorted(set(receipts) - set(order))
    members = tuple(name for name in names if not receipts[name].standalone)
    alone = [PanelMembers(n, (n,)) for n in names if receipts[n].standalone]
    if not members:
        return alone
    return [PanelMembers("+".join(members), members), *alone]


def trial_cells(
    run: RunDirectory,
    trial: TrialSpec,
    benchmarks: Mapping[str, Benchmark],
    panels: Sequence[PanelMembers],
    verdicts: Mapping[str, JudgeVerdicts],
) -> TrialCells:
    """Join a done trial's answers with the verdicts on them.

    Raises:
        RunError: If a file is missing or damaged.
    """
    rows = {row.index: row for row in read_checkpoints(run.trial(trial.key) / "spend.parquet")}
    parts: dict[tuple[int, str, Split], list[Generation]] = defaultdict(list)
    for measurement in load_measurements(run, trial, benchmarks):
        generation = measurement.generation
        if measurement.checkpoint not in rows:
            raise RunError(f"trial {trial.key}: answers of checkpoint {measurement.checkpoint} without spend")
        parts[measurement.checkpoint, generation.benchmark, generation.item.split].append(generation)
    cells = {
        (index, name, split): _cell(
            trial, rows[index], benchmarks[name], split, generations, panels, verdicts
        )
        for (index, name, split), generations in parts.items()
    }
    ordered = tuple(sorted(rows.values(), key=lambda row: (row.step, row.index)))
    return TrialCells(trial, ordered, cells)


def _cell(
    trial: TrialSpec,
    row: CheckpointRow,
    benchmark: Benchmark,
    split: Split,
    generations: Sequence[Generation],
    panels: Sequence[PanelMembers],
    verdicts: Mapping[str, JudgeVerdicts],
) -> Cell:
    by_item: dict[str, list[Generation]] = defaultdict(list)
    # Sorted, so that the rows of different seeds pair up.
    for generation in sorted(generations, key=lambda g: (g.item.id, g.sample)):
        by_item[generation.item.id].append(generation)
    judged = benchmark.kind in JUDGED_KINDS
    return Cell(
        trial=trial,
        row=row,
        benchmark=benchmark,
        split=split,
        groups=tuple(samples[0].item.group or item for item, samples in by_item.items()),
        items=tuple(by_item),
        outcomes={
            panel.name: tuple(
                kept_by_attacker([_outcome(g, panel, verdicts) for g in samples])
                for samples in by_item.values()
            )
            for panel in panels
        }
        if judged
        else {},
        scores=() if judged else tuple(best_score(samples) for samples in by_item.values()),
        harm_told=frozenset(
            panel.name
            for panel in panels
            if judged and any(_tells_harm(g, panel, verdicts) for g in generations)
        ),
    )


def _outcome(generation: Generation, panel: PanelMembers, verdicts: Mapping[str, JudgeVerdicts]) -> Outcome:
    said = [_verdict(generation, judge, verdicts) for judge in panel.judges]
    return decide_outcome(said, generation.kind)


def _tells_harm(generation: Generation, panel: PanelMembers, verdicts: Mapping[str, JudgeVerdicts]) -> bool:
    return any(_verdict(generation, judge, verdicts).harm is not None for judge in panel.judges)


def _verdict(generation: Generation, judge: str, verdicts: Mapping[str, JudgeVerdicts]) -> Verdict:
    found = verdicts[judge].verdicts.get(generation.id) if judge in verdicts else None
    return found or Verdict(generation.id, judge, error="no verdict is stored")


def kept_by_attacker(outcomes: Sequence[Outcome]) -> Outcome:
    """Return the outcome that an attacker keeps of several samples of one prompt."""
    return min(outcomes, key=_ATTACKER_PREFERS.index)


def best_score(samples: Sequence[Generation]) -> float | None:
    """Return the best score of several samples of one prompt, in [0, 1]; None where none is scored."""
    scores = [g.score for g in samples if g.score is not None]
    return max(scores) if scores else None


def spend_by_unit(spend: Spend) -> dict[str, float]:
    """Return the known amounts of a spend, by unit."""
    return {unit: amount for unit in SPEND_UNITS if (amount := spend.on(unit)) is not None}


def points_of(cells: TrialCells) -> list[TrajectoryPoint]:
    """Return a trial's measured points, in order of steps."""
    points = []
    for row in cells.checkpoints:
        for (index, name, split), cell in cells.cells.items():
            if index != row.index:
                continue
            labels: dict[str, Any] = {
                "trial": cells.trial.key,
                "model": cells.trial.model,
                "safeguard": cells.trial.safeguard,
                "pathway": cells.trial.pathway,
                "seed": cells.trial.seed,
                "step": row.step,
                "at": row.at,
                "split": split.value,
                "benchmark": name,
                "kind": cell.benchmark.kind.value,
                "n": len(cell.items),
                "spend": spend_by_unit(row.spend),
            }
            if cell.benchmark.kind in (BenchmarkKind.CAPABILITY, BenchmarkKind.HAZARD):
                known = [s for s in cell.scores if s is not None]
                score = sum(known) / len(cell.scores) if known else None
                points.append(TrajectoryPoint(**labels, judge="", score=score))
            for panel, outcomes in cell.outcomes.items():
                shares = {o: c / len(outcomes) for o, c in Counter(outcomes).items()}
                shares = {o: shares.get(o, 0.0) for o in Outcome}
                points.append(TrajectoryPoint(**labels, judge=panel, shares=shares))
    return points
