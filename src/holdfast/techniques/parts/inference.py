"""What attacks cost that pay while they answer, and what answering takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from holdfast.domain import Answer, Footprint, ModelShape, Spend
from holdfast.spend import Ledger, MemoryDemand, Workload, answering_memory
from holdfast.techniques.parts.footprint import FORECAST_LENGTH


class InferenceMeter:
    """Books the answers that an attack draws."""

    def __init__(self, model: Any) -> None:
        """Open an empty meter.

        Args:
            model: The model that answers (`holdfast.models.LoadedModel`).
        """
        import torch

        from holdfast.engine.meter import device_name

        self._ledger = Ledger(Workload(model.shape), device_name(torch.device(model.device)))
        self._prompts = 0

    def book(self, answers: Sequence[Answer], seconds: float, prompts: int) -> None:
        """Book what was drawn for some attacked prompts.

        Args:
            answers: Every answer, all samples.
            seconds: Wall-clock seconds it took, not below 0.
            prompts: Prompts attacked.
        """
        for answer in answers:
            share = seconds / len(answers)
            self._ledger.inference(answer.prompt_tokens, len(answer.token_ids), share)
        self._prompts += prompts

    def spend_per_prompt(self) -> Spend:
        """Return what was drawn for one attacked prompt, on average; zero before the first."""
        total, prompts = self._ledger.spend, max(self._prompts, 1)
        return replace(
            total,
            inference_tokens=round(total.inference_tokens / prompts),
            flops=total.flops / prompts,
            device_seconds=total.device_seconds / prompts,
            usd=None if total.usd is None else total.usd / prompts,
            energy_joules=None if total.energy_joules is None else total.energy_joules / prompts,
        )


def answering_footprint(shape: ModelShape, length: int = FORECAST_LENGTH, others: int = 0) -> Footprint:
    """Return the footprint of answering: one prompt at a time, and no training work.

    Args:
        shape: The model's sizes.
        length: Tokens of prompt and answer (the model's context where that is shorter).
        others: Further models in memory, taken to be as large as this one.
    """
    demand = MemoryDemand(Workload(shape), batch_size=1, length=min(length, shape.context))
    memory = answering_memory(demand)
    if others:
        memory["other_models"] = others * memory["weights"]
    return Footprint(memory_bytes=memory, flops_per_token=0.0, trainable_parameters=0)
