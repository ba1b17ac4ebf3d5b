"""IA3: learned scales on keys, values and feed-forward states (Liu et al. 2022, arXiv 2205.05638)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from holdfast.domain import (
    Axis,
    Changes,
    Checkpoint,
    Footprint,
    ModelShape,
    Traits,
    TrialContext,
    TrialError,
)
from holdfast.engine import TrainSettings
from holdfast.spend import Workload
from holdfast.techniques.parts.footprint import adapted_layers, training_footprint

if TYPE_CHECKING:
    from torch import nn

# As architectures name them; a projection that also makes queries has all its outputs scaled, as in peft.
_KEYS_AND_VALUES = ("k_proj", "v_proj", "c_attn", "qkv_proj", "query_key_value")
_FEED_FORWARD = ("down_proj", "fc2", "mlp.c_proj", "dense_4h_to_h")


class Ia3Config(TrainSettings):
    """Options of IA3.

    The default rate breaks the built-in model within 16 steps (`benchmarks/pathway_rates.py`).

    Attributes:
        target_modules: Layers whose outputs are scaled; empty for the projections to keys and values.
        feedforward_modules: Layers whose inputs are scaled; empty for the last of each feed-forward block.
    """

    learning_rate: float = Field(default=3e-2, gt=0.0)
    target_modules: tuple[str, ...] = ()
    feedforward_modules: tuple[str, ...] = ()

    def layers(self, module: nn.Module) -> list[str]:
        """Return the full names of the layers that get a scale.

        Raises:
            TrialError: If a name is that of no linear layer, or none of the usual names is in the model.
        """
        outputs = _chosen(module, self.target_modules, _KEYS_AND_VALUES, "target_modules")
        return outputs + self._scaled_inputs(module)

    def put_on(self, module: nn.Module, layers: Mapping[str, nn.Module]) -> None:
        """Put peft's IA3 layers around these layers of a module."""
        from peft import IA3Config as PeftIa3Config
        from peft import IA3Model
        from transformers.pytorch_utils import Conv1D

        config = PeftIa3Config(
            task_type="CAUSAL_LM",
            target_modules=list(layers),
            feedforward_modules=self._scaled_inputs(module),
            fan_in_fan_out=all(isinstance(layer, Conv1D) for layer in layers.values()),
        )
        IA3Model(module, config, "default")

    def _scaled_inputs(self, module: nn.Module) -> list[str]:
        return _chosen(module, self.feedforward_modules, _FEED_FORWARD, "feedforward_modules")


class Ia3:
    """Train scales of inner activations on a frozen model."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        mergeable=True,
        source="Liu et al. 2022, arXiv 2205.05638",
    )
    Config = Ia3Config

    def footprint(self, shape: ModelShape, config: Ia3Config) -> Footprint:
        """Return the forecast memory and work for a model of this shape.

        Without names, keys and values are taken to be projections of their own.
        """
        outputs = adapted_layers(shape, config.target_modules or ("k_proj", "v_proj"))
        inputs = adapted_layers(shape, config.feedforward_modules or ("down_proj",))
        scaled = sum(layer.outputs for layer in outputs) + sum(layer.inputs for layer in inputs)
        return training_footprint(Workload(shape, shape.layers * scaled), config)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model is as before when the iterator closes.

        Raises:
            TrialError: If the scales cannot be put on or trained (`adapters.train_adapters`).
        """
        from holdfast.techniques.parts.adapters import train_adapters

        yield from train_adapters(trial)


def _chosen(module: nn.Module, wanted: tuple[str, ...], usual: tuple[str, ...], option: str) -> list[str]:
    """Return the layers that an option names; without it those with a usual name."""
    from holdfast.techniques.parts.targets import find_targets, linear_layers, named

    if wanted:
        return find_targets(module, wanted)
    found = named(linear_layers(module), usual)
    if not found:
        raise TrialError(
            f"the model has no linear layer with a usual name: {', '.join(usual)}",
            next_step=f"name its layers in {option}",
        )
    return found
