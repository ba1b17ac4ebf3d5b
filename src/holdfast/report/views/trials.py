"""Trials as they ended, the failed ones first."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import RunRecord, TrialRecord, TrialSpec, TrialStatus
from holdfast.report.views import words
from holdfast.report.views.arms import subject_name

NOT_RUN = "not run"
"""Status word of a planned trial without a record."""


@dataclass(frozen=True, slots=True)
class TrialRow:
    """One trial.

    Attributes:
        key: First characters of its key.
        subject: The model, with its safeguard.
        pathway: Pathway name.
        seed: Seed.
        status: How it ended, in a word.
        failed: Whether it gave no result.
        error: What went wrong; empty when done.
        seconds: Wall clock in words.
        parts: Where the time went, in words.
    """

    key: str
    subject: str
    pathway: str
    seed: int
    status: str
    failed: bool
    error: str
    seconds: str
    parts: str


@dataclass(frozen=True, slots=True)
class TrialsView:
    """The table of trials.

    Attributes:
        rows: The failed first, then in plan order.
        planned: Trials planned.
        done: Trials with a result.
        failed: Trials without one.
        seconds: Wall clock of all trials together, in words.
    """

    rows: tuple[TrialRow, ...]
    planned: int
    done: int
    failed: int
    seconds: str


def trials_view(record: RunRecord) -> TrialsView:
    """Return the table; a planned trial that left no record counts as failed."""
    recorded = {trial.key for trial in record.trials}
    rows = [_row(trial) for trial in record.trials]
    rows += [_missing(spec) for spec in record.plan.trials if spec.key not in recorded]
    total = sum(sum(trial.seconds.values()) for trial in record.trials)
    failed = sum(row.failed for row in rows)
    return TrialsView(
        rows=tuple(sorted(rows, key=lambda row: not row.failed)),
        planned=max(len(record.plan.trials), len(rows)),
        done=len(rows) - failed,
        failed=failed,
        seconds=words.duration(total),
    )


def _row(trial: TrialRecord) -> TrialRow:
    parts = (f"{part.replace('_', ' ')} {words.duration(s)}" for part, s in trial.seconds.items())
    return TrialRow(
        key=trial.key[:12],
        subject=subject_name(trial.model, trial.safeguard),
        pathway=trial.pathway,
        seed=trial.seed,
        status=trial.status.value,
        failed=trial.status is not TrialStatus.DONE,
        error=trial.error,
        seconds=words.duration(sum(trial.seconds.values())) if trial.seconds else words.MISSING,
        parts=", ".join(parts),
    )


def _missing(spec: TrialSpec) -> TrialRow:
    return TrialRow(
        key=spec.key[:12],
        subject=subject_name(spec.model, spec.safeguard),
        pathway=spec.pathway,
        seed=spec.seed,
        status=NOT_RUN,
        failed=True,
        error="the run holds no record of this trial",
        seconds=words.MISSING,
        parts="",
    )
