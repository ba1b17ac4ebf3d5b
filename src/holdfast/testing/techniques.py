"""What every technique promises: one check a promise, and all of them in one call."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from holdfast.domain import Changes, ModelShape, Spend, Technique, Traits
from holdfast.testing.fingerprints import OptimizerWatch, fingerprint, model_flags
from holdfast.testing.passing_on import check_weights
from holdfast.testing.promises import require, require_light_import
from holdfast.testing.technique_cases import (
    ContextFactory,
    Motion,
    TechniqueCase,
    run,
    snapshot_at,
    walk,
)

_SHAPES = (
    ModelShape(42_336, 23_744, 2, 32, 64, 4, 2, 371, 128),
    ModelShape(8_030_261_248, 1_050_673_152, 32, 4096, 14336, 32, 8, 128_256, 8192, 128),
)


def check_import_is_light(case: TechniqueCase) -> None:
    """Importing the technique's module does not import torch."""
    require_light_import(type(case.technique))


def check_declaration(case: TechniqueCase) -> None:
    """Traits are `Traits`, and the configuration refuses options it does not know."""
    technique = case.technique
    require(isinstance(technique.traits, Traits), "traits are Traits", technique.traits)
    require(technique.traits.actors >= 1, "at least one actor takes part", technique.traits.actors)
    config = getattr(technique.Config, "model_config", None)
    forbids = config is not None and config.get("extra") == "forbid"
    require(forbids, 'Config is a pydantic model with extra="forbid"', technique.Config)


def check_footprint(case: TechniqueCase) -> None:
    """The footprint follows from shapes alone, is positive, and grows with the model."""
    config = case.context(case.schedules[0]).config
    small, large = (case.technique.footprint(shape, config) for shape in _SHAPES)
    trains = case.technique.traits.trains
    steps = trains or case.motion is Motion.ATTACK
    for footprint in (small, large):
        require(
            all(size >= 0.0 for size in footprint.memory_bytes.values())
            and sum(footprint.memory_bytes.values()) > 0.0,
            "the footprint names memory above 0",
            footprint.memory_bytes,
        )
        require(
            (footprint.flops_per_token > 0.0) == steps,
            "training or a budgeted attack, and nothing else, costs FLOPs a token",
            footprint,
        )
        require(footprint.trainable_parameters >= int(trains), "training trains parameters", footprint)
    require(
        sum(large.memory_bytes.values()) > sum(small.memory_bytes.values()),
        "a larger model needs more memory",
    )


def check_schedule(case: TechniqueCase) -> None:
    """Checkpoints come exactly where the schedule says, the untouched model first."""
    for schedule in case.schedules:
        steps = tuple(point.step for point in walk(case, schedule))
        require(steps == schedule.measure_at, "checkpoints come exactly at schedule.measure_at", steps)


def check_spend(case: TechniqueCase) -> None:
    """Spend starts at nothing, never goes down, and counts the steps."""
    spends = [point.checkpoint.spend for point in walk(case, case.schedules[0])]
    require(spends[0].steps == 0 and spends[0].train_tokens == 0, "nothing is spent at step 0", spends[0])
    for before, after in pairwise(spends):
        require(not _less(after, before), "spend never goes down", (before, after))
    given = sum(each.spend.steps for each in case.context(case.schedules[0]).inputs.values())
    traits = case.technique.traits
    # A step of a training that actors share is a round, in which everybody takes steps of their own.
    each = spends[1].steps - given if traits.trains and traits.actors > 1 else 1
    require(each == 1 or each >= traits.actors, "in a round every actor takes a step", spends[-1])
    counted = [step and step * each + given for step in case.schedules[0].measure_at]
    require(
        [s.steps for s in spends] == counted, "spend counts the steps, those of contributions too", spends[-1]
    )
    last = spends[-1]
    if case.motion in (Motion.TRAINING, Motion.ATTACK):
        booked = (last.examples, last.train_tokens, last.flops, last.peak_memory_bytes)
        kind = "training" if case.motion is Motion.TRAINING else "a budgeted attack"
        require(min(booked) > 0, f"{kind} books examples, tokens, FLOPs and memory", last)
    if case.motion is Motion.EDIT:
        require(last.device_seconds > 0.0, "an edit books its seconds", last)


def check_changes(case: TechniqueCase) -> None:
    """Weights change if, and only if, the traits say so."""
    context = case.context(case.schedules[0])
    expected = case.technique.traits.changes is Changes.WEIGHTS
    untouched = fingerprint(context.model, context, answers=False)
    first = last = untouched
    weights_changed = False
    with run(case, context) as checkpoints:
        for number, checkpoint in enumerate(checkpoints):
            last = fingerprint(checkpoint.subject, context, answers=False)
            first = first if number else last
            weights_changed |= fingerprint(context.model, context, answers=False) != untouched
    if case.motion is Motion.ATTACK:
        require(first != last, "a budgeted attack changes what answers")
    elif case.motion is not Motion.NONE:
        require((first != last) == expected, f"weights change: {expected}, as the traits say", first != last)
    if not expected:
        require(not weights_changed, "a technique that changes inputs leaves the weights alone")


