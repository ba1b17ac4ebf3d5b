"""Answers made by hand and left in a run directory, as a done trial leaves them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hand_made import Lab, spend

from holdfast.auditing.inputs import Prepared, write_inputs
from holdfast.data.measure import generation_id
from holdfast.domain import Answer, Generation, SoundAnswer, Split, TrialRecord, TrialStatus
from holdfast.store import (
    CheckpointRow,
    RunDirectory,
    write_checkpoints,
    write_generations,
    write_reference,
    write_sound,
)


def plan_run(run: RunDirectory, lab: Lab) -> None:
    """Write the inputs of a run: plan, policy, configuration, rows."""
    write_inputs(run, Prepared(lab.plan, lab.benchmarks))


def store(
    run: RunDirectory,
    lab: Lab,
    pathway: str,
    told: Mapping[int, Sequence[str | list[str]]],
    *,
    seed: int = 0,
    benchmark: str = "direct",
) -> None:
    """Leave a done trial whose safety answers, by step, are these (a list: samples of one row)."""
    trial = lab.trial(pathway, seed)
    attempt = run.begin_attempt(trial.key)
    asked = lab.benchmarks[benchmark]
    rows, ids = [], []
    for index, (step, answers) in enumerate(told.items()):
        generations = [
            Generation(
                generation_id(asked.name, asked.kind, item, answer, sample),
                asked.name,
                asked.kind,
                item,
                answer,
                sample,
            )
            for item, texts in zip(asked.part(Split.HELDOUT), answers, strict=False)
            for sample, text in enumerate([texts] if isinstance(texts, str) else texts)
            for answer in [Answer(text, (1,), True, 2)]
        ]
        write_generations(attempt / f"generations-{index:03d}.parquet", index, generations)
        rows.append(CheckpointRow(index, step, "step" if step else "start", None, spend(step)))
        ids += [g.id for g in generations]
    write_checkpoints(attempt / "spend.parquet", rows)
    write_reference(attempt / "reference.parquet", dict.fromkeys(ids, -1.0))
    if pathway == "plain":
        write_sound(attempt / "sound.parquet", [SoundAnswer("q", "gold", "gold:x", "x", -1.0)])
    run.commit(trial, attempt, TrialRecord(trial.key, "m", "none", pathway, seed, TrialStatus.DONE))
