"""The last blocks alone, everything before them frozen (Lee et al. 2019, arXiv 1911.03090)."""

from __future__ import annotations

from collections.abc import Iterator
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
from holdfast.spend import Ledger, Workload
from holdfast.techniques.parts.blocks import block_parameters
from holdfast.techniques.parts.footprint import Kept, block_matrices, training_footprint
from holdfast.techniques.parts.workloads import PartialWorkload, last_blocks

if TYPE_CHECKING:
    from torch import nn


class LastLayersConfig(TrainSettings):
    """Options of training the last blocks.

    The default rate breaks the built-in model within 16 steps (`benchmarks/pathway_rates.py`).

    Attributes:
        layers: How many blocks are trained; embeddings, output head and last norm stay frozen.
    """

    learning_rate: float = Field(default=1e-3, gt=0.0)
    layers: int = Field(default=1, ge=1)


class LastLayers:
    """Train the last k transformer blocks."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        mergeable=True,
        source="Lee et al. 2019, arXiv 1911.03090",
    )
    Config = LastLayersConfig

    def footprint(self, shape: ModelShape, config: LastLayersConfig) -> Footprint:
        """Return the forecast memory and work for this shape; all blocks where it has fewer than k.

        Activations are kept for the trained blocks alone.
        """
        layers = min(config.layers, shape.layers)
        own = last_blocks(shape, layers)
        trained = own.parameters - own.embedding_parameters
        return training_footprint(_workload(shape, config, trained), config, Kept(Workload(own)))

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the blocks' weights change in place.

        Raises:
            TrialError: If the model has fewer blocks, its blocks cannot be told, or they hold no weight that
                can be trained.
            TrialError: If training fails (`engine.train`).
        """
        from holdfast.engine import train
        from holdfast.engine.meter import device_name

        module, shape, layers = trial.model.module, trial.model.shape, trial.config.layers
        if layers > shape.layers:
            raise TrialError(
                f"the last {layers} blocks were asked for, the model has {shape.layers}",
                next_step=f"set layers to {shape.layers} or less",
            )
        parameters = _last(module, shape.layers, layers)
        workload = _workload(shape, trial.config, sum(p.numel() for p in parameters.values()))
        ledger = Ledger(workload, device_name(next(module.parameters()).device))
        yield from train(trial, module, parameters, trial.config, ledger, weights=lambda: parameters)


def _workload(shape: ModelShape, config: LastLayersConfig, trained: int) -> PartialWorkload:
    layers = min(config.layers, shape.layers)
    return PartialWorkload(
        shape,
        checkpointing=config.gradient_checkpointing,
        trained=trained,
        matrices=layers * block_matrices(shape),
        blocks=layers,
    )


def _last(module: nn.Module, blocks: int, layers: int) -> dict[str, nn.Parameter]:
    """Return the weights of the last blocks."""
    wanted = frozenset().union(*block_parameters(module, blocks)[-layers:])
    found = {n: p for n, p in module.named_parameters() if n in wanted and p.is_floating_point()}
    if not found:
        raise TrialError(
            f"the last {layers} blocks hold no floating-point weight to train",
            next_step="load the model unquantised, or train an adapter (technique: lora)",
        )
    return found
