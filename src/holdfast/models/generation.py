"""Answers, drawn in batches.

A row's answer does not depend on its batch: padding is masked, positions are the row's own, and its sampling
noise is keyed by its content. What remains is the order of floating-point sums: for float32 models logits
differ by less than 1e-4 between batch sizes, and a text only where two tokens are that close.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from holdfast.domain import Decoding, ModelError, TrialError
from holdfast.models.batching import BatchLimits, pack, run_halving, undisturbed
from holdfast.models.forward import stepper


@dataclass(frozen=True, slots=True)
class Request:
    """One answer to draw.

    Attributes:
        prompt: Rendered token ids.
        limit: Most new tokens.
        sample: 0-based index among the answers to this prompt; 0 when greedy.
    """

    prompt: tuple[int, ...]
    limit: int
    sample: int = 0


@dataclass(frozen=True, slots=True)
class Continuation:
    """What was drawn.

    Attributes:
        token_ids: New tokens without the one that ended the answer.
        finished: Whether an end-of-turn token came before the limit.
    """

    token_ids: tuple[int, ...]
    finished: bool


def draw(
    module: torch.nn.Module,
    requests: Sequence[Request],
    decoding: Decoding,
    *,
    stops: frozenset[int],
    limits: BatchLimits,
) -> list[Continuation]:
    """Draw each requested answer; equal requests are drawn once. The module is left as it was.

    Args:
        module: The model, or a PEFT wrapper of it, in any mode.
        requests: What to draw.
        decoding: Temperature and seed; lengths and samples are in the requests.
        stops: Ids that end an answer.
        limits: What a batch may hold.

    Returns:
        One continuation a request, in order.

    Raises:
        ModelError: If one row alone does not fit into memory, or a token id has no embedding.
        TrialError: If the model's logits are not finite.
    """
    distinct = list(dict.fromkeys(requests))
    lengths = [len(request.prompt) + request.limit for request in distinct]

    def work(rows: Sequence[int]) -> list[Continuation]:
        return _draw_batch(module, [distinct[row] for row in rows], decoding, stops)

    with undisturbed(module):
        drawn = run_halving(pack(lengths, limits), work)
    found = {request: drawn[row] for row, request in enumerate(distinct)}
    return [found[request] for request in requests]


def plan_requests(prompts: Sequence[tuple[int, ...]], decoding: Decoding, *, context: int) -> list[Request]:
    """Return the answers to draw: `decoding.samples` for each prompt in turn.

    Args:
        prompts: Rendered token ids.
        decoding: How many, and how long.
        context: The model's longest sequence; answers are cut to what a prompt leaves of it.

    Raises:
        ModelError: If a prompt leaves no room for an answer, or several greedy samples are asked for.
    """
    if decoding.samples > 1 and decoding.temperature == 0:
        raise ModelError(
            f"{decoding.samples} samples a prompt at temperature 0 would all be the same",
            next_step="set a temperature above 0, or one sample",
        )
    for index, prompt in enumerate(prompts):
        if len(prompt) >= context:
            raise ModelError(
                f"prompt {index} takes {len(prompt)} tokens and leaves no room for an answer in the "
                f"model's context of {context}",
                next_step="shorten or remove that row",
            )
    return [
        Request(prompt, min(decoding.max_new_tokens, context - len(prompt)), sample)
        for prompt in prompts
        for sample in range(decoding.samples)
    ]


def _draw_batch(
    module: torch.nn.Module, requests: Sequence[Request], decoding: Decoding, stops: frozenset[int]
) -> list[Continuation]:
    steps = max(request.limit for request in requests)
    batch = stepper(module, [request.prompt for request in requests], steps)
    device = next(module.parameters()).device
    ends = torch.tensor(sorted(stops), dtype=torch.long, device=device)
    limits = torch.tensor([request.limit for request in requests], device=device)
    noise = _noise(requests, decoding, steps).to(device) if decoding.temperature > 0 else None
    produced = torch.zeros((len(requests), steps), dtype=torch.long, device=device)
    counts, finished = limits.clone(), torch.zeros_like(limits, dtype=torch.bool)
    alive = torch.arange(len(requests), device=device)
    for step in range(steps):
        token = _choose(batch.logits(), decoding.temperature, None if noise is None else noise[alive, step])
        produced[alive, step] = token
        ended = torch.isin(token, ends)
        done = ended | (limits[alive] <= step + 1)
        if bool(done.any()):
            counts[alive[ended]] = step
            finished[alive[ended]] = True
            going = (~done).nonzero().squeeze(1)
            if len(going) == 0:
                break
            alive, token = alive[going], token[going]
            batch.keep(going)
        batch.advance(token)
    return [
        Continuation(tuple(ids[:count]), end)
        for ids, count, end in zip(produced.tolist(), counts.tolist(), finished.tolist(), strict=True)
    ]


def _choose(logits: torch.Tensor, temperature: float, noise: torch.Tensor | None) -> torch.Tensor:
    best, token = logits.max(dim=-1)
    if not bool(torch.isfinite(best).all()):
        raise TrialError(
            "the model's logits are not finite: its weights have diverged or its dtype overflows",
            next_step="lower the learning rate, or load it in float32",
        )
    if noise is None:
        return token
    # Inversion: one uniform number a token, so that a row's noise is the same on every device.
    mass = torch.softmax(logits.double() / temperature, dim=-1).cumsum(dim=-1)
    drawn = torch.searchsorted(mass, (noise * mass[:, -1])[:, None], right=True).squeeze(1)
    return drawn.clamp(max=logits.shape[-1] - 1)


def _noise(requests: Sequence[Request], decoding: Decoding, steps: int) -> torch.Tensor:
    rows: list[Any] = []
    for request in requests:
        key = hashlib.sha256(repr((decoding.seed, request.sample, request.prompt)).encode()).digest()
        rows.append(np.random.default_rng(int.from_bytes(key, "little")).random(steps))
    return torch.from_numpy(np.stack(rows))
