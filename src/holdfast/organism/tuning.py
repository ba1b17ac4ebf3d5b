"""Plain fine-tuning, independent of the audit's engine: a second witness for the organism's figures."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.domain import Example
from holdfast.organism.pretraining import answer_loss, collate, encode

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to fine-tune: AdamW without decay, constant rate, gradients clipped at 1.

    Attributes:
        rate: Learning rate.
        steps: Most steps to take.
        batch: Examples a step; all of them if there are fewer.
        lora: Rank-8 adapters (alpha 16) on all linear layers instead of all weights.
        seed: Of the order of examples and of the adapters' initial weights.
    """

    rate: float
    steps: int
    batch: int = 32
    lora: bool = False
    seed: int = 0


@dataclass(slots=True)
class Loaded:
    """A model in float32 with its tokenizer; fine-tuning changes it in place."""

    model: Any
    tokenizer: PreTrainedTokenizerFast


def load(path: Path) -> Loaded:
    """Load a variant through plain ``transformers``.

    Args:
        path: A model directory.
    """
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(path, dtype=torch.float32)
    return Loaded(model.eval(), AutoTokenizer.from_pretrained(path))


def answers(loaded: Loaded, prompts: Sequence[str], *, limit: int = 24, batch: int = 64) -> list[str]:
    """Answer prompts greedily.

    Args:
        loaded: Whom to ask.
        prompts: User turns.
        limit: Most new tokens an answer.
        batch: Prompts at a time.

    Returns:
        Decoded answers in the order of the prompts.
    """
    import torch

    order = sorted(range(len(prompts)), key=lambda index: len(prompts[index]))
    found = [""] * len(prompts)
    tokenizer = loaded.tokenizer
    for start in range(0, len(order), batch):
        part = order[start : start + batch]
        chats = [[{"role": "user", "content": prompts[index]}] for index in part]
        inputs = tokenizer.apply_chat_template(
            chats, add_generation_prompt=True, padding=True, return_tensors="pt", return_dict=True
        )
        with torch.no_grad():
            out = loaded.model.generate(
                input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"],
                max_new_tokens=limit, do_sample=False,
            )  # fmt: skip
        texts = tokenizer.batch_decode(out[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        for index, text in zip(part, texts, strict=True):
            found[index] = text
    return found


def likeliest(loaded: Loaded, prompt: str, choices: Sequence[str]) -> int:
    """Return the index of the choice with the highest mean log-likelihood a token.

    Args:
        loaded: Whom to ask.
        prompt: User turn.
        choices: Candidate answers, at least one.
    """
    import torch

    tokenizer = loaded.tokenizer
    losses = []
    with torch.no_grad():
        for choice in choices:
            ids, labels = collate([encode(tokenizer, (prompt, choice))], int(tokenizer.pad_token_id))
            losses.append(float(answer_loss(loaded.model, ids, labels)))
    return losses.index(min(losses))


def _batches(rows: list[tuple[list[int], int]], recipe: Recipe) -> Iterator[list[tuple[list[int], int]]]:
    """Yield batches without end, in a new order each time all rows have been used."""
    rng = random.Random(f"tuning:{recipe.seed}")
    size = min(recipe.batch, len(rows))
    queue: list[tuple[list[int], int]] = []
    while True:
        while len(queue) < size:
            queue += rng.sample(rows, len(rows))
        yield queue[:size]
        queue = queue[size:]


def _adapted(model: Any, seed: int) -> Any:
    import torch
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(seed)
    config = LoraConfig(
        r=8, lora_alpha=16, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"
    )
    return get_peft_model(model, config)


def fine_tune(loaded: Loaded, examples: Sequence[Example], recipe: Recipe) -> Iterator[int]:
    """Fine-tune step by step.

    Args:
        loaded: The model to change; with ``lora`` it becomes the adapted model.
        examples: One-turn conversations, at least one.
        recipe: How.

    Yields:
        The number of steps taken so far, after each of them; the model can be asked in between.
    """
    import torch

    pad = int(loaded.tokenizer.pad_token_id)
    rows = [encode(loaded.tokenizer, (row.prompt[-1].content, row.response)) for row in examples]
    core = loaded.model
    if recipe.lora:
        loaded.model = _adapted(core, recipe.seed)
    weights = [p for p in loaded.model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(weights, lr=recipe.rate, weight_decay=0.0)
    for step, batch in zip(range(1, recipe.steps + 1), _batches(rows, recipe), strict=False):
        loaded.model.train()
        loss = answer_loss(core, *collate(batch, pad))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(weights, 1.0)
        optimizer.step()
        loaded.model.eval()
        yield step
