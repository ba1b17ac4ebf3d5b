"""An audit from configuration to report, stage by stage; every stage picks up what is already there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from holdfast.auditing.analysis.stage import Judged, analyse, load_judged
from holdfast.auditing.calibration.desk import calibrate_as_planned
from holdfast.auditing.calibration.findings import add_corrections
from holdfast.auditing.execution.capacity import executor_for
from holdfast.auditing.execution.executor import Executor
from holdfast.auditing.execution.progress import Progress, Silent
from holdfast.auditing.execution.running import run_trials
from holdfast.auditing.inputs import default_directory, prepare, refuse_other, write_inputs
from holdfast.auditing.judging import added_judges, is_done, judge_run
from holdfast.auditing.record import make_record, open_run
from holdfast.auditing.search.recording import write_searches
from holdfast.auditing.search.stage import as_written, run_searches
from holdfast.domain import Benchmark, Plan, PluginError, RunRecord
from holdfast.store import RunDirectory, read_benchmarks, read_record, run_lock
from holdfast.workflow.manifest import write_report


def run_audit(
    config: Path | None = None,
    directory: Path | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Run an audit, or finish one; return its directory.

    Args:
        config: The configuration file; a run directory, to go on with that run by its own plan; None for
            the embedded audit.
        directory: Where to leave the run; if None the directory given as `config`, else `default_directory`.
        workers: Worker processes; 0 runs in this process; None takes what cores and memory allow.
        progress: Where to show progress; nowhere if None.

    Returns:
        The run directory, with findings, decision and report written.

    Raises:
        ConfigError: If the configuration has problems; nothing is written.
        RunError: If the directory is in use, or holds another audit.
    """
    prepared = prepare(config)
    if directory is None and config is not None and config.is_dir():
        directory = config
    run = RunDirectory(directory or default_directory(prepared.plan))
    refuse_other(run, prepared.plan)
    shown = progress or Silent()
    with run_lock(run.path):
        refuse_other(run, prepared.plan)  # again: another audit may have begun here in between
        write_inputs(run, prepared)
        for leak in prepared.leaks:
            shown.note(f"  warning: {leak}")
        finish(run, prepared.plan, executor_for(workers, prepared.plan), shown)
    return run.path


def report_run(directory: Path) -> RunRecord:
    """Analyse a run's stored answers and verdicts again, write its report, and return its record.

    Raises:
        RunError: If the directory holds no judged run, is in use, or a file of it is damaged.
    """
    run = open_run(directory)
    with run_lock(run.path):
        plan = read_record(run.file("plan.json"), Plan)
        return conclude(run, load_judged(run, plan, read_benchmarks(run.file("items.parquet"))))


def conclude(run: RunDirectory, judged: Judged) -> RunRecord:
    """Analyse a judged run, write what follows from it, and return its record."""
    analyse(run, judged)
    add_corrections(run, judged)
    write_searches(run, judged)
    record = make_record(run, judged)
    write_report(run, record)
    return record


def finish(run: RunDirectory, plan: Plan, executor: Executor, progress: Progress) -> None:
    """Bring a run directory to its end: trials that are not done, verdicts, findings, report."""
    benchmarks = read_benchmarks(run.file("items.parquet"))
    try:
        run_trials(run, as_written(plan), benchmarks, executor, progress)
        run_searches(run, plan, benchmarks, executor, progress)
        done = [trial for trial in plan.trials if is_done(run, trial)]
        progress.stage("judging", len(done) * len(plan.audit.judges))
        judge_run(run, plan, benchmarks, lambda: progress.advance(1))
        _judge_added(run, plan, benchmarks, progress)
        progress.stage("analysis and report", 1)
        judged = load_judged(run, plan, benchmarks)
        if plan.audit.calibration is not None and done:
            calibrate_as_planned(run, judged, plan.audit.calibration)
        conclude(run, judged)
        progress.advance(1)
    finally:
        progress.close()


def _judge_added(
    run: RunDirectory, plan: Plan, benchmarks: Mapping[str, Benchmark], progress: Progress
) -> None:
    """Ask the judges that were added to the run about trials that came in since."""
    for name in added_judges(run, plan):
        try:
            judge_run(run, plan, benchmarks, names=[name])
        except PluginError as error:
            progress.note(f"  warning: the added judge {name} was not asked again: {error.args[0]}")
