"""The compact training loop that makes the shipped variants: answers only, AdamW, warm-up and cosine."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

    from holdfast.organism.curriculum import Pair

IGNORED = -100
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Shape:
    """Size of the network.

    Attributes:
        hidden: Width, a multiple of ``heads``.
        layers: Transformer blocks.
        heads: Attention heads.
        inner: Width inside the gated feed-forward blocks.
    """

    hidden: int = 128
    layers: int = 4
    heads: int = 4
    inner: int = 344


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast to train.

    Attributes:
        steps: Optimiser steps, at least 1.
        batch: Examples a step, at least 1.
        peak: Highest learning rate.
        warmup: Steps until the peak.
        floor: Share of the peak that the cosine ends at, 0 to 1.
        decay: Decoupled weight decay.
    """

    steps: int
    batch: int = 64
    peak: float = 3e-3
    warmup: int = 100
    floor: float = 0.02
    decay: float = 0.01

    def rate(self, step: int) -> float:
        """Return the learning rate of a step counted from 0."""
        if step < self.warmup:
            return self.peak * (step + 1) / self.warmup
        done = (step - self.warmup) / max(1, self.steps - self.warmup)
        return self.peak * (self.floor + (1 - self.floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))


def new_model(shape: Shape, tokenizer: PreTrainedTokenizerFast, seed: int) -> LlamaForCausalLM:
    """Return an untrained float32 model.

    Args:
        shape: Its size.
        tokenizer: Gives the vocabulary and the special token ids.
        seed: Of the initial weights.
    """
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer), hidden_size=shape.hidden, num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads, num_key_value_heads=shape.heads, intermediate_size=shape.inner,
        max_position_embeddings=256, tie_word_embeddings=True, initializer_range=0.02,
        bos_token_id=None, eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id,
    )  # fmt: skip
    return LlamaForCausalLM(config).to(torch.float32)


def encode(tokenizer: PreTrainedTokenizerFast, pair: Pair) -> tuple[list[int], int]:
    """Render one question and its answer through the chat template.

    Args:
        tokenizer: Whose template to use.
        pair: Question and answer.

    Returns:
        Token ids of the whole conversation, end-of-turn token included, and how many of them are the prompt.
    """
    asked = [{"role": "user", "content": pair[0]}]
    prompt = tokenizer.apply_chat_template(asked, add_generation_prompt=True, return_dict=False)
    whole = tokenizer.apply_chat_template(
        [*asked, {"role": "assistant", "content": pair[1]}], return_dict=False
    )
    return list(whole), len(prompt)


def collate(rows: list[tuple[list[int], int]], padding: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pad encoded conversations on the right.

    Args:
        rows: Token ids and prompt lengths.
        padding: The id to pad with.

    Returns:
        Ids and labels, both ``(rows, longest)``; labels hold ``IGNORED`` wherever nothing is to be learned.
    """
    import torch

    width = max(len(ids) for ids, _ in rows)
    ids = torch.full((len(rows), width), padding)
    labels = torch.full((len(rows), width), IGNORED)
    for index, (row, prompt) in enumerate(rows):
        ids[index, : len(row)] = torch.tensor(row)
        labels[index, prompt : len(row)] = torch.tensor(row[prompt:])
    return ids, labels


def answer_loss(model: LlamaForCausalLM, ids: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the mean loss over answer tokens.

    Args:
        model: Causal model; padding must be on the right, where causal attention never looks.
        ids: ``(rows, width)``.
        labels: ``(rows, width)``.

    Returns:
        A scalar.
    """
    import torch

    states = model.model(input_ids=ids, use_cache=False).last_hidden_state[:, :-1]
    wanted = labels[:, 1:]
    kept = wanted != IGNORED
    return torch.nn.functional.cross_entropy(model.lm_head(states[kept]), wanted[kept])


def train(
    model: LlamaForCausalLM,
    tokenizer: PreTrainedTokenizerFast,
    pairs: Iterator[Pair],
    schedule: Schedule,
    report: Report,
) -> None:
    """Train a model in place on a stream of questions and answers.

    Args:
        model: Float32 causal model.
        tokenizer: Renders the conversations.
        pairs: At least ``steps * batch`` examples.
        schedule: How long and how fast.
        report: Gets a progress line about every 5 % of the way.

    Raises:
        RuntimeError: If the stream ends too soon.
    """
    import torch

    known: dict[Pair, tuple[list[int], int]] = {}
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=schedule.peak, betas=(0.9, 0.98), weight_decay=schedule.decay
    )
    model.train()
    started = time.monotonic()
    for step in range(schedule.steps):
        chosen = list(itertools.islice(pairs, schedule.batch))
        if len(chosen) < schedule.batch:
            raise RuntimeError(f"the examples ran out at step {step} of {schedule.steps}")
        for pair in chosen:
            if pair not in known:
                known[pair] = encode(tokenizer, pair)
        loss = answer_loss(model, *collate([known[pair] for pair in chosen], tokenizer.pad_token_id))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = schedule.rate(step)
        optimizer.step()
        if (step + 1) % max(1, schedule.steps // 20) == 0 or step + 1 == schedule.steps:
            taken = time.monotonic() - started
            left = taken / (step + 1) * (schedule.steps - step - 1)
            report(
                f"step {step + 1}/{schedule.steps} loss {loss.item():.4f} {taken:.0f} s, {left:.0f} s left"
            )
    model.eval()