def check_originals(case: TechniqueCase) -> None:
    """What an edit or an attack did to the model is undone, bit for bit, wherever it is closed."""
    if case.motion is Motion.TRAINING:
        return  # full training is the exception: its model is thrown away
    for stop in range(len(case.schedules[0].measure_at) + 2):
        context = case.context(case.schedules[0])
        before = fingerprint(context.model, context, answers=False)
        with run(case, context) as checkpoints:
            for _ in range(stop):
                next(checkpoints, None)
        after = fingerprint(context.model, context, answers=False)
        require(before == after, f"close() after {stop} checkpoints puts the original weights back")


def check_measuring_is_free(case: TechniqueCase) -> None:
    """Another measuring schedule, with measuring or without, leaves the final weights bit-identical."""
    fine, coarse = case.schedules
    watched = walk(case, fine)[-1].print
    unwatched = walk(case, coarse, measure=False)[-1].print
    require(watched == unwatched, "another measuring schedule leaves the final weights bit-identical")


def check_determinism(case: TechniqueCase) -> None:
    """The same seed gives the same weights."""
    first, second = (walk(case, case.schedules[1], seed=7)[-1].print for _ in range(2))
    require(first == second, "the same seed gives the same result")


def check_restart(case: TechniqueCase) -> None:
    """Continuing from a snapshot, in a fresh model, equals the uninterrupted run."""
    fine = case.schedules[0]
    whole = {point.step: point for point in walk(case, fine)}
    for step in fine.measure_at:
        snapshot = snapshot_at(case, fine, step)
        if snapshot is None:
            lasts = case.motion in (Motion.TRAINING, Motion.ATTACK)
            require(not lasts, "a technique that trains, or spends a budget, can be continued")
            return
        rest = walk(case, fine, start=snapshot)
        later = tuple(s for s in fine.measure_at if s > step)
        require(
            tuple(p.step for p in rest) == later, f"continued from step {step}, only later steps come", later
        )
        for point in rest:
            same = point.print == whole[point.step].print
            require(same, f"step {point.step} continued from {step} equals the uninterrupted run")
            counted = _counts(point.checkpoint.spend) == _counts(whole[point.step].checkpoint.spend)
            require(counted, f"spend at step {point.step} continued from {step} is the whole run's")


def check_close(case: TechniqueCase) -> None:
    """Closing anywhere puts flags back and leaves neither gradients nor optimisers."""
    for stop in range(len(case.schedules[0].measure_at) + 2):
        context = case.context(case.schedules[0])
        before = model_flags(context.model)
        with OptimizerWatch() as watch:
            with run(case, context) as checkpoints:
                for _ in range(stop):
                    next(checkpoints, None)
            del checkpoints
            alive = watch.alive()
        after = model_flags(context.model)
        when = f"close() after {stop} checkpoints"
        require(before == after, f"{when} puts flags back and drops gradients", f"{before} -> {after}")
        require(not alive, f"{when} frees the optimiser", alive)


TECHNIQUE_CHECKS: tuple[Callable[[TechniqueCase], None], ...] = (
    check_import_is_light,
    check_declaration,
    check_footprint,
    check_schedule,
    check_spend,
    check_changes,
    check_weights,
    check_originals,
    check_measuring_is_free,
    check_determinism,
    check_restart,
    check_close,
)
"""Every promise, for `pytest.mark.parametrize`."""


def check_technique(technique: Technique, context_factory: ContextFactory, directory: Path) -> None:
    """Make sure that a technique keeps its contract.

    Args:
        technique: An instance of the plug-in.
        context_factory: Makes contexts, with a fresh model each time.
        directory: Empty directory for snapshots.

    Raises:
        PluginError: If a promise is broken, naming it and what was found.
    """
    case = TechniqueCase(technique, context_factory, directory)
    for check in TECHNIQUE_CHECKS:
        check(case)


_MEASURED = ("device_seconds", "peak_memory_bytes", "usd", "energy_joules")
_NO_TOTALS = ("usd", "energy_joules", "actors", "max_actor_share")


def _counts(spend: Spend) -> dict[str, Any]:
    """Return what follows from the work alone, not from the machine's mood."""
    return {f.name: getattr(spend, f.name) for f in fields(spend) if f.name not in _MEASURED}


def _less(after: Spend, before: Spend) -> bool:
    names = [f.name for f in fields(after) if f.name not in _NO_TOTALS]
    return any(getattr(after, name) < getattr(before, name) for name in names)
