"""Where a technique is tried, and how it is walked from checkpoint to checkpoint."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Protocol

from holdfast.domain import Changes, Checkpoint, Schedule, Snapshot, Technique, TrialContext
from holdfast.testing.fingerprints import Fingerprint, fingerprint
from holdfast.testing.promises import require

_FINE = Schedule(3, (0, 1, 3))
_COARSE = Schedule(3, (0, 3))
_POINT = Schedule(0, (0,))


class ContextFactory(Protocol):
    """Makes the context of a trial, with a freshly loaded model each time."""

    def __call__(self, schedule: Schedule, seed: int = 0, start: Snapshot | None = None) -> TrialContext:
        """Return a context with a fresh model, a corpus and a configuration for `schedule`."""
        ...


class Motion(StrEnum):
    """How a technique moves away from the untouched model."""

    TRAINING = "training"
    """By gradient steps on a corpus."""
    ATTACK = "attack"
    """By a budget spent on the inputs; the weights stay."""
    EDIT = "edit"
    """By changing weights without training."""
    NONE = "none"
    """Not at all: it is one point."""


@dataclass(frozen=True)
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

    @cached_property
    def motion(self) -> Motion:
        """How the technique moves, by its traits and the number of `steps` of its configuration."""
        traits = self.technique.traits
        if traits.trains:
            return Motion.TRAINING
        if not getattr(self.context(_POINT).config, "steps", 0):
            return Motion.NONE
        return Motion.ATTACK if traits.changes is Changes.INPUTS else Motion.EDIT

    @property
    def schedules(self) -> tuple[Schedule, Schedule]:
        """A fine and a coarse schedule of the same length; both a single point where nothing moves."""
        match self.motion:
            case Motion.NONE:
                return _POINT, _POINT
            case Motion.EDIT:
                return Schedule(1, (0, 1)), Schedule(1, (1,))
            case _:
                return _FINE, _COARSE


def run(case: TechniqueCase, context: TrialContext) -> AbstractContextManager[Iterator[Checkpoint]]:
    """Return the technique's checkpoints as a context that closes them."""
    checkpoints = case.technique.run(context)
    require(isinstance(checkpoints, Generator), "run() is a generator, so that it can be closed")
    assert isinstance(checkpoints, Generator)
    return closing(checkpoints)


@dataclass(frozen=True, slots=True)
class Point:
    """A checkpoint passed, and what the model was there."""

    step: int
    checkpoint: Checkpoint
    print: Fingerprint


def walk(
    case: TechniqueCase,
    schedule: Schedule,
    *,
    seed: int = 0,
    start: Snapshot | None = None,
    measure: bool = True,
) -> list[Point]:
    """Run to the end and return a fingerprint at each checkpoint (with `measure`, also by its answers)."""
    context = case.context(schedule, seed=seed, start=start)
    points = []
    with run(case, context) as checkpoints:
        for checkpoint in checkpoints:
            if measure:
                fingerprint(checkpoint.subject, context, answers=True)
            points.append(
                Point(checkpoint.step, checkpoint, fingerprint(checkpoint.subject, context, answers=False))
            )
    return points


def snapshot_at(case: TechniqueCase, schedule: Schedule, step: int) -> Snapshot | None:
    """Return a snapshot taken at a step of a fresh run; None where the technique gives none there."""
    directory = case.directory / f"snapshot-{step}"
    context = case.context(schedule)
    with run(case, context) as checkpoints:
        for checkpoint in _until(checkpoints, step):
            if checkpoint.step == step:
                return checkpoint.snapshot(directory) if checkpoint.snapshot else None
    return None


def _until(checkpoints: Iterator[Checkpoint], step: int) -> Iterator[Checkpoint]:
    for checkpoint in checkpoints:
        yield checkpoint
        if checkpoint.step >= step:
            return
