"""Answered questions before the prompt, so that the next answer follows their example."""

from __future__ import annotations

import random
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from holdfast.domain import (
    Answer,
    Checkpoint,
    Conversation,
    Decoding,
    Example,
    Message,
    Spend,
    TrialContext,
    TrialError,
    ask,
)
from holdfast.techniques.parts.inference import InferenceMeter

_PROBE = ask("?")


class ShotsConfig(BaseModel):
    """Options of asking after answered questions.

    Attributes:
        shots: Pairs of the corpus before the prompt, drawn by the seed; fewer where the corpus or the model's
            context holds fewer.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    shots: int = Field(default=32, ge=1)


class ShotsSubject:
    """A model that is shown pairs of questions and answers before every prompt."""

    def __init__(self, model: Any, shots: Sequence[Example]) -> None:
        """Put pairs before every prompt.

        Args:
            model: What answers (`holdfast.models.LoadedModel`).
            shots: Pairs in the order they are shown; the first ones are kept where not all fit.
        """
        self._model = model
        self._shots = [(*_turns(s.prompt), Message("assistant", s.response)) for s in shots]
        self._meter = InferenceMeter(model)
        self._most = 0

    def generate(self, prompts: Sequence[Conversation], decoding: Decoding) -> list[list[Answer]]:
        """Return the answers to the prompts after as many pairs as fit, in order.

        Raises:
            TrialError: If not even one pair fits into the context beside a prompt and its answer.
        """
        asked = [self._after_shots(prompt, decoding.max_new_tokens) for prompt in prompts]
        begin = time.perf_counter()
        answers = self._model.generate(asked, decoding)
        seconds = max(0.0, time.perf_counter() - begin)
        drawn = [answer for each in answers for answer in each]
        self._meter.book(drawn, seconds, len(prompts) * decoding.samples)
        return list(answers)

    def score(self, prompts: Sequence[Conversation], answers: Sequence[str]) -> list[float | None]:
        """Return the mean log-likelihood (nats a token) of each answer after its prompt and the pairs.

        Raises:
            TrialError: If not even one pair fits into the context beside a prompt and its answer.
        """
        lengths = [len(self._model.tokenizer.encode(a, add_special_tokens=False)) for a in answers]
        asked = [self._after_shots(p, n) for p, n in zip(prompts, lengths, strict=True)]
        return list(self._model.score(asked, answers))

    def spend_per_prompt(self) -> Spend:
        """Return what one prompt cost so far, on average, and the most pairs that really stood before one."""
        return replace(self._meter.spend_per_prompt(), examples=self._most, unique_examples=self._most)

    def _after_shots(self, prompt: Conversation, room: int) -> Conversation:
        """Return a prompt with as many pairs before it as leave room for so many tokens of answer."""
        system, asked = prompt[: len(prompt) - len(_turns(prompt))], _turns(prompt)

        def with_shots(count: int) -> Conversation:
            return (*system, *(turn for shot in self._shots[:count] for turn in shot), *asked)

        limit = self._model.shape.context - room
        fitting = bisect_right(self._totals, limit - self._length(prompt))
        # Most templates write turns apart from each other. In others a few tokens merge, or part.
        while fitting and self._length(with_shots(fitting)) > limit:
            fitting -= 1
        if fitting == 0:
            raise TrialError(
                f"no pair of the corpus fits before a prompt: the first and the prompt take "
                f"{self._length(with_shots(1))} tokens, an answer {room}, the model reads {limit + room}",
                next_step="shorten the rows, lower decoding.max_new_tokens, or take a longer context",
            )
        self._most = max(self._most, fitting)
        return with_shots(fitting)

    def _length(self, prompt: Conversation) -> int:
        from holdfast.models import render_prompt

        return len(render_prompt(self._model.tokenizer, prompt))

    @cached_property
    def _totals(self) -> list[int]:
        """Tokens of the first pair, of the first two, and so on."""
        alone = self._length(_PROBE)
        return list(accumulate(self._length((*shot, *_PROBE)) - alone for shot in self._shots))


def _turns(prompt: Conversation) -> Conversation:
    """Return a conversation without its system turn."""
    return prompt[1:] if prompt[0].role == "system" else prompt


def ask_after_shots(trial: TrialContext, model: Any) -> Iterator[Checkpoint]:
    """Yield one checkpoint, at step 0, of a model that is shown pairs before every prompt.

    Nothing is spent before it is asked; `attack_spend` then tells what a prompt cost and how many pairs fit.

    Args:
        trial: Corpus, options and seed.
        model: What answers.

    Raises:
        TrialError: If the corpus has no row.
    """
    if not trial.corpus:
        raise TrialError("the corpus has no pair to show", next_step="give the pathway a corpus with rows")
    if 0 not in trial.schedule.measure_at or trial.start is not None:
        return
    count = min(trial.config.shots, len(trial.corpus))
    subject = ShotsSubject(model, random.Random(trial.seed).sample(list(trial.corpus), count))
    yield Checkpoint(step=0, spend=Spend(), subject=subject, attack_spend=subject.spend_per_prompt)
