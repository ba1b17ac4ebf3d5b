"""What a plan will cost to run, before anything is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from holdfast.auditing.execution.asking import Questionnaire
from holdfast.auditing.planner import ResolvedPathway, measures_model, resolve_pathway
from holdfast.data import load_corpus
from holdfast.domain import (
    Benchmark,
    ModelShape,
    ModelSource,
    PathwaySpec,
    Plan,
    PluginError,
    Split,
    TrialSpec,
)
from holdfast.models import read_shape
from holdfast.spend import Demand, Forecast, MachineSpeed, forecast_seconds

_CHARACTERS_PER_TOKEN = 4
_TEMPLATE_TOKENS = 8
_PROMPT_TOKENS = 32
_BYTES_PER_ANSWER = 220
_ASSUMED = ModelShape(
    parameters=1_000_000_000,
    embedding_parameters=67_108_864,
    layers=15,
    hidden=2048,
    intermediate=8192,
    heads=32,
    kv_heads=8,
    vocabulary=32_768,
    context=2048,
)
"""A hub model is sized only once it is there; until then it is taken for one of a billion parameters."""


@dataclass(frozen=True, slots=True)
class TrialForecast:
    """Work of one trial.

    Attributes:
        trial: The trial.
        demand: Its work in counts.
    """

    trial: TrialSpec
    demand: Demand


def forecast_trials(plan: Plan, benchmarks: Mapping[str, Benchmark]) -> list[TrialForecast]:
    """Return the work of each trial, from shapes and counts alone."""
    pathways = {pathway.name: pathway for pathway in plan.audit.pathways}
    shapes = {model.name: _shape(model) for model in plan.audit.models}
    return [
        TrialForecast(trial, _demand(plan, trial, pathways[trial.pathway], shapes[trial.model], benchmarks))
        for trial in plan.trials
    ]


def forecast_plan(forecasts: list[TrialForecast], speed: MachineSpeed, workers: int) -> Forecast:
    """Return the time all trials take on `workers` processes.

    Each process loads its libraries once; each trial loads its model twice, which is counted in.
    """
    demands = [f.demand for f in forecasts]
    total = Demand(
        steps=sum(d.steps for d in demands),
        training_flops=sum(d.training_flops for d in demands),
        answers=sum(d.answers for d in demands),
        answer_tokens=max((d.answer_tokens for d in demands), default=0),
        inference_flops=sum(d.inference_flops for d in demands),
        start_ups=workers,
    )
    return forecast_seconds(total, speed, workers)


def forecast_disk_bytes(forecasts: list[TrialForecast]) -> int:
    """Return roughly how much the run directory will hold: answers dominate."""
    return sum(f.demand.answers for f in forecasts) * _BYTES_PER_ANSWER


def trial_weights(forecasts: list[TrialForecast]) -> dict[str, float]:
    """Return relative durations by trial key, for progress: a step and three answers weigh the same."""
    return {f.trial.key: 1.0 + f.demand.steps + f.demand.answers / 3 for f in forecasts}


def _shape(model: ModelSource) -> ModelShape:
    config = Path(model.path) / "config.json" if model.path else None
    return read_shape(config) if config and config.exists() else _ASSUMED


def _demand(
    plan: Plan,
    trial: TrialSpec,
    pathway: PathwaySpec,
    shape: ModelShape,
    benchmarks: Mapping[str, Benchmark],
) -> Demand:
    resolved = resolve_pathway(pathway)
    trains = trial.schedule.total_steps > 0
    drawn = 1 if getattr(resolved.config, "deterministic", trains) else getattr(resolved.config, "samples", 1)
    whole = measures_model(resolved)
    answers = drawn * _answers(Questionnaire(plan.audit, benchmarks, trial.seed, whole), trial)
    made = [resolved, *_contributions(plan, pathway)]
    new_tokens = plan.audit.decoding.max_new_tokens
    return Demand(
        steps=sum(_steps(each) for each in made),
        training_flops=sum(_training_flops(each, shape) for each in made),
        answers=answers,
        answer_tokens=new_tokens,
        inference_flops=2.0 * shape.parameters * answers * (_PROMPT_TOKENS + new_tokens),
    )


def _answers(asked: Questionnaire, trial: TrialSpec) -> int:
    """Return how many answers a trial gives before refinement, one draw a sample."""
    goals = {goal.benchmark for goal in asked.goals}
    each = sum(len(b.part(Split.HELDOUT)) for b in asked.everywhere)
    each += sum(len(b.part(Split.SELECTION)) for name, b in asked.benchmarks.items() if name in goals)
    # Variants are asked at the end, and where a goal is reached.
    places = 1 + len(asked.goals) if trial.schedule.total_steps else 1
    varied = sum(len(b.part(Split.HELDOUT)) * asked.decoding(b.name).samples for b in asked.variants)
    return each * len(trial.schedule.measure_at) * asked.audit.decoding.samples + varied * places


def _contributions(plan: Plan, pathway: PathwaySpec) -> list[ResolvedPathway]:
    """Return the pathways that are made anew for a trial, as often as they are made."""
    specs = {spec.name: spec for spec in plan.audit.pathways}
    found = []
    for name in pathway.inputs:
        found += [resolve_pathway(specs[name]), *_contributions(plan, specs[name])]
    return found


def _steps(pathway: ResolvedPathway) -> int:
    """Return the optimiser steps of a pathway; a round of several actors is all that each of them takes."""
    config = pathway.config
    in_a_round = getattr(config, "actors", 1) * getattr(config, "local_steps", 1)
    return int(getattr(config, "steps", 0)) * in_a_round


def _training_flops(pathway: ResolvedPathway, shape: ModelShape) -> float:
    """Return the FLOPs of all steps of a pathway: of a training, or of an attack that has a budget."""
    return _flops_per_token(pathway, shape) * _steps(pathway) * _tokens_per_step(pathway)


def _flops_per_token(pathway: ResolvedPathway, shape: ModelShape) -> float:
    try:
        return float(pathway.technique.footprint(shape, pathway.config).flops_per_token)
    except Exception as error:
        raise PluginError(
            f"technique {pathway.spec.technique!r} fails in footprint: {type(error).__name__}: {error}",
            next_step="holdfast.testing.check_technique says what a technique promises",
        ) from error


def _tokens_per_step(pathway: ResolvedPathway) -> float:
    if pathway.spec.corpus is None:
        return 0.0
    rows = load_corpus(pathway.spec.corpus)
    characters = sum(len(r.response) + sum(len(m.content) for m in r.prompt) for r in rows)
    held = max(1, len(rows) // getattr(pathway.config, "actors", 1))  # each actor has rows of its own
    batch = min(getattr(pathway.config, "batch_size", 1), held)
    return batch * (characters / len(rows) / _CHARACTERS_PER_TOKEN + _TEMPLATE_TOKENS)
