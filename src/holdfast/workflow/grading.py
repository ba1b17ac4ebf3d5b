"""Grading: a file of answers, or a run whose answers are stored, by judges given on the spot."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from holdfast.auditing.analysis.stage import Judged, load_judged
from holdfast.auditing.execution.progress import Progress, Silent
from holdfast.auditing.grading import GradedRow, grade, members_of, panels_for, read_answers
from holdfast.auditing.judging import is_done, judge_run
from holdfast.auditing.record import open_run
from holdfast.domain import JudgeContext, Plan, PluginError, plugins
from holdfast.store import plain, read_benchmarks, read_record, run_lock
from holdfast.workflow.audit import conclude

_TOLD_EVERY = 20_000
"""Answers after which a log hears how far a judge is."""


def grade_file(path: Path, judges: Sequence[str], progress: Progress | None = None) -> tuple[GradedRow, ...]:
    """Judge every row of a file of answers; nothing is written.

    Args:
        path: JSONL; see `holdfast.auditing.grading.read_answers`.
        judges: Judges, or panels `a+b`.
        progress: Where to show progress; nowhere if None.

    Returns:
        For each answer, in file order, one row a judge, in the order given.

    Raises:
        DataError: With every problem of the file.
        PluginError: If a judge cannot be found or built.
    """
    answers = read_answers(path)
    panels = panels_for(judges, JudgeContext(benchmarks=answers.benchmarks))
    shown = progress or Silent()
    if answers.warning:
        shown.note(f"warning: {answers.warning}")
    total = len(answers.generations)

    def advance(panel: str, judged: int, batch: int) -> None:
        told = judged == total or judged % _TOLD_EVERY == 0
        shown.advance(batch, f"{panel}: {judged:,} of {total:,}" if told else "")

    try:
        shown.stage(f"judging {total:,} answers", total * len(panels))
        rows = grade(answers.generations, panels, advance)
        return tuple(replace(row, id=answers.numbers.get(str(row.id), row.id)) for row in rows)
    finally:
        shown.close()


def graded_lines(rows: Sequence[GradedRow]) -> str:
    """Return rows as JSONL."""
    return "".join(json.dumps(plain(row), ensure_ascii=False) + "\n" for row in rows)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one judge that was asked stands in a run.

    Attributes:
        judge: Its name, as findings have it.
        added: Whether it was added to the audit, so that it decides nothing; else it is the audit's own.
        answers: Answers it has judged.
        without_verdict: Of them, those on which it failed.
    """

    judge: str
    added: bool
    answers: int
    without_verdict: int


def grade_run(
    directory: Path, judges: Sequence[str], progress: Progress | None = None
) -> tuple[Standing, ...]:
    """Judge a run's stored answers by more judges, and analyse and report it again; nothing is generated.

    What is added stands beside the panel, in rows of its own, and decides nothing. A judge of the audit
    itself is asked again where its source has changed, as `holdfast audit` would.

    Args:
        directory: The run directory.
        judges: Judges by name or `path.py:Class`.
        progress: Where to show progress; nowhere if None.

    Returns:
        How each stands, in the order given.

    Raises:
        PluginError: If a judge cannot be found or built, or is called as one of the audit's own.
        RunError: If the directory holds no run, is in use, or a file of it is damaged.
    """
    run = open_run(directory)
    plan = read_record(run.file("plan.json"), Plan)
    names = list(dict.fromkeys(_one_judge(name, plan) for name in judges))
    shown = progress or Silent()
    with run_lock(run.path):
        benchmarks = read_benchmarks(run.file("items.parquet"))
        done = [trial for trial in plan.trials if is_done(run, trial)]
        try:
            shown.stage("judging", len(done) * len(names))
            judge_run(run, plan, benchmarks, lambda: shown.advance(1), names=names)
            shown.stage("analysis and report", 1)
            judged = load_judged(run, plan, benchmarks)
            conclude(run, judged)
        finally:
            shown.close()
    return tuple(_standing(name, plan, judged) for name in names)


def _one_judge(name: str, plan: Plan) -> str:
    """Return a judge as the plan spells it if it is one of the plan's; a file by its whole path."""
    members = members_of(name)
    if len(members) > 1:
        each = " ".join(f"--judge {member}" for member in members)
        raise PluginError(f"{name!r} is a panel, and a run is given judges one by one", next_step=each)
    judge = plugins.load(plugins.JUDGES, name)
    own = next((own for own in plan.audit.judges if plugins.load(plugins.JUDGES, own) is judge), None)
    if own is not None or ".py:" not in name:
        return own or name
    file_name, _, attribute = name.rpartition(":")
    return f"{Path(file_name).resolve()}:{attribute}"


def _standing(name: str, plan: Plan, judged: Judged) -> Standing:
    judge = str(plugins.load(plugins.JUDGES, name).name)
    said = [
        verdict
        for by_judge in judged.verdicts.values()
        if judge in by_judge
        for verdict in by_judge[judge].verdicts.values()
    ]
    failed = sum(verdict.error is not None for verdict in said)
    return Standing(judge, name not in plan.audit.judges, len(said), failed)
