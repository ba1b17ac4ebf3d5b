"""The trials stage: every trial of a plan ends with a receipt, or is noted as lost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from holdfast.auditing.execution.executor import Broke, Event, Executor, Finished
from holdfast.auditing.execution.progress import Progress, TrialProgress
from holdfast.auditing.execution.trial import TrialTask
from holdfast.auditing.forecast import forecast_trials, trial_weights
from holdfast.auditing.planner import BASELINE, describe_pathway, resolve_pathway
from holdfast.domain import Benchmark, Plan, TrialRecord, TrialStatus
from holdfast.store import RunDirectory


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
    begun = {trial.pathway for trial in todo}
    for pathway in map(resolve_pathway, plan.audit.pathways):
        if pathway.technique.traits.trains and pathway.spec.name in begun:
            progress.note(f"  {describe_pathway(pathway)}")
    device = plan.environment["device"]
    tasks = {
        trial.key: TrialTask(trial, plan.audit, benchmarks, run.begin_attempt(trial.key), device)
        for trial in todo
    }
    shown = TrialProgress(plan, weights, progress)

    def on_event(event: Event) -> None:
        _record(run, tasks, plan, event)
        shown(event)

    # Untouched models first, then the longest: no process is left waiting for one that began last.
    order = sorted(todo, key=lambda trial: (trial.pathway != BASELINE, -weights[trial.key]))
    executor.run([tasks[trial.key] for trial in order], on_event)


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
