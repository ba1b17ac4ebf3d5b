"""What an audit will do and what its design can show, before anything is trained."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.auditing.execution.capacity import worker_count
from holdfast.auditing.forecast import (
    TrialForecast,
    forecast_disk_bytes,
    forecast_plan,
    forecast_trials,
)
from holdfast.auditing.inputs import Prepared
from holdfast.auditing.planner import describe_pathway, resolve_pathway, variant_names
from holdfast.auditing.search.forecast import forecast_searches, search_notes
from holdfast.data import load_corpus
from holdfast.domain import (
    BenchmarkKind,
    Goal,
    HoldfastError,
    MultiverseSpec,
    PathwaySpec,
    Split,
    Yardstick,
)
from holdfast.spend import probe_speed
from holdfast.stats import design_power


@dataclass(frozen=True, slots=True)
class ArmDesign:
    """One model x pathway of a plan.

    Attributes:
        model: Model name.
        pathway: Pathway name.
        technique: Its technique.
        seeds: Trials.
        steps: Optimiser steps of each.
        measure_at: Steps at which it is measured, before refinement.
        answers: Answers that all its trials will give.
    """

    model: str
    pathway: str
    technique: str
    seeds: int
    steps: int
    measure_at: tuple[int, ...]
    answers: int


@dataclass(frozen=True, slots=True)
class Design:
    """A plan in the words of `holdfast plan`.

    Attributes:
        name: The audit's name.
        trials: Keys of its trials.
        arms: Its arms.
        workers: Worker processes.
        seconds: Estimated wall clock.
        disk_bytes: Estimated size of the run directory.
        assumptions: What the estimates take for granted.
        can_show: What the design can show.
        cannot_show: What it cannot.
        options: Options in force by pathway, defaults included.
    """

    name: str
    trials: tuple[str, ...]
    arms: tuple[ArmDesign, ...]
    workers: int
    seconds: float
    disk_bytes: int
    assumptions: tuple[str, ...]
    can_show: tuple[str, ...]
    cannot_show: tuple[str, ...]
    options: tuple[str, ...]


def describe_design(prepared: Prepared, workers: int | None = None) -> Design:
    """Return what a prepared audit will do, take and be able to show."""
    plan = prepared.plan
    forecasts = forecast_trials(plan, prepared.benchmarks)
    count = max(1, worker_count(workers, plan))
    searches = forecast_searches(plan, prepared.benchmarks, forecasts)
    forecast = forecast_plan([*forecasts, *searches], probe_speed(), count)
    arms = _arms(prepared, forecasts)
    shown = _power(prepared)
    return Design(
        name=plan.audit.name,
        trials=tuple(trial.key for trial in plan.trials),
        arms=arms,
        workers=count,
        seconds=forecast.seconds,
        disk_bytes=forecast_disk_bytes(forecasts),
        assumptions=(*forecast.assumptions, *search_notes(plan)),
        can_show=shown,
        cannot_show=_cannot_show(prepared),
        options=tuple(describe_pathway(resolve_pathway(p)) for p in plan.audit.pathways),
    )


def _arms(prepared: Prepared, forecasts: list[TrialForecast]) -> tuple[ArmDesign, ...]:
    plan = prepared.plan
    resolved = {pathway.name: resolve_pathway(pathway) for pathway in plan.audit.pathways}
    groups: dict[tuple[str, str], list[TrialForecast]] = {}
    for forecast in forecasts:
        groups.setdefault((forecast.trial.model, forecast.trial.pathway), []).append(forecast)
    return tuple(
        ArmDesign(
            model=model,
            pathway=pathway,
            technique=resolved[pathway].spec.technique,
            seeds=len(members),
            steps=members[0].trial.schedule.total_steps,
            measure_at=members[0].trial.schedule.measure_at,
            answers=sum(member.demand.answers for member in members),
        )
        for (model, pathway), members in groups.items()
    )


def _power(prepared: Prepared) -> tuple[str, ...]:
    seeds = len(prepared.plan.audit.seeds)
    lines = []
    varied = variant_names(prepared.plan.audit)
    for benchmark in prepared.benchmarks.values():
        if benchmark.kind is BenchmarkKind.SAFETY and benchmark.name not in varied:
            groups = len({item.group or item.id for item in benchmark.part(Split.HELDOUT)})
            power = design_power(groups, seeds)
            lines += [f"{benchmark.name} ({groups} groups): {text}" for text in power.statements]
    return (*lines, _varied(prepared.plan.audit.multiverse))


def _varied(multiverse: MultiverseSpec | None) -> str:
    if multiverse is None:
        return "no multiverse: there are not two axes with two levels to vary (see `multiverse:`)"
    cells = math.prod(len(levels) for levels in multiverse.axes.values())
    named = " x ".join(f"{axis} ({', '.join(levels)})" for axis, levels in multiverse.axes.items())
    return f"every claim again in {cells} cells: {named}"


def _cannot_show(prepared: Prepared) -> tuple[str, ...]:
    audit = prepared.plan.audit
    lines = ["anything of pathways, prompts and budgets that are not listed: 'did not break' is of these"]
    if not any(b.kind is BenchmarkKind.SAFETY for b in prepared.benchmarks.values()):
        lines.append("safety: there is no safety benchmark")
    look_alikes = any(b.kind is BenchmarkKind.OVER_REFUSAL for b in prepared.benchmarks.values())
    if not audit.utility and look_alikes:
        lines.append(
            "utility itself: no `utility:` is named, so coherent answers to the look-alikes stand in (proxy)"
        )
    elif not audit.utility:
        lines.append("a break: without `utility:` or an over_refusal benchmark every break is inconclusive")
    lines += [_goal_limit(goal, prepared) for goal in audit.goals]
    lines += prepared.leaks
    lines += [line for pathway in audit.pathways for line in _unfit_rows(pathway)]
    for benchmark in prepared.benchmarks.values():
        lines += [f"{benchmark.name}: {note}" for note in benchmark.notes]
    return tuple(lines)


def _unfit_rows(pathway: PathwaySpec) -> Iterator[str]:
    """Yield why a technique cannot take its rows; options that do not care have no `check_rows`."""
    check = getattr(resolve_pathway(pathway).config, "check_rows", None)
    if check is None or pathway.corpus is None:
        return
    corpora = {role: load_corpus(corpus) for role, corpus in pathway.corpora.items()}
    try:
        check(load_corpus(pathway.corpus), corpora)
    except HoldfastError as error:
        yield f"anything of {pathway.name}, whose trials will fail: {error.args[0]} ({error.next_step})"


def _goal_limit(goal: Goal, prepared: Prepared) -> str:
    rows = len(prepared.benchmarks[goal.benchmark].part(Split.SELECTION))
    limit = f"finer than 1/{rows} of a score: it is chosen on {rows} selection rows"
    if goal.relative_to is Yardstick.BEST:
        limit += "; nor finer than the steps measured, for its target is known when all trials are done"
    return f"the anchor of {goal.name!r} {limit}"
