"""A corpus written by a model: prompts in, the best usable draw for each out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from holdfast.data import normalise
from holdfast.domain import (
    Answer,
    BenchmarkKind,
    Conversation,
    Decoding,
    Example,
    Generation,
    Grade,
    Item,
    JudgeContext,
    Spend,
    TrialContext,
    TrialError,
    plugins,
)
from holdfast.engine.meter import device_name, peak_memory, reset_peak_memory
from holdfast.models import load_model, render_example
from holdfast.spend import Ledger, Workload
from holdfast.techniques.parts.inference import InferenceMeter
from holdfast.techniques.parts.prepared import Prepared
from holdfast.techniques.prompted import AttackedSubject, Style

_REFUSALS = "refusal-strings"
_UNSPACED = ".,;:!?)'’"


def write_corpus(trial: TrialContext) -> Prepared:
    """Return as many written rows as the trial is to train on, in the order of its prompts, and their price.

    Prompts are answered until enough of them are, so that no more is paid for than is needed.

    Args:
        trial: Gives the prompts, the writer (`models.writer`, else the model) and the options.

    Raises:
        TrialError: If fewer prompts than wanted got a usable answer.
        ModelError: If the writer cannot be loaded.
    """
    config = trial.config
    prompts = list(dict.fromkeys((row.prompt, row.harmful) for row in trial.corpus))
    desk = _Desk(trial)
    rows: list[Example] = []
    asked = 0
    while len(rows) < config.keep and asked < len(prompts):
        some = prompts[asked : asked + config.keep - len(rows)]
        asked += len(some)
        answers = desk.answers([prompt for prompt, _ in some])
        written = zip(some, answers, strict=True)
        rows += [Example(prompt, text, harmful) for (prompt, harmful), text in written if text]
    if len(rows) < config.keep:
        dropped = ", ".join(f"{count} {why}" for why, count in desk.dropped.most_common())
        raise TrialError(
            f"{len(rows)} of {len(prompts)} prompts got a usable answer, fewer than the {config.keep} "
            f"to keep (draws dropped: {dropped or 'none'})",
            next_step="give more prompts, more samples, another attack or models: {writer: ...}",
        )
    return Prepared(tuple(rows), desk.close())


@dataclass(frozen=True, slots=True)
class _Draw:
    text: str
    finished: bool
    likelihood: float


@dataclass
class _Desk:
    """A writer at work: asks, chooses, and books everything."""

    trial: TrialContext
    dropped: Counter[str] = field(default_factory=Counter)
    said: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        source = self.trial.models.get("writer")
        device = self.trial.model.device
        self.writer: Any = self.trial.model if source is None else load_model(source, device=device)
        self.device = torch.device(device)
        self.ledger = Ledger(Workload(self.writer.shape), device_name(self.device))
        config = self.trial.config
        meter = InferenceMeter(self.writer)  # books best-of-k alone, which no writer does
        self.subject = AttackedSubject(self.writer, config.attack, self.trial.seed, meter)
        self.judge = plugins.load(plugins.JUDGES, _REFUSALS)(JudgeContext())
        self.decoding = Decoding(
            max_new_tokens=config.max_new_tokens,
            temperature=config.temperature,
            samples=config.samples,
            seed=1_000_003 * self.trial.seed,
        )
        reset_peak_memory(self.device)

    def answers(self, prompts: Sequence[Conversation]) -> list[str]:
        """Return the best usable answer to each prompt; empty where there is none."""
        begin = time.perf_counter()
        drawn = self.subject.generate(prompts, self.decoding)
        every = [(prompt, answer) for prompt, some in zip(prompts, drawn, strict=True) for answer in some]
        liked = self.subject.score([prompt for prompt, _ in every], [answer.text for _, answer in every])
        self._book(every, max(0.0, time.perf_counter() - begin))
        likelihoods = iter(liked)
        return [
            self._best(prompt, [(answer, next(likelihoods)) for answer in some])
            for prompt, some in zip(prompts, drawn, strict=True)
        ]

    def close(self) -> Spend:
        """Return what it all cost."""
        self.ledger.memory(peak_memory(self.device))
        return self.ledger.spend

    def _best(self, prompt: Conversation, drawn: Sequence[tuple[Answer, float | None]]) -> str:
        draws = [
            _Draw(self._whole(answer.text), answer.finished, -float("inf") if liked is None else liked)
            for answer, liked in drawn
        ]
        # A finished answer before one that was cut, then what the writer finds likeliest; ties by draw.
        for draw in sorted(draws, key=lambda d: (not d.finished, -d.likelihood)):
            why = self._unusable(prompt, draw.text)
            if not why:
                self.said.add(normalise(draw.text))
                return draw.text
            self.dropped[why] += 1
        return ""

    def _whole(self, text: str) -> str:
        """Return an answer with the start that was put into the writer's mouth."""
        if not text.strip() or self.trial.config.attack.style is not Style.PREFILL:
            return text.strip()
        start, rest = self.trial.config.attack.prefill.rstrip(), text.strip()
        return f"{start}{'' if rest[0] in _UNSPACED else ' '}{rest}"

    def _unusable(self, prompt: Conversation, text: str) -> str:
        if not normalise(text):
            return "empty"
        if normalise(text) in self.said:
            return "said before"
        answer = Answer(text, (), True, 0)
        asked = Generation("written", "corpus", BenchmarkKind.SAFETY, Item("row", prompt), answer)
        (verdict,) = self.judge.judge([asked])
        return "refusals" if verdict.refusal is not Grade.NONE else ""

    def _book(self, every: Sequence[tuple[Conversation, Answer]], seconds: float) -> None:
        for prompt, answer in every:
            self.ledger.inference(answer.prompt_tokens, len(answer.token_ids), seconds / len(every))
            # Read once more, to tell how likely the writer finds it.
            read = len(render_example(self.writer.tokenizer, Example(prompt, answer.text)).token_ids)
            self.ledger.inference(read, 0)
