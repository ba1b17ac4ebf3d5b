"""Adapter composition: how much of each contribution to take is learned from a handful of examples."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pydantic import Field, field_validator

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.engine import TrainSettings
from holdfast.spend import Workload
from holdfast.techniques.parts.footprint import training_footprint

_LEAST = 2
"""Contributions that forecasts assume: how many there are, no shape tells."""


class AdapterCompositionConfig(TrainSettings):
    """Options of adapter composition.

    Bound and penalty are those of the paper. It learns by 40 trials without gradients; by gradients, 40 steps
    of the default rate reach the bound.

    Attributes:
        penalty: Weight of the mean of the coefficients' absolute values in the loss, at least 0.
        bound: Largest absolute value of a coefficient.
    """

    steps: int = Field(default=40, ge=1)
    learning_rate: float = Field(default=5e-2, gt=0.0)
    penalty: float = Field(default=0.05, ge=0.0)
    bound: float = Field(default=1.5, gt=0.0)

    @field_validator("gradient_checkpointing")
    @classmethod
    def _keeps_activations(cls, value: bool) -> bool:
        if value:
            raise ValueError("activations of composed weights cannot be computed twice: leave it out")
        return value


@dataclass(frozen=True, slots=True)
class CompositionWorkload(Workload):
    """Training of one coefficient a contribution.

    Attributes:
        contributions: How many.
        values: Values that each of them changes in the model.
    """

    contributions: int = _LEAST
    values: int = 0

    @property
    def trainable_parameters(self) -> int:
        """Parameters that receive gradients."""
        return self.contributions

    def training(self, lengths: Iterable[int]) -> float:
        """Return the FLOPs of one step on sequences of these lengths (tokens).

        A coefficient's gradient is the product of a delta with the gradient of the weights, so those of all
        weights are computed; and once a step the deltas are added up, and multiplied with the gradients.
        """
        step = 4.0 * self.contributions * self.values
        return Workload(self.shape).training(lengths) + step


class AdapterComposition:
    """Learn how much to take of each contribution, and change nothing else.

    The coefficients start at 0 (the untouched model). Unlike the paper's, contributions of any kind are
    composed, as what they add to the weights (LoRA pairs are not summed factor by factor, which would mix
    them), and by gradients, which needs more memory and fewer tries.
    """

    traits = Traits(
        axis=Axis.SHARED,
        trains=True,
        changes=Changes.WEIGHTS,
        needs=("corpus", "inputs"),
        actors=_LEAST,
        mergeable=True,
        source="LoraHub, Huang et al. 2023, arXiv 2307.13269",
    )
    Config = AdapterCompositionConfig

    def footprint(self, shape: ModelShape, config: AdapterCompositionConfig) -> Footprint:
        """Return the forecast for two contributions that each change every weight."""
        workload = CompositionWorkload(shape, values=shape.parameters)
        forecast = training_footprint(workload, config)
        whole = 4.0 * shape.parameters
        memory = {
            **forecast.memory_bytes,
            "gradients": whole,
            "contributions": _LEAST * whole,
            "composed": whole,
        }
        return Footprint(memory, forecast.flops_per_token, forecast.trainable_parameters)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; on close the model is as before.

        From step 1 on the spend is that of all contributions, each paid by an actor of its own, and of
        learning the coefficients.

        Raises:
            TrialError: If there are fewer than two contributions, or one was made from another base.
            TrialError: If the training fails (`engine.train`).
        """
        from holdfast.techniques.parts.composing import train_coefficients

        yield from train_coefficients(trial)
