"""rsLoRA: low-rank adapters whose scale does not shrink with rank (Kalajdzievski 2023, arXiv 2312.03732)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.techniques.parts.low_rank import LowRankConfig, low_rank_footprint


class RsLoraConfig(LowRankConfig):
    """Options of rsLoRA: an adapter's output is multiplied by alpha / sqrt(rank).

    The default rate is below that of LoRA as the scale is above it (`benchmarks/pathway_rates.py`).

    Attributes:
        dropout: Dropout on an adapter's input, in [0, 1).
    """

    learning_rate: float = Field(default=3e-4, gt=0.0)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)

    def variant(self) -> Mapping[str, Any]:
        """Return peft's options beside rank, alpha and targets."""
        return {"use_rslora": True, "lora_dropout": self.dropout}


class RsLora:
    """Train rank-stabilised low-rank adapters on a frozen model."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        mergeable=True,
        source="Kalajdzievski 2023, arXiv 2312.03732",
    )
    Config = RsLoraConfig

    def footprint(self, shape: ModelShape, config: RsLoraConfig) -> Footprint:
        """Return the forecast memory and work for a model of this shape."""
        return low_rank_footprint(shape, config)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model is as before when the iterator closes.

        Raises:
            TrialError: If the adapters cannot be put on or trained (`adapters.train_adapters`).
        """
        from holdfast.techniques.parts.adapters import train_adapters

        yield from train_adapters(trial)
