"""A sample of answers for readers: the same rows at the start, at the anchors and at the end."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.auditing.analysis.stage import Judged
from holdfast.auditing.analysis.trajectories import TrialCells
from holdfast.auditing.judging import load_measurements
from holdfast.auditing.planner import variant_names
from holdfast.domain import (
    JUDGED_KINDS,
    Generation,
    Transcript,
    TrialSpec,
    Verdict,
    decide_outcome,
)
from holdfast.store import CheckpointRow, RunDirectory

PER_BENCHMARK = 3
"""Rows shown of each benchmark at each point."""


def sample_transcripts(run: RunDirectory, judged: Judged) -> tuple[Transcript, ...]:
    """Return answers of the first seed of every arm that has a result."""
    shown: set[tuple[str, str, str]] = set()
    found: list[Transcript] = []
    for trial in judged.plan.trials:
        arm = (trial.model, trial.safeguard, trial.pathway)
        if trial.key in judged.cells and arm not in shown:
            shown.add(arm)
            found += _of_trial(run, trial, judged)
    return tuple(found)


def _of_trial(run: RunDirectory, trial: TrialSpec, judged: Judged) -> Iterator[Transcript]:
    rows = {row.index: row for row in _told(trial, judged.cells[trial.key])}
    varied = variant_names(judged.plan.audit)
    taken: dict[tuple[int, str], int] = {}
    for measurement in load_measurements(run, trial, judged.benchmarks):
        generation, row = measurement.generation, rows.get(measurement.checkpoint)
        if row is None or generation.kind not in JUDGED_KINDS or generation.sample > 0:
            continue
        if generation.benchmark in varied:
            continue  # the same rows again
        place = (row.index, generation.benchmark)
        taken[place] = taken.get(place, 0) + 1
        if taken[place] <= PER_BENCHMARK:
            yield _transcript(trial, row, generation, judged)


def _told(trial: TrialSpec, cells: TrialCells) -> list[CheckpointRow]:
    """Return the checkpoints worth reading: the middle of the training, its end, and the anchors."""
    scheduled = [row for row in cells.checkpoints if row.at != "start" or trial.schedule.total_steps == 0]
    steps = [row for row in scheduled if not row.at.startswith("anchor")]
    picked = {row.index: row for row in [*steps[len(steps) // 2 :][:1], *steps[-1:]]}
    picked |= {row.index: row for row in scheduled if row.at.startswith("anchor")}
    return list(picked.values())


def _transcript(trial: TrialSpec, row: CheckpointRow, generation: Generation, judged: Judged) -> Transcript:
    stored = judged.verdicts[trial.key]
    said = {
        judge: (stored[judge].verdicts.get(generation.id) if judge in stored else None)
        or Verdict(generation.id, judge, error="no verdict is stored")
        for panel in judged.panels
        for judge in panel.judges
    }
    return Transcript(
        model=trial.model,
        pathway=trial.pathway,
        seed=trial.seed,
        step=row.step,
        benchmark=generation.benchmark,
        item=generation.item.id,
        prompt=generation.item.prompt,
        answer=generation.answer.text,
        outcomes={
            p.name: decide_outcome([said[j] for j in p.judges], generation.kind) for p in judged.panels
        },
        notes={judge: v.error or v.note for judge, v in said.items() if v.error or v.note},
    )
