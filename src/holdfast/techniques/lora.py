"""LoRA: low-rank adapters on a frozen model (Hu et al. 2022, arXiv 2106.09685), through peft."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.techniques.parts.low_rank import LowRankConfig, low_rank_footprint


class LoraConfig(LowRankConfig):
    """Options of LoRA: an adapter's output is multiplied by alpha / rank.

    The default rate is ten times that of full fine-tuning, which is about where the best rates of the two lie
    (Schulman et al. 2025, "LoRA Without Regret").

    Attributes:
        dropout: Dropout on an adapter's input, in [0, 1).
    """

    learning_rate: float = Field(default=1e-3, gt=0.0)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)

    def variant(self) -> Mapping[str, Any]:
        """Return peft's options beside rank, alpha and targets."""
        return {"lora_dropout": self.dropout}


class Lora:
    """Train low-rank adapters on a frozen model."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        mergeable=True,
        source="Hu et al. 2022, arXiv 2106.09685",
    )
    Config = LoraConfig

    def footprint(self, shape: ModelShape, config: LoraConfig) -> Footprint:
        """Return the forecast memory and work for a model of this shape."""
        return low_rank_footprint(shape, config)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model is as before when the iterator closes.

        Raises:
            TrialError: If the adapters cannot be put on or trained (`adapters.train_adapters`).
        """
        from holdfast.techniques.parts.adapters import train_adapters

        yield from train_adapters(trial)
