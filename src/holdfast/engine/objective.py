"""What a step makes smaller: by default, the cross-entropy of the answers in its batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import torch
from torch import nn
from torch.nn import functional

from holdfast.domain import Example, TrialContext
from holdfast.engine.encoding import EncodedCorpus
from holdfast.models import render_example


@dataclass(frozen=True, slots=True)
class Read:
    """Text that a model read, and went on to write, without being trained on it.

    Attributes:
        prompt_tokens: Tokens read.
        new_tokens: Tokens written.
    """

    prompt_tokens: int
    new_tokens: int = 0


@dataclass(frozen=True, slots=True)
class BatchLoss:
    """The loss of one batch, and the work it took.

    Attributes:
        loss: Scalar tensor to back-propagate.
        lengths: Tokens of each sequence that went forward and backward, padding excluded.
        inference: What was read and written beside (answers drawn, a reference asked).
    """

    loss: torch.Tensor
    lengths: tuple[int, ...]
    inference: tuple[Read, ...] = ()


class Objective(Protocol):
    """What training minimises."""

    @property
    def digest(self) -> str:
        """sha256 (hex) over the data as the model reads it: a continuation must have the same."""
        ...

    def loss(self, module: nn.Module, examples: Sequence[Example]) -> BatchLoss:
        """Return the loss of some examples under a module in training mode."""
        ...


class AnswerLikelihood:
    """Mean cross-entropy (nats a token) of the answers' tokens, end of turn included."""

    def __init__(self, trial: TrialContext, examples: Sequence[Example] | None = None) -> None:
        """Render a corpus once.

        Args:
            trial: Gives the tokenizer, the context length, the device and the corpus.
            examples: Examples to train on instead of the trial's corpus.

        Raises:
            TrialError: If an example has no answer token, or is longer than the model's context.
        """
        model = trial.model
        corpus = list(trial.corpus if examples is None else examples)
        self._device = torch.device(model.device)
        self._encoded = EncodedCorpus(corpus, partial(render_example, model.tokenizer), model.shape.context)

    @property
    def digest(self) -> str:
        """sha256 (hex) over the token ids of every row, in order."""
        return self._encoded.digest

    def loss(self, module: nn.Module, examples: Sequence[Example]) -> BatchLoss:
        """Return the mean over all answer tokens of the batch."""
        batch = self._encoded.batch(examples, self._device)
        logits = module(input_ids=batch.input_ids, use_cache=False).logits
        answers = logits.flatten(0, 1).index_select(0, batch.answers)
        return BatchLoss(functional.cross_entropy(answers.float(), batch.targets), batch.lengths)
