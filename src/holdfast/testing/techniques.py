"""What every technique promises: one check a promise, and all of them in one call."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

from holdfast.domain import (
    Changes,
    Checkpoint,
    ModelShape,
    Schedule,
    Snapshot,
    Spend,
    Technique,
    Traits,
    TrialContext,
)
from holdfast.testing.fingerprints import Fingerprint, OptimizerWatch, fingerprint, model_flags
from holdfast.testing.promises import require, require_light_import

_FINE = Schedule(3, (0, 1, 3))
_COARSE = Schedule(3, (0, 3))
_SHAPES = (
    ModelShape(42_336, 23_744, 2, 32, 64, 4, 2, 371, 128),
    ModelShape(8_030_261_248, 1_050_673_152, 32, 4096, 14336, 32, 8, 128_256, 8192, 128),
)


class ContextFactory(Protocol):
    """Makes the context of a trial, with a freshly loaded model each time."""

    def __call__(self, schedule: Schedule, seed: int = 0, start: Snapshot | None = None) -> TrialContext:
        """Return a context with a fresh model, a corpus and a configuration for `schedule`."""
        ...


@dataclass(frozen=True, slots=True)
class TechniqueCase:
    """A technique and where to try it.

    Attributes:
        technique: An instance of the plug-in.
        context: Makes contexts; see `ContextFactory`.
        directory: Empty directory for snapshots.
    """

    technique: Technique
    context: ContextFactory
    directory: Path

    @property
    def schedules(self) -> tuple[Schedule, Schedule]:
        """A fine and a coarse schedule of the same length; both a single point without training."""
        if self.technique.traits.trains:
            return _FINE, _COARSE
        return Schedule(0, (0,)), Schedule(0, (0,))


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
    for footprint in (small, large):
        require(
            all(size >= 0.0 for size in footprint.memory_bytes.values())
            and sum(footprint.memory_bytes.values()) > 0.0,
            "the footprint names memory above 0",
            footprint.memory_bytes,
        )
        require(
            (footprint.flops_per_token > 0.0) == trains, "training, and nothing else, costs FLOPs", footprint
        )
        require(footprint.trainable_parameters >= int(trains), "training trains parameters", footprint)
    require(
        sum(large.memory_bytes.values()) > sum(small.memory_bytes.values()),
        "a larger model needs more memory",
    )


def check_schedule(case: TechniqueCase) -> None:
    """Checkpoints come exactly where the schedule says, the untouched model first."""
    for schedule in case.schedules:
        steps = tuple(point.step for point in _walk(case, schedule))
        require(steps == schedule.measure_at, "checkpoints come exactly at schedule.measure_at", steps)


def check_spend(case: TechniqueCase) -> None:
    """Spend starts at nothing, never goes down, and counts the steps."""
    spends = [point.checkpoint.spend for point in _walk(case, case.schedules[0])]
    require(spends[0].steps == 0 and spends[0].train_tokens == 0, "nothing is spent at step 0", spends[0])
    for before, after in pairwise(spends):
        require(not _less(after, before), "spend never goes down", (before, after))
    require(
        [s.steps for s in spends] == list(case.schedules[0].measure_at), "spend counts the steps", spends[-1]
    )
    if case.technique.traits.trains:
        last = spends[-1]
        counted = (last.examples, last.train_tokens, last.flops, last.peak_memory_bytes)
        require(min(counted) > 0, "training books examples, tokens, FLOPs and memory", last)


def check_changes(case: TechniqueCase) -> None:
    """Weights change if, and only if, the traits say so."""
    points = _walk(case, case.schedules[0])
    if not case.technique.traits.trains:
        context = case.context(case.schedules[0])
        before = fingerprint(context.model, context, answers=False)
        with _run(case, context) as checkpoints:
            for _ in checkpoints:
                pass
        after = fingerprint(context.model, context, answers=False)
        if case.technique.traits.changes is Changes.INPUTS:
            require(before == after, "a technique that changes inputs leaves the weights alone")
        return
    changed = points[0].print != points[-1].print
    expected = case.technique.traits.changes is Changes.WEIGHTS
    require(changed == expected, f"weights change: {expected}, as the traits say", changed)


def check_measuring_is_free(case: TechniqueCase) -> None:
    """Another measuring schedule, with measuring or without, leaves the final weights bit-identical."""
    fine, coarse = case.schedules
    watched = _walk(case, fine)[-1].print
    unwatched = _walk(case, coarse, measure=False)[-1].print
    require(watched == unwatched, "another measuring schedule leaves the final weights bit-identical")


def check_determinism(case: TechniqueCase) -> None:
    """The same seed gives the same weights."""
    first, second = (_walk(case, case.schedules[1], seed=7)[-1].print for _ in range(2))
    require(first == second, "the same seed gives the same result")


def check_restart(case: TechniqueCase) -> None:
    """Continuing from a snapshot, in a fresh model, equals the uninterrupted run."""
    fine = case.schedules[0]
    whole = {point.step: point for point in _walk(case, fine)}
    for step in fine.measure_at:
        snapshot = _snapshot_at(case, fine, step)
        if snapshot is None:
            require(not case.technique.traits.trains, "a technique that trains can be continued")
            return
        rest = _walk(case, fine, start=snapshot)
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
            with _run(case, context) as checkpoints:
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


def _run(case: TechniqueCase, context: TrialContext) -> AbstractContextManager[Iterator[Checkpoint]]:
    """Return the technique's checkpoints as a context that closes them."""
    checkpoints = case.technique.run(context)
    require(isinstance(checkpoints, Generator), "run() is a generator, so that it can be closed")
    assert isinstance(checkpoints, Generator)
    return closing(checkpoints)


