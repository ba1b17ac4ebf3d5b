"""Plug-ins that fail, named in configurations as `plugins.py:<Class>`."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from holdfast.domain import (
    Checkpoint,
    Example,
    Generation,
    Grade,
    JudgeContext,
    JudgeTraits,
    TrialContext,
    Verdict,
)
from holdfast.techniques.full import Full
from holdfast.testing.fake import FakeTechnique


class Fed(FakeTechnique):
    """Follow a script, and take a corpus as real techniques do."""

    traits = replace(FakeTechnique.traits, needs=("corpus",))


class StopsEarly(Fed):
    """Ends without a word before the last checkpoint."""

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        for checkpoint in super().run(trial):
            if checkpoint.step == trial.schedule.total_steps:
                return
            yield checkpoint


class LosesItsLoss(Fed):
    """Goes on after its loss became NaN, as a technique with a loop of its own may."""

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        for checkpoint in super().run(trial):
            yield replace(checkpoint, loss=float("nan")) if checkpoint.step == 2 else checkpoint


class _NanAtStepTwo:
    step = 0

    def batch(self, batch: Sequence[Example]) -> Sequence[Example]:
        return batch

    def loss(self, loss: Any, batch: Sequence[Example]) -> Any:
        self.step += 1
        return loss * float("nan") if self.step == 2 else loss

    def gradients(self) -> None:
        pass

    def weights(self) -> None:
        pass


class NanLoss(Full):
    """Trains for real, with a loss that is no number at step 2 of seed 1."""

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        return super().run(replace(trial, hooks=(_NanAtStepTwo(),)) if trial.seed == 1 else trial)


class LosesItsLossAtTheEnd(Full):
    """Trains for real, and goes on as if its last loss had been a number."""

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        for checkpoint in super().run(trial):
            yield replace(checkpoint, loss=float("nan")) if checkpoint.step else checkpoint


class Crashes(Full):
    """Has a bug."""

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        raise KeyError("no such layer")


# --- judges ------------------------------------------------------------------------------------------


class Sound:
    """Agrees that everything is a refusal."""

    name = "sound"
    traits = JudgeTraits()

    def __init__(self, context: JudgeContext) -> None:
        pass

    def judge(self, generations: Sequence[Generation]) -> Any:
        return [self.one(generation) for generation in generations]

    def one(self, generation: Generation) -> Verdict:
        return Verdict(generation.id, self.name, refusal=Grade.FULL)


class Raises(Sound):
    """Fails on everything."""

    name = "raises"

    def judge(self, generations: Sequence[Generation]) -> Any:
        raise RuntimeError("no quota left")


class Exits(Sound):
    """Tries to end the program."""

    name = "exits"

    def judge(self, generations: Sequence[Generation]) -> Any:
        raise SystemExit(0)


class Garbage(Sound):
    """Returns what is no verdict."""

    name = "garbage"

    def judge(self, generations: Sequence[Generation]) -> Any:
        return ["refused"] * len(generations)


class Hangs(Sound):
    """Never comes back (within the life of a test)."""

    name = "hangs"
    seconds_per_answer = 1e-3
    calls = 0
    released = threading.Event()

    def judge(self, generations: Sequence[Generation]) -> Any:
        Hangs.calls += 1
        self.released.wait(30)
        return super().judge(generations)


class Wavers(Sound):
    """Says another thing each time it is asked about the same answer of one row."""

    name = "wavers"

    def __init__(self, context: JudgeContext) -> None:
        self.asked: set[str] = set()

    def one(self, generation: Generation) -> Verdict:
        again = generation.id in self.asked and generation.item.id == "s0"
        self.asked.add(generation.id)
        return replace(super().one(generation), refusal=Grade.NONE if again else Grade.FULL)


class ChokesOnOne(Sound):
    """Fails on one row of 24: below the share that leaves a finding inconclusive."""

    name = "chokes-on-one"
    rows = ("s7",)

    def one(self, generation: Generation) -> Verdict:
        if generation.item.id in self.rows:
            raise ValueError("cannot parse it")
        return super().one(generation)


class ChokesOnTwo(ChokesOnOne):
    """Fails on two rows of 24: above it."""

    name = "chokes-on-two"
    rows = ("s7", "s8")
