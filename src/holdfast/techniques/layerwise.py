"""LISA: a few blocks at a time, drawn anew every few steps (Pan et al. 2024, arXiv 2403.17919)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
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
from holdfast.techniques.parts.footprint import Kept, block_matrices, matrix_inputs, training_footprint
from holdfast.techniques.parts.workloads import PartialWorkload


class LayerwiseConfig(TrainSettings):
    """Options of layer-wise sampling.

    The default rate is that of full fine-tuning, whose weights are trained here a part at a time.

    Attributes:
        layers: Blocks trained at a time.
        interval: Steps until others are drawn; what the optimiser remembers of a block is then forgotten.
    """

    learning_rate: float = Field(default=1e-4, gt=0.0)
    layers: int = Field(default=2, ge=1)
    interval: int = Field(default=20, ge=1)


class Layerwise:
    """Train embeddings, head and last norm always, and a few blocks at a time."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        mergeable=True,
        source="Pan et al. 2024, arXiv 2403.17919",
    )
    Config = LayerwiseConfig

    def footprint(self, shape: ModelShape, config: LayerwiseConfig) -> Footprint:
        """Return the forecast memory and work for this shape; all blocks where it has fewer than k."""
        layers = min(config.layers, shape.layers)
        blocks = shape.parameters - shape.embedding_parameters
        trained = shape.embedding_parameters + round(blocks * layers / shape.layers)
        idle = matrix_inputs(shape) * (shape.layers - layers) // shape.layers
        return training_footprint(
            _workload(shape, config, trained), config, Kept(Workload(shape), more=-idle)
        )

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model's weights change in place.

        Raises:
            TrialError: If the model has fewer blocks, its blocks cannot be told, or they hold no weight that
                can be trained.
            TrialError: If training fails (`engine.train`).
        """
        from holdfast.engine import train
        from holdfast.engine.meter import device_name

        module, shape, config = trial.model.module, trial.model.shape, trial.config
        if config.layers > shape.layers:
            raise TrialError(
                f"{config.layers} blocks at a time were asked for, the model has {shape.layers}",
                next_step=f"set layers to {shape.layers} or less",
            )
        parameters = {n: p for n, p in module.named_parameters() if p.is_floating_point()}
        sampling = Sampling.of(
            block_parameters(module, shape.layers), frozenset(parameters), config, trial.seed
        )
        trained = sum(parameters[name].numel() for name in sampling.active(0))
        ledger = Ledger(
            _workload(shape, config, trained), device_name(next(iter(parameters.values())).device)
        )
        yield from train(
            trial, module, parameters, config, ledger, active=sampling.active, weights=lambda: parameters
        )


@dataclass(frozen=True)
class Sampling:
    """Which parameters a step trains.

    Attributes:
        always: Names of those that every step trains.
        blocks: Names of each block's own.
        layers: Blocks at a time.
        interval: Steps until others are drawn.
        seed: Seeds the draw; period by period, so that a continued run draws the same.
    """

    always: frozenset[str]
    blocks: tuple[frozenset[str], ...]
    layers: int
    interval: int
    seed: int

    @classmethod
    def of(
        cls, blocks: tuple[frozenset[str], ...], names: frozenset[str], config: LayerwiseConfig, seed: int
    ) -> Sampling:
        """Return the sampling of a model with these blocks and trainable parameters."""
        inside = frozenset().union(*blocks)
        own = tuple(block & names for block in blocks)
        return cls(names - inside, own, config.layers, config.interval, seed)

    def active(self, step: int) -> frozenset[str]:
        """Return the names of what a step (0-based) trains."""
        generator = np.random.default_rng([self.seed & 0xFFFF_FFFF, step // self.interval])
        drawn = generator.choice(len(self.blocks), size=self.layers, replace=False)
        return self.always.union(*(self.blocks[number] for number in drawn))


def _workload(shape: ModelShape, config: LayerwiseConfig, trained: int) -> PartialWorkload:
    layers = min(config.layers, shape.layers)
    return PartialWorkload(
        shape,
        checkpointing=config.gradient_checkpointing,
        trained=trained,
        matrices=layers * block_matrices(shape) + shape.vocabulary * shape.hidden,
        blocks=shape.layers,
    )
