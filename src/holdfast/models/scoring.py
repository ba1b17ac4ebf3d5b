"""Log-likelihoods of given answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from holdfast.domain import ModelError, TrialError
from holdfast.models.batching import BatchLimits, pack, run_halving, undisturbed
from holdfast.models.chat import RenderedExample
from holdfast.models.forward import accepted, check_vocabulary, is_cached


@dataclass(frozen=True, slots=True)
class Likelihood:
    """How likely a model finds an answer, end of turn excluded.

    Attributes:
        total: Sum of the log-likelihoods of the answer's tokens, in nats (<= 0).
        tokens: Tokens that were scored.
        truncated: Whether the model's context cut the answer short.
    """

    total: float
    tokens: int
    truncated: bool = False

    @property
    def mean(self) -> float | None:
        """Nats a token (<= 0); None for an empty answer."""
        return self.total / self.tokens if self.tokens else None


def likelihoods(
    module: torch.nn.Module, examples: Sequence[RenderedExample], *, context: int, limits: BatchLimits
) -> list[Likelihood]:
    """Score answers after their prompts. The module is left as it was.

    Args:
        module: The model, or a PEFT wrapper of it, in any mode.
        examples: Rendered prompts and answers.
        context: The model's longest sequence; what is beyond it is not scored, and said so.
        limits: What a batch may hold.

    Returns:
        One likelihood an example, in order.

    Raises:
        ModelError: If a prompt leaves no room for a token of its answer, one row alone does not fit into
            memory, or a token id has no embedding.
        TrialError: If a likelihood is not a number.
    """
    ends = [min(example.answer_end, context) for example in examples]
    for index, example in enumerate(examples):
        if example.answer_end > example.answer_start >= context:
            raise ModelError(
                f"prompt {index} takes {example.answer_start} tokens and leaves no room for an answer in "
                f"the model's context of {context}",
                next_step="shorten or remove that row",
            )
    rows = [row for row, example in enumerate(examples) if ends[row] > example.answer_start]
    batches = pack(
        [ends[row] for row in rows], limits, starts=[examples[row].answer_start - 1 for row in rows]
    )

    def work(batch: Sequence[int]) -> list[float]:
        chosen = [rows[index] for index in batch]
        return _score_batch(module, [examples[row] for row in chosen], [ends[row] for row in chosen])

    with undisturbed(module):
        totals = run_halving(batches, work)
    by_row = {rows[index]: total for index, total in totals.items()}
    return [
        Likelihood(by_row[row], ends[row] - example.answer_start, ends[row] < example.answer_end)
        if row in by_row
        else Likelihood(0.0, 0)
        for row, example in enumerate(examples)
    ]


def _score_batch(
    module: torch.nn.Module, examples: Sequence[RenderedExample], ends: Sequence[int]
) -> list[float]:
    device = next(module.parameters()).device
    width = max(ends)
    ids = torch.tensor(
        [
            [*example.token_ids[:end], *[0] * (width - end)]
            for example, end in zip(examples, ends, strict=True)
        ]
    )
    check_vocabulary(module, ids)
    columns = torch.arange(width)
    starts = torch.tensor([example.answer_start for example in examples])[:, None]
    scored = ((columns >= starts) & (columns < torch.tensor(ends)[:, None])).to(device)
    ids = ids.to(device)
    first = min(example.answer_start for example in examples) - 1
    logits = _logits(module, ids, torch.tensor(ends), first)  # positions first .. width - 2
    nats = -torch.nn.functional.cross_entropy(
        logits.transpose(1, 2).float(), ids[:, first + 1 :], reduction="none"
    )
    totals: list[float] = torch.where(scored[:, first + 1 :], nats.double(), 0.0).sum(dim=1).tolist()
    if any(math.isnan(total) for total in totals):
        raise TrialError(
            "a log-likelihood is not a number: the weights have diverged or their dtype overflows",
            next_step="lower the learning rate, or load the model in float32",
        )
    return totals


def _logits(module: torch.nn.Module, ids: torch.Tensor, ends: torch.Tensor, first: int) -> torch.Tensor:
    width = ids.shape[1]
    extra: dict[str, torch.Tensor] = {}
    if is_cached(module):
        extra["attention_mask"] = (torch.arange(width) < ends[:, None]).long().to(ids.device)
        if "logits_to_keep" in accepted(module):
            extra["logits_to_keep"] = torch.arange(first, width - 1, device=ids.device)
    found: torch.Tensor = module(input_ids=ids, **extra).logits
    return found if "logits_to_keep" in extra else found[:, -width:][:, first : width - 1]
