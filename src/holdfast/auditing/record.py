"""A run directory as readers see it."""

from __future__ import annotations

from pathlib import Path

from holdfast.auditing.analysis.stage import Judged, load_judged
from holdfast.auditing.analysis.transcripts import sample_transcripts
from holdfast.auditing.calibration.calibrating import current_calibrations
from holdfast.auditing.search.recording import read_searches
from holdfast.domain import Decision, Finding, Plan, Robustness, RunError, RunRecord, TrialBreak
from holdfast.store import (
    RunDirectory,
    file_digest,
    read_benchmarks,
    read_record,
    read_trajectories,
)

_SIGNED = ("plan.json", "policy.yaml", "findings.json", "decision.json")


def load_record(path: Path) -> RunRecord:
    """Read a finished run.

    Args:
        path: The run directory.

    Raises:
        RunError: If the directory holds no finished run, or a file of it is missing or damaged.
    """
    run = open_run(path)
    plan = read_record(run.file("plan.json"), Plan)
    return make_record(run, load_judged(run, plan, read_benchmarks(run.file("items.parquet"))))


def open_run(path: Path) -> RunDirectory:
    """Return a run directory that holds a plan.

    Raises:
        RunError: If there is none.
    """
    run = RunDirectory(path)
    if not run.file("plan.json").exists():
        raise RunError(
            f"{path} is no run directory (it has no plan.json)",
            next_step="give the directory that `holdfast audit` printed, runs/<name>-<digest>",
        )
    return run


def make_record(run: RunDirectory, judged: Judged) -> RunRecord:
    """Return the record of a run whose answers and verdicts are loaded, and that has been analysed.

    Raises:
        RunError: If findings or decision are missing or damaged.
    """
    return RunRecord(
        directory=run.path.resolve().name,
        plan=judged.plan,
        trials=tuple(run.record(trial) for trial in judged.plan.trials),
        trajectories=read_trajectories(run.file("trajectories.parquet")),
        findings=read_record(run.file("findings.json"), tuple[Finding, ...]),
        decision=read_record(run.file("decision.json"), Decision),
        breaks=read_record(run.file("breaks.json"), tuple[TrialBreak, ...]),
        robustness=read_record(run.file("robustness.json"), Robustness),
        transcripts=sample_transcripts(run, judged),
        primary_judge=judged.primary_judge,
        provenance=_provenance(run, judged.plan),
        calibrations=current_calibrations(run, judged),
        ledgers={key: tuple(row.spend for row in cells.checkpoints) for key, cells in judged.cells.items()},
        searches=read_searches(run),
    )


def _provenance(run: RunDirectory, plan: Plan) -> dict[str, str]:
    records = [run.record(trial) for trial in plan.trials]
    return {
        "configuration": plan.audit.digest,
        **{f"model {r.model}": r.model_digest for r in records if r.model_digest},
        **{f"sha256 of {name}": file_digest(run.file(name)) for name in _SIGNED},
        **plan.environment,
    }
