"""How likely a model finds whole answers: what preference and reward tuning compare."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from holdfast.domain import Example
from holdfast.engine.encoding import Batch, EncodedCorpus


def token_logprobs(module: nn.Module, batch: Batch) -> torch.Tensor:
    """Return the log-likelihood (nats) of each answer token of a batch, float32, as long as `batch.targets`.

    Args:
        module: A causal language model; gradients flow where it has any.
        batch: The sequences.
    """
    logits = module(input_ids=batch.input_ids, use_cache=False).logits
    answers = logits.flatten(0, 1).index_select(0, batch.answers).float()
    found: torch.Tensor = answers.log_softmax(-1).gather(1, batch.targets[:, None])[:, 0]
    return found


def token_rows(batch: Batch) -> torch.Tensor:
    """Return the row of the batch that each answer token belongs to, as long as `batch.targets`."""
    return batch.answers // batch.input_ids.shape[1]


def answer_logprobs(module: nn.Module, batch: Batch) -> torch.Tensor:
    """Return the log-likelihood (nats) of each row's whole answer, end of turn included, shape (rows,)."""
    rows = len(batch.lengths)
    each = token_logprobs(module, batch)
    return torch.zeros(rows, device=each.device).index_add(0, token_rows(batch), each)


@torch.no_grad()
def reference_logprobs(
    module: nn.Module, encoded: EncodedCorpus, examples: Sequence[Example], device: torch.device, rows: int
) -> torch.Tensor:
    """Return `answer_logprobs` of many examples under a model as it is now, on the CPU, shape (examples,).

    Args:
        module: The model, in evaluation mode while this runs.
        encoded: Renders the examples.
        examples: At least one.
        device: Where the model is.
        rows: Examples at a time.
    """
    training = module.training
    module.eval()
    try:
        parts = [
            answer_logprobs(module, encoded.batch(examples[at : at + rows], device)).cpu()
            for at in range(0, len(examples), rows)
        ]
    finally:
        module.train(training)
    return torch.cat(parts)
