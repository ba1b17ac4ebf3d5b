"""Trainable tokens before every text, around a frozen model: as embeddings, or as keys and values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import torch
from torch import nn
from transformers import DynamicCache

from holdfast.domain import Checkpoint, TrialContext, TrialError
from holdfast.engine import train
from holdfast.engine.meter import device_name
from holdfast.models.batching import undisturbed
from holdfast.spend import Ledger, Workload

# Real tokens as a start derail small models before the first step (their skills fall to nothing); values this
# small leave most of what a model can do, and differ enough for virtual tokens to learn different things.
_SPREAD = 0.02


class VirtualPrompt(nn.Module):
    """A model that reads trainable embeddings before every text.

    It takes what `holdfast.models` passes on, with padding on either side, and gives logits of the text's
    own positions. Virtual tokens stand right before the text, behind any padding, so that neither positions
    nor sliding windows depend on the batch.
    """

    def __init__(self, base: Any, count: int, seed: int) -> None:
        """Put embeddings in front of a model.

        Args:
            base: A `transformers` causal language model.
            count: Virtual tokens, at least 1.
            seed: Seeds their first values.
        """
        super().__init__()
        self.base: Any = base
        weight = base.get_input_embeddings().weight
        generator = torch.Generator().manual_seed(seed)
        self.prompt = _start((count, weight.shape[1]), weight.device, generator)

    def get_base_model(self) -> Any:
        """Return the model behind the tokens (the name by which PEFT wrappers have it)."""
        return self.base

    @property
    def generation_config(self) -> Any:
        """The base's."""
        return getattr(self.base, "generation_config", None)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        past_key_values: Any = None,
        **options: Any,
    ) -> Any:
        """Return the base's output for texts `[rows, width]`; logits as asked for, of the text alone."""
        count, width = len(self.prompt), input_ids.shape[1]
        if past_key_values is not None and past_key_values.get_seq_length() > 0:
            return self.base(
                input_ids=input_ids,
                attention_mask=None
                if attention_mask is None
                else _longer(attention_mask, count).roll(-count, 1),
                position_ids=None if position_ids is None else position_ids + count,
                past_key_values=past_key_values,
                **options,
            )
        text = self.base.get_input_embeddings()(input_ids)
        embedded = torch.cat([self.prompt.to(text.dtype).expand(len(text), -1, -1), text], dim=1)
        if attention_mask is not None:
            padding = (attention_mask.cumsum(dim=1) == 0).sum(dim=1, keepdim=True)
            slots = torch.arange(count + width, device=text.device)
            before = torch.where(slots < padding, slots + count, slots - padding)
            order = torch.where(slots < padding + count, before, slots)
            embedded = embedded.gather(1, order[:, :, None].expand(-1, -1, text.shape[2]))
            options["attention_mask"] = _longer(attention_mask, count).gather(1, order)
            options["position_ids"] = (slots - padding).clamp(min=0)
        kept = options.get("logits_to_keep", 0)
        if isinstance(kept, torch.Tensor):
            options["logits_to_keep"] = kept + count
        found = self.base(inputs_embeds=embedded, past_key_values=past_key_values, **options)
        if isinstance(kept, int) and kept == 0:
            found.logits = found.logits[:, count:]
        return found


