"""What LoRA and its kin have in common: options, peft's tuner and the forecast."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

from holdfast.domain import Footprint, ModelShape
from holdfast.engine import TrainSettings
from holdfast.spend import Storage, Workload
from holdfast.techniques.parts.footprint import adapter_parameters, training_footprint

if TYPE_CHECKING:
    from torch import nn

ALL_LINEAR = "all-linear"


def _names(value: Any) -> Any:
    return (value,) if isinstance(value, str) and value != ALL_LINEAR else value


class LowRankConfig(TrainSettings):
    """Options of every low-rank adapter.

    Attributes:
        rank: Rank of each adapter.
        alpha: Numerator of an adapter's scale.
        target_modules: `all-linear` (every linear layer but the output head), or names of layers as peft
            matches them: a module's whole name, or its last parts.
    """

    rank: int = Field(default=8, ge=1)
    alpha: float = Field(default=16.0, gt=0.0)
    target_modules: Annotated[str | tuple[str, ...], BeforeValidator(_names)] = Field(
        default=ALL_LINEAR, min_length=1
    )

    def layers(self, module: nn.Module) -> list[str]:
        """Return the full names of the layers that get an adapter.

        Raises:
            TrialError: If a name is that of no linear layer, or the model has none at all.
        """
        from holdfast.techniques.parts.targets import find_targets

        return find_targets(module, self.target_modules)

    def put_on(self, module: nn.Module, layers: Mapping[str, nn.Module]) -> None:
        """Put peft's LoRA layers around these layers of a module."""
        from peft import LoraConfig as PeftLoraConfig
        from peft import LoraModel
        from transformers.pytorch_utils import Conv1D

        config = PeftLoraConfig(
            task_type="CAUSAL_LM",
            r=self.rank,
            lora_alpha=self.alpha,
            target_modules=list(layers),
            fan_in_fan_out=all(isinstance(layer, Conv1D) for layer in layers.values()),
            **self.variant(),
        )
        LoraModel(module, config, "default")

    @abstractmethod
    def variant(self) -> Mapping[str, Any]:
        """Return the options of `peft.LoraConfig` beside rank, alpha and targets."""


def low_rank_footprint(
    shape: ModelShape, config: LowRankConfig, *, sequences: int = 1, storage: Storage = Storage.PLAIN
) -> Footprint:
    """Return the forecast memory and work of training low-rank adapters on a frozen model.

    Args:
        shape: The model's sizes.
        config: Rank, targets and batch.
        sequences: Sequences that a row of the corpus becomes.
        storage: How the weights of the base are kept.
    """
    adapters = adapter_parameters(shape, config.rank, config.target_modules)
    batch = config.model_copy(update={"batch_size": sequences * config.batch_size})
    return training_footprint(Workload(shape, adapters), batch, storage=storage)
