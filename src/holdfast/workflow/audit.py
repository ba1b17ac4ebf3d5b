"""An audit from configuration to report, stage by stage; every stage picks up what is already there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from holdfast.audit.analysis import Judged, analyse, load_judged
from holdfast.audit.config import load_config
from holdfast.audit.executor import Broke, Event, Executor, Finished, InProcessExecutor
from holdfast.audit.forecast import forecast_trials, trial_weights
from holdfast.audit.judging import is_done, judge_run
from holdfast.audit.planner import make_plan, primary_judge
from holdfast.audit.pool import PoolExecutor
from holdfast.audit.progress import Progress, Silent, TrialProgress
from holdfast.audit.record import make_record
from holdfast.audit.reporting import write_report
from holdfast.audit.trial import TrialTask
from holdfast.data import load_benchmark
from holdfast.decide import default_policy
from holdfast.domain import (
    Benchmark,
    Plan,
    RunError,
    RunRecord,
    TrialRecord,
    TrialStatus,
)
from holdfast.store import (
    RunDirectory,
    plain,
    read_benchmarks,
    read_record,
    run_lock,
    write_atomic,
    write_benchmarks,
    write_json,
)

_WORKER_BYTES = 700_000_000
"""Memory a worker takes with its libraries, a small model beside it."""


_BEFORE_PLAN = (".lock", "policy.yaml", "config.yaml", "items.parquet")


@dataclass(frozen=True, slots=True)
class Prepared:
    """An audit ready to run.

    Attributes:
        plan: Its plan.
        benchmarks: Its benchmarks by name.
    """

    plan: Plan
    benchmarks: Mapping[str, Benchmark]


def prepare(config: Path | None) -> Prepared:
    """Read a configuration and plan its trials; writes nothing, trains nothing.

    Args:
        config: The configuration file; None for the embedded audit.

    Raises:
        ConfigError: With every problem of the configuration.
    """
    spec = load_config(config)
    benchmarks = {b.name: load_benchmark(b) for b in spec.benchmarks}
    return Prepared(make_plan(spec), benchmarks)


def default_directory(plan: Plan) -> Path:
    """Return `runs/<name>-<config digest>` below the working directory."""
    return Path("runs") / f"{plan.audit.name}-{plan.audit.digest[:8]}"


def run_audit(
    config: Path | None = None,
    directory: Path | None = None,
    *,
    workers: int | None = None,
    progress: Progress | None = None,
) -> Path:
    """Run an audit, or finish one; return its directory.

    Args:
        config: The configuration file; None for the embedded audit (or, with a directory that holds an
            unfinished run, for that run's own plan).
        directory: Where to leave the run; `default_directory` if None.
        workers: Worker processes; 0 runs in this process; None takes what cores and memory allow.
        progress: Where to show progress; nowhere if None.

    Returns:
        The run directory, with findings, decision and report written.

    Raises:
        ConfigError: If the configuration has problems; nothing is written.
        RunError: If the directory is in use, or holds another audit.
    """
    prepared = prepare(config)
    run = RunDirectory(directory or default_directory(prepared.plan))
    _refuse_other(run, prepared.plan)
    with run_lock(run.path):
        _write_inputs(run, prepared)
        finish(run, executor_for(workers, prepared.plan), progress or Silent())
    return run.path


def report_run(directory: Path) -> RunRecord:
    """Analyse a run's stored answers and verdicts again, write its report, and return its record.

    Raises:
        RunError: If the directory holds no judged run, is in use, or a file of it is damaged.
    """
    run = RunDirectory(directory)
    if not run.file("plan.json").exists():
        raise RunError(
            f"{directory} is no run directory (it has no plan.json)",
            next_step="give the directory that `holdfast audit` printed, runs/<name>-<digest>",
        )
    with run_lock(run.path):
        plan = read_record(run.file("plan.json"), Plan)
        return _conclude(run, load_judged(run, plan, read_benchmarks(run.file("items.parquet"))))


def _conclude(run: RunDirectory, judged: Judged) -> RunRecord:
    analyse(run, judged)
    record = make_record(run, judged)
    write_report(run, record)
    return record


def worker_count(workers: int | None, plan: Plan) -> int:
    """Return how many worker processes to use; None takes what cores and memory allow."""
    if workers is not None:
        return workers
    if plan.environment["device"] == "cuda":
        return 1  # two processes would only share the GPU's memory
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _workers_in_memory())


def executor_for(workers: int | None, plan: Plan) -> Executor:
    """Return the executor for a number of workers; 0 runs in this process."""
    count = worker_count(workers, plan)
    return PoolExecutor(count) if count else InProcessExecutor()


def finish(run: RunDirectory, executor: Executor, progress: Progress) -> None:
    """Bring a run directory to its end: trials that are not done, verdicts, findings, report."""
    plan = read_record(run.file("plan.json"), Plan)
    benchmarks = read_benchmarks(run.file("items.parquet"))
    try:
        run_trials(run, plan, benchmarks, executor, progress)
        done = [trial for trial in plan.trials if is_done(run, trial)]
        progress.stage("judging", len(done))
        judge_run(run, plan, benchmarks, progress.advance)
        progress.stage("analysis and report", 1)
        _conclude(run, load_judged(run, plan, benchmarks))
        progress.advance(1)
    finally:
        progress.close()


def run_trials(
    run: RunDirectory,
    plan: Plan,
    benchmarks: Mapping[str, Benchmark],
    executor: Executor,
    progress: Progress,
) -> None:
    """Run the trials that have no receipt; each ends with a receipt, or is noted as lost."""
    todo = [trial for trial in plan.trials if run.receipt(trial.key) is None]
    weights = trial_weights(forecast_trials(plan, benchmarks))
    progress.stage(f"{len(todo)} of {len(plan.trials)} trials", sum(weights[t.key] for t in todo))
    if not todo:
        return
    device = plan.environment["device"]
    tasks = {
        trial.key: TrialTask(trial, plan.audit, benchmarks, run.begin_attempt(trial.key), device)
        for trial in todo
    }
    shown = TrialProgress(plan, weights, progress)

    def on_event(event: Event) -> None:
        _record(run, tasks, plan, event)
        shown(event)

    executor.run(list(tasks.values()), on_event)


def _record(run: RunDirectory, tasks: Mapping[str, TrialTask], plan: Plan, event: Event) -> None:
    trial, attempt = tasks[event.key].trial, tasks[event.key].attempt
    record = TrialRecord(
        key=trial.key,
        model=trial.model,
        safeguard=trial.safeguard,
        pathway=trial.pathway,
        seed=trial.seed,
        status=TrialStatus.DONE,
        versions=plan.environment,
    )
    match event:
        case Finished(result=result):
            run.commit(
                trial, attempt, replace(record, model_digest=result.model_digest, seconds=result.seconds)
            )
        case Broke(error=error, infrastructure=True):
            run.lose(replace(record, status=TrialStatus.LOST, error=error))
        case Broke(error=error):
            run.discard(attempt)
            run.commit(trial, attempt, replace(record, status=TrialStatus.FAILED, error=error))


def _refuse_other(run: RunDirectory, plan: Plan) -> None:
    path = run.file("plan.json")
    if not path.exists():
        if run.path.exists() and any(not _ours(file) for file in run.path.iterdir()):
            raise RunError(
                f"{run.path} is not empty and holds no audit",
                next_step="give an empty or new directory with -o",
            )
        return
    held = read_record(path, Plan)
    if [t.key for t in held.trials] != [t.key for t in plan.trials]:
        changed = _what_changed(held, plan)
        raise RunError(
            f"{run.path} holds another audit ({held.audit.name!r}; what differs: {changed})",
            next_step="give another directory with -o, or go back to the configuration it was begun with",
        )


def _ours(file: Path) -> bool:
    # What a start that was killed before its plan was written may have left.
    return file.name in _BEFORE_PLAN or (file.name.startswith(".") and file.name.endswith(".part"))


def _what_changed(held: Plan, plan: Plan) -> str:
    ours, theirs = plain(plan.audit), plain(held.audit)
    parts = [key for key in ours if key != "digest" and ours[key] != theirs.get(key)]
    libraries = [f"{k} {held.environment.get(k)} -> {v}" for k, v in plan.environment.items()]
    parts += [
        text for text in libraries if text.split(" ", 1)[1].split(" -> ")[0] != text.rsplit(" -> ", 1)[1]
    ]
    return ", ".join(parts) or "the weights of a model or a technique's source"


def _write_inputs(run: RunDirectory, prepared: Prepared) -> None:
    if run.file("plan.json").exists():
        return
    import yaml

    audit = prepared.plan.audit
    policy = default_policy(audit.break_rule, judge=primary_judge(audit))
    write_atomic(run.file("policy.yaml"), yaml.safe_dump(policy.to_dict(), sort_keys=False))
    resolved = yaml.safe_dump(plain(audit), sort_keys=False, allow_unicode=True)
    write_atomic(run.file("config.yaml"), resolved)
    write_benchmarks(run.file("items.parquet"), list(prepared.benchmarks.values()))
    # The plan comes last: where it is, the other inputs are whole.
    write_json(run.file("plan.json"), prepared.plan)


def _workers_in_memory() -> int:
    return max(1, int(_available_bytes() // _WORKER_BYTES))


def _available_bytes() -> int:
    """Return the memory this process may take: what is free, or less where a control group says so."""
    limits = [_WORKER_BYTES]
    meminfo, cgroup = Path("/proc/meminfo"), Path("/sys/fs/cgroup/memory.max")
    if meminfo.exists():
        line = next(s for s in meminfo.read_text().splitlines() if s.startswith("MemAvailable"))
        limits = [int(line.split()[1]) * 1024]
    if cgroup.exists() and (text := cgroup.read_text().strip()).isdigit():
        limits.append(int(text))
    return min(limits)
