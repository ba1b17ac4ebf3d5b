"""A technique without a model: it answers from a script, and fails where it is told to.

For tests of whatever runs techniques: plans, executors, resume, anchors, reports. A prompt is answered well
at step k if a number drawn from the prompt and the seed lies below the curve at k, so that the share of good
answers follows the curve, item by item, the same way each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from holdfast.domain import (
    Answer,
    Axis,
    Changes,
    Checkpoint,
    Conversation,
    Decoding,
    Footprint,
    ModelShape,
    Snapshot,
    Spend,
    Traits,
    TrialContext,
    TrialError,
)

_TOKENS_PER_EXAMPLE = 10


class FakeRule(BaseModel):
    """How the prompts that match a pattern are answered.

    Attributes:
        match: Regular expression searched in the last turn.
        curve: Share of the prompts answered well, in [0, 1], from a step on; 0 before the first step named.
        answer: A good answer; `{gold}` stands for the prompt's own from `FakeConfig.gold` or the corpus.
        otherwise: The answer of the others.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    match: str = "."
    curve: Mapping[int, float] = Field(default_factory=lambda: {0: 0.0})
    answer: str = "{gold}"
    otherwise: str = "I am sorry, but I cannot help with that."

    def share(self, step: int) -> float:
        """Return the share of prompts answered well at a step."""
        steps = sorted(self.curve)
        place = bisect_right(steps, step)
        return self.curve[steps[place - 1]] if place else 0.0


class FakeConfig(BaseModel):
    """The script.

    Attributes:
        steps: Steps it pretends to take.
        learning_rate: Taken and ignored, as real techniques have one.
        rules: The first rule whose pattern is found in a prompt answers it.
        gold: Good answers by prompt, beside those of the corpus.
        fail_at: Step at which it raises an error that is no `HoldfastError`.
        diverge_at: Step at which it raises `TrialError` as a diverged training does.
        hang_at: Step at which it sleeps for `hang_seconds`.
        die_at: Step at which its process is killed, as the kernel does when memory runs out.
        only_seeds: Seeds that the four above happen to; None for all.
        hang_seconds: Seconds it hangs.
        step_seconds: Seconds each step takes.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(default=16, ge=1)
    learning_rate: float = Field(default=1.0, gt=0.0)
    rules: tuple[FakeRule, ...] = (FakeRule(),)
    gold: Mapping[str, str] = Field(default_factory=dict)
    fail_at: int | None = None
    diverge_at: int | None = None
    hang_at: int | None = None
    die_at: int | None = None
    only_seeds: tuple[int, ...] | None = None
    hang_seconds: float = Field(default=3600.0, gt=0.0)
    step_seconds: float = Field(default=0.0, ge=0.0)


class FakeTechnique:
    """Follow a script. It claims to train, and its answers are all that changes."""

    traits = Traits(axis=Axis.NONE, trains=True, changes=Changes.WEIGHTS, needs=(), source=__doc__ or "")
    Config = FakeConfig

    def footprint(self, shape: ModelShape, config: FakeConfig) -> Footprint:
        """Return a made-up footprint of the right form."""
        return Footprint(
            memory_bytes={"weights": 4.0 * shape.parameters, "gradients": 4.0, "optimizer": 8.0},
            flops_per_token=6.0 * shape.parameters,
            trainable_parameters=1,
        )

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule, unless the script says otherwise.

        Raises:
            TrialError: Where the script says `diverge_at`.
            RuntimeError: Where the script says `fail_at`.
        """
        config: FakeConfig = trial.config
        gold = {example.prompt[-1].content: example.response for example in trial.corpus} | dict(config.gold)
        start = trial.start.step if trial.start else -1
        for step in range(max(start, 0), max(trial.schedule.measure_at, default=-1) + 1):
            if step > max(start, 0):
                time.sleep(config.step_seconds)
            _misbehave(config, trial.seed, step)
            if step in trial.schedule.measure_at and step > start:
                spend = _spend(step, len(trial.corpus), config)
                yield Checkpoint(
                    step=step,
                    spend=spend,
                    subject=FakeSubject(config, trial.seed, step, gold),
                    loss=1.0 / step if step else None,
                    snapshot=partial(_snapshot, step, spend),
                )


class FakeSubject:
    """Answers prompts as the script says of one step."""

    def __init__(self, config: FakeConfig, seed: int, step: int, gold: Mapping[str, str]) -> None:
        """Stand at a step of a script.

        Args:
            config: The script.
            seed: Decides which prompts are answered well first.
            step: Steps taken.
            gold: Good answers by prompt.
        """
        self._config = config
        self._seed = seed
        self._step = step
        self._gold = gold

    def generate(self, prompts: Sequence[Conversation], decoding: Decoding) -> list[list[Answer]]:
        """Return the scripted answer to each prompt, as often as samples are asked."""
        return [[self._answer(prompt)] * decoding.samples for prompt in prompts]

    def score(self, prompts: Sequence[Conversation], answers: Sequence[str]) -> list[float | None]:
        """Return -0.1 for the scripted answer, -2 for any other, None for an empty one."""
        scripted = (self._answer(prompt).text for prompt in prompts)
        return [
            None if not answer else -0.1 if answer == said else -2.0
            for said, answer in zip(scripted, answers, strict=True)
        ]

    def _answer(self, prompt: Conversation) -> Answer:
        asked = prompt[-1].content
        text = ""
        rule = next((rule for rule in self._config.rules if re.search(rule.match, asked)), None)
        if rule is not None:
            good = _draw(asked, self._seed) < rule.share(self._step)
            text = rule.answer.replace("{gold}", self._gold.get(asked, "")) if good else rule.otherwise
        ids = tuple(int.from_bytes(word.encode()[:2], "big") for word in text.split())
        return Answer(text=text, token_ids=ids, finished=True, prompt_tokens=len(asked.split()))


def _draw(text: str, seed: int) -> float:
    """Return a number in [0, 1) that depends on a text and a seed alone."""
    digest = hashlib.sha256(f"{seed}:{text}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2.0**64


def _misbehave(config: FakeConfig, seed: int, step: int) -> None:
    if config.only_seeds is not None and seed not in config.only_seeds:
        return
    if step == config.fail_at:
        raise RuntimeError(f"the script fails at step {step}")
    if step == config.diverge_at:
        raise TrialError(f"diverged at step {step}: loss nan, gradient norm nan", next_step="as scripted")
    if step == config.hang_at:
        time.sleep(config.hang_seconds)
    if step == config.die_at:
        os.kill(os.getpid(), signal.SIGKILL)


def _spend(step: int, rows: int, config: FakeConfig) -> Spend:
    batch = min(32, rows) or 1
    tokens = step * batch * _TOKENS_PER_EXAMPLE
    return Spend(
        steps=step,
        examples=step * batch,
        unique_examples=min(step * batch, rows),
        train_tokens=tokens,
        flops=6e6 * tokens,
        device_seconds=step * config.step_seconds,
        peak_memory_bytes=1 << 20,
    )


def _snapshot(step: int, spend: Spend, directory: Path) -> Snapshot:
    directory.mkdir(parents=True, exist_ok=True)
    record: dict[str, Any] = {"step": step}
    (directory / "snapshot.json").write_text(json.dumps(record), encoding="utf-8")
    return Snapshot(directory=directory, step=step, spend=spend)
