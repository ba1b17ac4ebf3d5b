"""The search stage: every search of a plan is brought to its end, and its winners are run again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from holdfast.auditing.execution.executor import Broke, Event, Executor, Reached
from holdfast.auditing.execution.progress import Progress
from holdfast.auditing.execution.running import run_trials
from holdfast.auditing.judging import sound_answers
from holdfast.auditing.search.journal import Journal, journal_path, read_tries
from holdfast.auditing.search.prompts import search_prompts
from holdfast.auditing.search.task import SearchTask
from holdfast.auditing.search.winners import choose, run_again
from holdfast.domain import Benchmark, Plan, TrialRecord, TrialSpec, TrialStatus, TryRecord, TryStatus
from holdfast.store import RunDirectory

DEATHS = 2
"""Times that a try may take its worker process with it before it counts as failed."""


def as_written(plan: Plan) -> Plan:
    """Return the part of a plan whose options are as written: what runs before any search."""
    searched = {pathway.name for pathway in plan.audit.pathways if pathway.search is not None}
    return replace(plan, trials=tuple(t for t in plan.trials if t.pathway not in searched))


def run_searches(
    run: RunDirectory,
    plan: Plan,
    benchmarks: Mapping[str, Benchmark],
    executor: Executor,
    progress: Progress,
) -> None:
    """Search wherever the plan says so, and run the winners again; what is there already is kept.

    Args:
        run: The run; trials whose options are as written are done.
        plan: Its plan.
        benchmarks: Its benchmarks by name.
        executor: Runs searches side by side, and then trials.
        progress: Where to show progress.

    Raises:
        RunError: If a journal is damaged, or rests on other judges or data.
    """
    searches = [search for search in _searches(run, plan, benchmarks) if search.waiting(run)]
    if not searches:
        return
    lost = _search(searches, executor, progress)
    for search in searches:
        if error := lost.get(search.task.key):
            for trial in search.waiting(run):
                run.lose(_ended(plan, trial, TrialStatus.LOST, f"its search was lost: {error}"))
    for model in plan.audit.models:
        ready = [s for s in searches if s.task.model == model.name and s.task.key not in lost]
        _run_again(run, plan, ready, benchmarks, executor, progress)


@dataclass(frozen=True)
class _Search:
    """One search and the trials that wait for its winner."""

    task: SearchTask
    trials: tuple[TrialSpec, ...]

    def waiting(self, run: RunDirectory) -> list[TrialSpec]:
        return [trial for trial in self.trials if run.receipt(trial.key) is None]

    def tries(self) -> tuple[TryRecord, ...]:
        return read_tries(self.task.journal)


def _searches(run: RunDirectory, plan: Plan, benchmarks: Mapping[str, Benchmark]) -> Iterator[_Search]:
    for model in plan.audit.models:
        sound = None
        for pathway in plan.audit.pathways:
            if pathway.search is None:
                continue
            trials = tuple(t for t in plan.trials if (t.model, t.pathway) == (model.name, pathway.name))
            if sound is None:
                sound = sound_answers(run, plan, model.name, benchmarks)
            journal = journal_path(run, model.name, pathway.search)
            device = plan.environment["device"]
            yield _Search(
                SearchTask(model.name, plan.audit, benchmarks, trials[0], sound, journal, device), trials
            )


def _search(searches: Sequence[_Search], executor: Executor, progress: Progress) -> dict[str, str]:
    """Bring searches to their ends; return why, by key, for those that were lost.

    A try that takes its worker with it is made once more, and then counts as failed: what kills the process
    each time must not keep the search from its end. A worker that dies before its first try, while the model
    is loaded, loses the search.
    """
    by_key = {search.task.key: search for search in searches}
    missing = sum(s.task.search.tries - len(s.tries()) for s in searches)
    progress.stage(f"{missing} tries of {len(searches)} searches", missing)
    lost: dict[str, str] = {}
    deaths: Counter[tuple[str, int]] = Counter()
    died: list[str] = []

    def on_event(event: Event) -> None:
        match event:
            case Reached(key=key, step=number):
                search = by_key[key]
                progress.advance(1, f"{key}, try {number} of {search.task.search.tries}: {_said(search)}")
            case Broke(key=key, died=True) if by_key[key].task.journal.exists():
                died.append(key)
            case Broke(key=key, error=error):
                lost[key] = error

    todo = [s.task for s in searches if len(s.tries()) < s.task.search.tries]
    while todo:
        died.clear()
        executor.run(todo, on_event)
        for key in died:
            place = (key, len(by_key[key].tries()))
            deaths[place] += 1
            if deaths[place] == DEATHS:
                _bury(by_key[key])
                progress.advance(1, f"{key}, try {place[1] + 1}: failed")
        todo = [by_key[k].task for k in died if len(by_key[k].tries()) < by_key[k].task.search.tries]
    return lost


def _bury(search: _Search) -> None:
    """Write down that the next try failed, for its worker, which should have, is gone."""
    number = len(search.tries()) + 1
    note = f"its worker process died {DEATHS} times (out of memory?)"
    search.task.clear()
    Journal(search.task.journal).append(TryRecord(number, {}, TryStatus.FAILED, note=note))


def _said(search: _Search) -> str:
    last = search.tries()[-1]
    return f"{last.status}: {last.note}"


def _run_again(
    run: RunDirectory,
    plan: Plan,
    searches: Sequence[_Search],
    benchmarks: Mapping[str, Benchmark],
    executor: Executor,
    progress: Progress,
) -> None:
    """Run the winners of one model on the audit's own seeds and held-out prompts."""
    pathways = {pathway.name: pathway for pathway in plan.audit.pathways}
    groups = search_prompts(plan.audit, benchmarks).safety_groups
    trials: list[TrialSpec] = []
    for search in searches:
        tries, task = search.tries(), search.task
        winner = choose(task.search, tries, groups)
        if winner is None:
            for trial in search.waiting(run):
                _fail(run, plan, trial, _why_nothing(search))
        else:
            pathways[task.pathway.name] = run_again(task.pathway, winner, tries)
            trials += search.trials
    if trials:
        found = replace(plan.audit, pathways=tuple(pathways.values()))
        run_trials(run, replace(plan, audit=found, trials=tuple(trials)), benchmarks, executor, progress)


def _why_nothing(search: _Search) -> str:
    """Return why a search has no winner, and what to do about it."""
    tries = search.tries()
    failed = [each for each in tries if each.status is TryStatus.FAILED]
    if len(failed) == len(tries):
        why = f"all {len(tries)} tries failed, the last: {failed[-1].note}"
    else:
        why = f"none of {len(tries)} tries kept utility and coherence ({len(failed)} failed)"
    return f"{why}\n  next: every try is in {search.task.journal}; change the pathway or its search"


def _fail(run: RunDirectory, plan: Plan, trial: TrialSpec, error: str) -> None:
    run.commit(trial, run.begin_attempt(trial.key), _ended(plan, trial, TrialStatus.FAILED, error))


def _ended(plan: Plan, trial: TrialSpec, status: TrialStatus, error: str) -> TrialRecord:
    return TrialRecord(
        key=trial.key,
        model=trial.model,
        safeguard=trial.safeguard,
        pathway=trial.pathway,
        seed=trial.seed,
        status=status,
        error=error,
        versions=plan.environment,
    )
