"""Greedy coordinate gradient: one token of a suffix exchanged at a time (Zou et al. 2023, algorithm 1).

A step takes rows of the corpus, follows the gradient of their loss to the suffix's tokens, draws exchanges
among the most promising ones, and keeps the best of those that lower the loss and are read back as written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from holdfast.domain import TrialError
from holdfast.models.batching import BatchLimits
from holdfast.techniques.parts.suffix_text import Placed, SuffixedRow, SuffixWriter, Tokens


@dataclass(frozen=True, slots=True)
class Exchanges:
    """Which exchanges of a token are tried.

    Attributes:
        candidates: Exchanges drawn a step.
        top_k: Tokens a position that they are drawn from.
    """

    candidates: int
    top_k: int


@dataclass(frozen=True, slots=True)
class Tried:
    """What one step came to.

    Attributes:
        placed: The suffix after it; the one before it where no exchange is better.
        loss: Its mean loss on the step's rows, in nats a token.
        evaluated: Suffixes whose loss was computed.
    """

    placed: Placed
    loss: float
    evaluated: int


@dataclass(frozen=True, slots=True)
class SuffixSearch:
    """Takes steps on a frozen model, whose flags somebody else keeps.

    Attributes:
        module: A `transformers` causal language model in evaluation mode.
        writer: Writes suffixes as text and reads them back.
        exchanges: What a step tries.
        limits: What a batch may hold.
    """

    module: Any
    writer: SuffixWriter
    exchanges: Exchanges
    limits: BatchLimits

    def step(self, placed: Placed, numbers: Sequence[int], seed: Sequence[int]) -> Tried:
        """Try exchanges on some rows.

        Args:
            placed: The current suffix.
            numbers: Rows of the corpus to try on; at least one.
            seed: Seeds the draws.

        Raises:
            TrialError: If the loss is not finite.
        """
        batch = _pad([placed.rows[n] for n in numbers], len(placed.suffix), self._device)
        drawn = self._draw(placed.suffix, self._promising(batch), np.random.default_rng(list(seed)))
        first, length = numbers[0], len(placed.suffix)
        typable = [d for d in drawn if self.writer.place(first, d) == placed.rows[first].with_suffix(d)]
        tried = [placed.suffix, *typable]
        losses = self._losses(batch, torch.tensor(tried, device=self._device).view(-1, length))
        if not np.isfinite(losses[0]):
            raise TrialError(
                f"the loss of the suffix is {losses[0]:g}: the model's weights or their type overflow",
                next_step="load the model in float32",
            )
        for index in np.argsort(losses, kind="stable"):
            if not losses[index] < losses[0]:
                break
            found = self.writer.place_everywhere(tried[index])
            if found is not None:
                return Tried(found, float(losses[index]), len(tried))
        return Tried(placed, float(losses[0]), len(tried))

    @property
    def _device(self) -> torch.device:
        device: torch.device = next(self.module.parameters()).device
        return device

    def _promising(self, batch: _Batch) -> np.ndarray:
        """Return the tokens `[length, top_k]` by whose first-order effect the loss would fall most."""
        embeddings = self.module.get_input_embeddings()
        embedded = embeddings(batch.grid).detach().requires_grad_(True)
        logits = self.module(inputs_embeds=embedded, use_cache=False).logits
        loss = functional.cross_entropy(logits.flatten(0, 1)[batch.answers].float(), batch.targets)
        (gradient,) = torch.autograd.grad(loss, embedded)
        rows = torch.arange(len(batch.grid), device=self._device)[:, None]
        by_token = gradient[rows, batch.columns].sum(dim=0).float()
        allowed = torch.from_numpy(self.writer.allowed).to(self._device)
        effects = by_token @ embeddings.weight[allowed].float().T
        best = effects.topk(min(self.exchanges.top_k, len(allowed)), dim=1, largest=False).indices
        tokens: np.ndarray = allowed[best].cpu().numpy()
        return tokens

    def _draw(self, suffix: Tokens, promising: np.ndarray, random: np.random.Generator) -> list[Tokens]:
        """Return different suffixes, each with one token exchanged."""
        length, width = promising.shape
        places = random.integers(length, size=self.exchanges.candidates)
        picks = random.integers(width, size=self.exchanges.candidates)
        drawn = (
            (*suffix[:place], int(promising[place, pick]), *suffix[place + 1 :])
            for place, pick in zip(places, picks, strict=True)
        )
        return [each for each in dict.fromkeys(drawn) if each != suffix]

    @torch.no_grad()
    def _losses(self, batch: _Batch, suffixes: torch.Tensor) -> np.ndarray:
        """Return the mean loss of each suffix `[suffixes, length]`, in nats a token."""
        rows, width = batch.grid.shape
        limits = self.limits
        most = min(limits.rows // rows, limits.tokens // (rows * width), limits.logits // (rows * width))
        found = []
        for part in torch.split(suffixes, max(1, most)):
            grids = batch.grid.repeat(len(part), 1, 1)
            numbers = torch.arange(rows, device=self._device)[:, None]
            grids[:, numbers, batch.columns] = part[:, None, :].expand(-1, rows, -1)
            logits = self.module(input_ids=grids.flatten(0, 1), use_cache=False).logits
            answers = logits.view(len(part), rows * width, -1)[:, batch.answers].float()
            targets = batch.targets.repeat(len(part))
            each = functional.cross_entropy(answers.flatten(0, 1), targets, reduction="none")
            found.append(each.view(len(part), -1).mean(dim=1))
        losses: np.ndarray = torch.cat(found).double().cpu().numpy()
        return losses


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows padded to the right, which a causal model's earlier tokens never see.

    Attributes:
        grid: Token ids `[rows, width]`.
        columns: Where the suffix stands in each row `[rows, length]`.
        answers: Positions of the flattened grid whose next token is part of an answer.
        targets: Those next tokens.
    """

    grid: torch.Tensor
    columns: torch.Tensor
    answers: torch.Tensor
    targets: torch.Tensor


def _pad(rows: Sequence[SuffixedRow], length: int, device: torch.device) -> _Batch:
    width = max(len(row.token_ids) for row in rows)
    grid = [[*row.token_ids, *[0] * (width - len(row.token_ids))] for row in rows]
    answers = [
        number * width + place - 1
        for number, row in enumerate(rows)
        for place in range(row.answer_start, len(row.token_ids))
    ]
    targets = [token for row in rows for token in row.token_ids[row.answer_start :]]
    starts = torch.tensor([row.suffix_start for row in rows], device=device)
    return _Batch(
        grid=torch.tensor(grid, device=device),
        columns=starts[:, None] + torch.arange(length, device=device),
        answers=torch.tensor(answers, device=device),
        targets=torch.tensor(targets, device=device),
    )
