"""Next-token logits of a growing batch: with a key/value cache where the model has one, else without."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from typing import Any, Protocol

import torch

from holdfast.domain import ModelError

_CACHED = frozenset({"attention_mask", "position_ids", "past_key_values", "use_cache"})


class Stepper(Protocol):
    """A batch of sequences that grow by one token at a time."""

    def logits(self) -> torch.Tensor:
        """Return the logits of each row's next token, float32 `[rows, vocabulary]`."""
        ...

    def keep(self, rows: torch.Tensor) -> None:
        """Drop every row but these, given as increasing indices `[kept]`."""
        ...

    def advance(self, tokens: torch.Tensor) -> None:
        """Append one token to each row, `[rows]`."""
        ...


def stepper(module: torch.nn.Module, prompts: Sequence[Sequence[int]], room: int) -> Stepper:
    """Start a batch.

    Args:
        module: The model, or a PEFT wrapper of it.
        prompts: Token ids of each row.
        room: Most tokens that will be appended to a row.

    Returns:
        One with a cache for models that take positions, a mask and past keys and values; else (recurrent
        models, virtual prompt tokens) one that computes whole sequences anew at every step.
    """
    if is_cached(module):
        return _Cached(module, prompts, room)
    return _Recomputed(module, prompts, room)


def is_cached(module: torch.nn.Module) -> bool:
    """Return whether a model can continue from a key/value cache with padding on the left."""
    base = base_model(module)
    return (
        not _has_virtual_tokens(module)
        and not getattr(base, "_is_stateful", False)
        and accepted(module) >= _CACHED
    )


def base_model(module: torch.nn.Module) -> Any:
    """Return the transformers model inside a PEFT wrapper; the module itself if it is not wrapped."""
    unwrap = getattr(module, "get_base_model", None)
    return module if unwrap is None else unwrap()


def accepted(module: torch.nn.Module) -> frozenset[str]:
    """Return the names of the arguments that the model's forward takes."""
    return frozenset(inspect.signature(base_model(module).forward).parameters)


def check_vocabulary(module: torch.nn.Module, ids: torch.Tensor) -> None:
    """Refuse token ids for which the model has no embedding.

    Raises:
        ModelError: If there is one.
    """
    size = base_model(module).get_input_embeddings().num_embeddings
    largest = int(ids.max())
    if largest >= size:
        raise ModelError(
            f"token id {largest} is beyond the model's {size} embeddings: tokenizer and weights do not match",
            next_step="use the tokenizer that the weights were saved with",
        )


class _Cached:
    def __init__(self, module: torch.nn.Module, prompts: Sequence[Sequence[int]], room: int) -> None:
        from transformers import DynamicCache

        width = max(len(prompt) for prompt in prompts)
        device = next(module.parameters()).device
        ids = torch.tensor([[0] * (width - len(prompt)) + list(prompt) for prompt in prompts])
        check_vocabulary(module, ids)
        padding = torch.tensor([width - len(prompt) for prompt in prompts])
        seen = torch.arange(width + room) >= padding[:, None]
        self._module = module
        self._only_last = {"logits_to_keep": 1} if "logits_to_keep" in accepted(module) else {}
        self._cache = DynamicCache(config=base_model(module).config)
        self._ids = ids.to(device)
        self._seen = seen.to(device=device, dtype=torch.long)
        self._positions = (torch.arange(width) - padding[:, None]).clamp(min=0).to(device)
        self._length = width

    def logits(self) -> torch.Tensor:
        found = self._module(
            input_ids=self._ids,
            attention_mask=self._seen[:, : self._length],
            position_ids=self._positions,
            past_key_values=self._cache,
            use_cache=True,
            **self._only_last,
        ).logits
        last: torch.Tensor = found[:, -1].float()
        return last

    def keep(self, rows: torch.Tensor) -> None:
        self._cache.reorder_cache(rows)
        self._seen = self._seen[rows]
        self._positions = self._positions[rows]

    def advance(self, tokens: torch.Tensor) -> None:
        self._ids = tokens[:, None]
        self._positions = self._positions[:, -1:] + 1
        self._length += 1


class _Recomputed:
    """Whole sequences with padding on the right, which a causal model cannot see."""

    def __init__(self, module: torch.nn.Module, prompts: Sequence[Sequence[int]], room: int) -> None:
        width = max(len(prompt) for prompt in prompts)
        device = next(module.parameters()).device
        ids = torch.tensor([list(prompt) + [0] * (width + room - len(prompt)) for prompt in prompts])
        check_vocabulary(module, ids)
        self._module = module
        self._ids = ids.to(device)
        self._lengths = torch.tensor([len(prompt) for prompt in prompts], device=device)

    def logits(self) -> torch.Tensor:
        width = int(self._lengths.max())
        found = self._module(input_ids=self._ids[:, :width]).logits[:, -width:]  # after virtual tokens
        rows = torch.arange(len(found), device=found.device)
        last: torch.Tensor = found[rows, self._lengths - 1].float()
        return last

    def keep(self, rows: torch.Tensor) -> None:
        self._ids = self._ids[rows]
        self._lengths = self._lengths[rows]

    def advance(self, tokens: torch.Tensor) -> None:
        rows = torch.arange(len(tokens), device=tokens.device)
        self._ids[rows, self._lengths] = tokens
        self._lengths = self._lengths + 1


def _has_virtual_tokens(module: torch.nn.Module) -> bool:
    config = getattr(module, "active_peft_config", None)
    return bool(getattr(config, "is_prompt_learning", False))