@dataclass(frozen=True, slots=True)
class _Point:
    """A checkpoint passed, and what the model was there."""

    step: int
    checkpoint: Checkpoint
    print: Fingerprint


def _walk(
    case: TechniqueCase,
    schedule: Schedule,
    *,
    seed: int = 0,
    start: Snapshot | None = None,
    measure: bool = True,
) -> list[_Point]:
    """Run to the end and return a fingerprint at each checkpoint (with `measure`, also by its answers)."""
    context = case.context(schedule, seed=seed, start=start)
    points = []
    with _run(case, context) as checkpoints:
        for checkpoint in checkpoints:
            if measure:
                fingerprint(checkpoint.subject, context, answers=True)
            points.append(
                _Point(checkpoint.step, checkpoint, fingerprint(checkpoint.subject, context, answers=False))
            )
    return points


def _snapshot_at(case: TechniqueCase, schedule: Schedule, step: int) -> Snapshot | None:
    directory = case.directory / f"snapshot-{step}"
    context = case.context(schedule)
    with _run(case, context) as checkpoints:
        for checkpoint in _until(checkpoints, step):
            if checkpoint.step == step:
                return checkpoint.snapshot(directory) if checkpoint.snapshot else None
    return None


def _until(checkpoints: Iterator[Checkpoint], step: int) -> Iterator[Checkpoint]:
    for checkpoint in checkpoints:
        yield checkpoint
        if checkpoint.step >= step:
            return


_MEASURED = ("device_seconds", "peak_memory_bytes", "usd", "energy_joules")
_NO_TOTALS = ("usd", "energy_joules", "actors", "max_actor_share")


def _counts(spend: Spend) -> dict[str, Any]:
    """Return what follows from the work alone, not from the machine's mood."""
    return {f.name: getattr(spend, f.name) for f in fields(spend) if f.name not in _MEASURED}


def _less(after: Spend, before: Spend) -> bool:
    names = [f.name for f in fields(after) if f.name not in _NO_TOTALS]
    return any(getattr(after, name) < getattr(before, name) for name in names)
