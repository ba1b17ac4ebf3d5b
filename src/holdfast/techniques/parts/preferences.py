"""Pairs of answers to one prompt, and the loss that prefers the one to the other."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import nn
from torch.nn import functional

from holdfast.domain import Decoding, Example, TrialContext, TrialError
from holdfast.engine import BatchLoss, EncodedCorpus, Read
from holdfast.models import render_example
from holdfast.spend import Ledger
from holdfast.techniques.parts.sequences import answer_logprobs, reference_logprobs


@dataclass(frozen=True, slots=True)
class Pairs:
    """Answers to the same prompts.

    Attributes:
        chosen: What is preferred.
        rejected: What it is preferred to, in the same order.
        drawn: What the model read and wrote to make the rejected ones.
        seconds: How long that took.
    """

    chosen: tuple[Example, ...]
    rejected: tuple[Example, ...]
    drawn: tuple[Read, ...] = ()
    seconds: float = 0.0


def collect_pairs(trial: TrialContext, max_new_tokens: int) -> Pairs:
    """Pair each row of the corpus with an answer to its prompt that is not preferred.

    That is the row of `corpora.rejected` with the same prompt, where that corpus is given; else the model's
    own greedy answer. Rows whose two answers are the same are left out: they prefer nothing.

    Args:
        trial: The trial; its model is asked before anything is trained.
        max_new_tokens: Longest own answer, in tokens.

    Raises:
        TrialError: If the rejected corpus lacks a prompt, or no pair is left.
    """
    given = trial.corpora.get("rejected")
    made = _drawn(trial, max_new_tokens) if given is None else _looked_up(trial, given)
    kept = [
        (chosen, rejected)
        for chosen, rejected in zip(trial.corpus, made.rejected, strict=True)
        if chosen.response.strip() != rejected.response.strip()
    ]
    if not kept:
        raise TrialError(
            f"none of {len(trial.corpus)} rows has an answer to reject that differs from its own",
            next_step="give another corpus, or the answers to reject as corpora: {rejected: ...}",
        )
    chosen, rejected = zip(*kept, strict=True)
    return Pairs(chosen, rejected, made.drawn, made.seconds)


def _drawn(trial: TrialContext, max_new_tokens: int) -> Pairs:
    begin = time.perf_counter()
    prompts = [example.prompt for example in trial.corpus]
    answers = [found[0] for found in trial.model.generate(prompts, Decoding(max_new_tokens=max_new_tokens))]
    rejected = tuple(Example(prompt, answer.text) for prompt, answer in zip(prompts, answers, strict=True))
    read = tuple(Read(answer.prompt_tokens, len(answer.token_ids)) for answer in answers)
    return Pairs(tuple(trial.corpus), rejected, read, max(0.0, time.perf_counter() - begin))


def _looked_up(trial: TrialContext, given: Sequence[Example]) -> Pairs:
    by_prompt = {example.prompt: example for example in given}
    missing = [number for number, row in enumerate(trial.corpus) if row.prompt not in by_prompt]
    if missing:
        raise TrialError(
            f"corpora.rejected has no answer to the prompt of corpus row {missing[0] + 1} "
            f"({len(missing)} of {len(trial.corpus)} are missing)",
            next_step="give one row with the same prompt for every row of the corpus, or leave it out",
        )
    return Pairs(tuple(trial.corpus), tuple(by_prompt[row.prompt] for row in trial.corpus))


class Preferences:
    """Direct preference optimisation: -log sigmoid of beta times the margin over the reference (eq. 7)."""

    def __init__(self, trial: TrialContext, pairs: Pairs, beta: float) -> None:
        """Ask the reference, the model as it is now, how likely it finds every answer.

        Args:
            trial: Gives model and device; nothing of it is trained yet.
            pairs: At least one pair.
            beta: How strongly the model is held to the reference.

        Raises:
            TrialError: If an answer has no token, or is longer than the model's context.
        """
        model = trial.model
        self._beta, self._pairs, self._device = beta, pairs, torch.device(model.device)
        examples = [*pairs.chosen, *pairs.rejected]
        self._encoded = EncodedCorpus(examples, partial(render_example, model.tokenizer), model.shape.context)
        begin = time.perf_counter()
        found = reference_logprobs(
            model.module, self._encoded, examples, self._device, trial.config.batch_size
        )
        self._seconds = max(0.0, time.perf_counter() - begin)
        half = len(pairs.chosen)
        self._rejected = dict(zip(pairs.chosen, pairs.rejected, strict=True))
        self._margin = dict(zip(pairs.chosen, (found[:half] - found[half:]).tolist(), strict=True))

    @property
    def digest(self) -> str:
        """sha256 (hex) over the pairs' tokens and beta."""
        return hashlib.sha256(f"{self._encoded.digest} {self._beta!r}".encode()).hexdigest()

    def loss(self, module: nn.Module, examples: Sequence[Example]) -> BatchLoss:
        """Return the mean over the pairs of the batch; `examples` are the preferred answers."""
        count = len(examples)
        rejected = [self._rejected[example] for example in examples]
        batch = self._encoded.batch([*examples, *rejected], self._device)
        found = answer_logprobs(module, batch)
        reference = torch.tensor([self._margin[example] for example in examples], device=self._device)
        margin = found[:count] - found[count:] - reference
        return BatchLoss(-functional.logsigmoid(self._beta * margin).mean(), batch.lengths)

    def book(self, ledger: Ledger) -> None:
        """Book the answers drawn and the reference asked."""
        count = max(len(self._pairs.drawn), 1)
        for read in self._pairs.drawn:
            ledger.inference(read.prompt_tokens, read.new_tokens, self._pairs.seconds / count)
        examples = [*self._pairs.chosen, *self._pairs.rejected]
        for length in self._encoded.batch(examples, torch.device("cpu")).lengths:
            ledger.inference(length, 0, self._seconds / len(examples))