class VirtualPrefix(nn.Module):
    """A model that attends in every block to trainable keys and values before every text."""

    def __init__(self, base: Any, count: int, seed: int) -> None:
        """Put keys and values in front of a model.

        Args:
            base: A `transformers` causal language model.
            count: Virtual tokens, at least 1.
            seed: Seeds their first values.

        Raises:
            TrialError: If a block keeps no keys and values.
        """
        super().__init__()
        self.base: Any = base
        layers = _cache_of_one_token(base).layers
        if not all(isinstance(getattr(layer, "keys", None), torch.Tensor) for layer in layers):
            raise TrialError(
                "prefix tuning needs keys and values in every block, which this architecture does not keep",
                next_step="choose prompt-tuning, or lora",
            )
        generator = torch.Generator().manual_seed(seed)

        def start(seen: torch.Tensor) -> nn.Parameter:
            _, heads, _, width = seen.shape
            return _start((1, heads, count, width), seen.device, generator)

        self.keys = nn.ParameterList(start(layer.keys) for layer in layers)
        self.values = nn.ParameterList(start(layer.values) for layer in layers)
        self._count = count
        # A sliding window counts the padding between prefix and text. Such models are computed anew at every
        # step, padded behind the text, which is how models.forward treats PEFT's virtual tokens.
        slides = any(layer.is_sliding for layer in DynamicCache(config=base.config).layers)
        self.active_peft_config = SimpleNamespace(is_prompt_learning=slides)

    def get_base_model(self) -> Any:
        """Return the model behind the prefix (the name by which PEFT wrappers have it)."""
        return self.base

    @property
    def generation_config(self) -> Any:
        """The base's."""
        return getattr(self.base, "generation_config", None)

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        position_ids: torch.Tensor | None = None,
        past_key_values: Any = None,
        **options: Any,
    ) -> Any:
        """Return the base's output for texts `[rows, width]`."""
        cache = DynamicCache(config=self.base.config) if past_key_values is None else past_key_values
        if cache.get_seq_length() == 0:
            kind = next(self.base.parameters()).dtype
            for number, (keys, values) in enumerate(zip(self.keys, self.values, strict=True)):
                rows = (len(input_ids), -1, -1, -1)
                cache.update(keys.to(kind).expand(rows), values.to(kind).expand(rows), number)
        return self.base(
            input_ids=input_ids,
            attention_mask=None if attention_mask is None else _longer(attention_mask, self._count),
            position_ids=None if position_ids is None else position_ids + self._count,
            past_key_values=cache,
            **options,
        )


def train_in_front(
    trial: TrialContext, module: nn.Module, names: Sequence[str], workload: Workload
) -> Iterator[Checkpoint]:
    """Yield a checkpoint at each step of the schedule; the subject at step 0 is the untouched model.

    Args:
        trial: Its model is what `module` wraps.
        module: The model with virtual tokens.
        names: Names of the module's parameters that are trained.
        workload: What a token costs.

    Raises:
        TrialError: If the tokens leave no room for a text in the model's context.
        TrialError: If the training fails (`engine.train`).
    """
    model, count = trial.model, trial.config.virtual_tokens
    if count >= model.shape.context - 1:
        raise TrialError(
            f"{count} virtual tokens leave no room in the model's context of {model.shape.context}",
            next_step="lower virtual_tokens",
        )
    own: Mapping[str, nn.Parameter] = dict(module.named_parameters())
    parameters = {name: own[name] for name in names}
    shape = replace(model.shape, context=model.shape.context - count)
    behind = replace(trial, model=replace(model, module=module, shape=shape))
    work = replace(workload, checkpointing=trial.config.gradient_checkpointing)
    ledger = Ledger(work, device_name(next(iter(parameters.values())).device))
    for checkpoint in train(behind, module, parameters, trial.config, ledger):
        yield checkpoint if checkpoint.step else replace(checkpoint, subject=model)


def _start(shape: tuple[int, ...], device: torch.device, generator: torch.Generator) -> nn.Parameter:
    """Return first values, in float32: small steps are lost in the rounding of a half type."""
    return nn.Parameter((_SPREAD * torch.randn(shape, generator=generator)).to(device))


def _cache_of_one_token(base: Any) -> Any:
    """Return what a model keeps of a token, which tells heads and widths of every block."""
    cache = DynamicCache()
    with undisturbed(base):
        ids = torch.zeros((1, 1), dtype=torch.long, device=next(base.parameters()).device)
        base(input_ids=ids, past_key_values=cache, use_cache=True)
    return cache


def _longer(mask: torch.Tensor, count: int) -> torch.Tensor:
    """Return an attention mask `[rows, width]` with `count` seen positions before it."""
    return torch.cat([mask.new_ones(len(mask), count), mask], dim=1)
