"""Full fine-tuning: every weight is trained."""

from __future__ import annotations

from collections.abc import Iterator

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
from holdfast.techniques.parts.footprint import training_footprint


class FullConfig(TrainSettings):
    """Options of full fine-tuning.

    The default rate is high for models of billions of parameters (2e-5 to 5e-5 is usual there, Qi et al.
    2024, arXiv 2310.03693) and low for those of millions. Too high a rate shows in the outcomes as broken
    text; too low a rate would pass for safety, so the default errs on the high side.
    """

    learning_rate: float = Field(default=1e-4, gt=0.0)


class Full:
    """Train every weight."""

    traits = Traits(
        axis=Axis.NONE,
        trains=True,
        changes=Changes.WEIGHTS,
        mergeable=True,
        source="Qi et al. 2024, arXiv 2310.03693",
    )
    Config = FullConfig

    def footprint(self, shape: ModelShape, config: FullConfig) -> Footprint:
        """Return the forecast memory and work for a model of this shape."""
        return training_footprint(Workload(shape), config)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model's weights change in place.

        Raises:
            TrialError: If the model has no weight that can be trained, or training fails (`engine.train`).
        """
        from holdfast.engine import train
        from holdfast.engine.meter import device_name

        module = trial.model.module
        parameters = {n: p for n, p in module.named_parameters() if p.is_floating_point()}
        if not parameters:
            raise TrialError(
                "the model has no floating-point weight to train",
                next_step="load it unquantised, or train an adapter (technique: lora)",
            )
        device = next(iter(parameters.values())).device
        workload = Workload(trial.model.shape, checkpointing=trial.config.gradient_checkpointing)
        ledger = Ledger(workload, device_name(device))
        yield from train(trial, module, parameters, trial.config, ledger, weights=lambda: parameters)
