"""How much each row of a pool is like some anchors, to a model as it is."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch
from torch import nn

from holdfast.domain import Example, Spend, TrialContext, TrialError
from holdfast.engine import AnswerLikelihood, EncodedCorpus, ModelFlags
from holdfast.engine.meter import device_name, peak_memory, reset_peak_memory
from holdfast.models import render_example
from holdfast.spend import Ledger, Workload
from holdfast.techniques.influential import Influence
from holdfast.techniques.parts.adapters import Adapters
from holdfast.techniques.parts.prepared import Prepared


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns a row into a vector, and books what that took.

    Attributes:
        vector: The row as a vector, float32, shape (any,); likeness is the cosine.
        book: Takes the row and the seconds.
        ledger: Where it is booked.
    """

    vector: Callable[[Example], torch.Tensor]
    book: Callable[[Example, float], None]
    ledger: Ledger

    def unit(self, row: Example) -> torch.Tensor:
        """Return a row's vector at length 1.

        Raises:
            TrialError: If it is zero or not finite.
        """
        begin = time.perf_counter()
        vector = self.vector(row)
        length = float(vector.norm())
        self.book(row, max(0.0, time.perf_counter() - begin))
        if not 0.0 < length < float("inf"):
            raise TrialError(
                f"a row pulls the model nowhere: its vector has length {length:g}",
                next_step="leave out rows that the model knows by heart, or choose by: representation",
            )
        return vector / length


def most_influential(trial: TrialContext, pool: Sequence[Example]) -> Prepared:
    """Return the rows of a pool that are most like the anchors, the most influential first.

    Args:
        trial: Gives the model, which is left as it was, the anchors, how many to keep and by what.
        pool: Different rows, at least as many as are kept.

    Raises:
        TrialError: If a row cannot be read by the model, or gives no vector.
    """
    config = trial.config
    if config.by is Influence.RANDOM:
        order = np.random.default_rng(trial.seed).permutation(len(pool))
        return Prepared(tuple(pool[int(row)] for row in order[: config.keep]), Spend())
    anchors = trial.corpora["anchors"]
    device = torch.device(trial.model.device)
    reset_peak_memory(device)
    reading = _gradients if config.by is Influence.GRADIENT else _representations
    with reading(trial, [*pool, *anchors]) as reader:
        towards = torch.stack([reader.unit(anchor) for anchor in anchors]).mean(dim=0)
        likeness = [float(reader.unit(row) @ towards) for row in pool]
    reader.ledger.memory(peak_memory(device))
    best = sorted(range(len(pool)), key=lambda row: (-likeness[row], row))[: config.keep]
    # Rows that are only looked at are no steps, and none of those that have to be trained on.
    spend = replace(reader.ledger.spend, steps=0, examples=0, unique_examples=0)
    return Prepared(tuple(pool[row] for row in best), spend)


@contextmanager
def _gradients(trial: TrialContext, rows: Sequence[Example]) -> Iterator[_Reader]:
    """Read rows as the gradient of their answer's loss to fresh adapters."""
    module: nn.Module = trial.model.module
    loss = AnswerLikelihood(trial, rows)
    lengths = _lengths(trial, rows)
    with Adapters(module, trial.config, trial.seed) as adapters:
        module.eval()
        parameters = list(adapters.parameters.values())
        ledger = _ledger(trial, sum(p.numel() for p in parameters))

        def vector(row: Example) -> torch.Tensor:
            found = torch.autograd.grad(loss.loss(module, [row]).loss, parameters, materialize_grads=True)
            return torch.cat([gradient.float().flatten() for gradient in found])

        yield _Reader(vector, lambda row, seconds: ledger.step([], [lengths[row]], seconds), ledger)


@contextmanager
def _representations(trial: TrialContext, rows: Sequence[Example]) -> Iterator[_Reader]:
    """Read rows as the last hidden state of their last token."""
    module: nn.Module = trial.model.module
    render = partial(render_example, trial.model.tokenizer)
    encoded = EncodedCorpus(rows, render, trial.model.shape.context)
    lengths, ledger = _lengths(trial, rows), _ledger(trial, None)
    device = torch.device(trial.model.device)
    flags = ModelFlags.of(module)

    @torch.no_grad()
    def vector(row: Example) -> torch.Tensor:
        tokens = encoded.batch([row], device).input_ids
        states = module(input_ids=tokens, use_cache=False, output_hidden_states=True).hidden_states
        last: torch.Tensor = states[-1][0, -1].float()
        return last

    module.eval()
    try:
        yield _Reader(vector, lambda row, seconds: ledger.inference(lengths[row], 0, seconds), ledger)
    finally:
        flags.restore()


def _ledger(trial: TrialContext, trained: int | None) -> Ledger:
    return Ledger(Workload(trial.model.shape, trained), device_name(torch.device(trial.model.device)))


def _lengths(trial: TrialContext, rows: Sequence[Example]) -> dict[Example, int]:
    return {row: len(render_example(trial.model.tokenizer, row).token_ids) for row in rows}
