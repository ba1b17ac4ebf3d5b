"""DoRA: low-rank adapters that learn direction and magnitude apart (Liu et al. 2024, arXiv 2402.09353)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import Field

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.spend import Workload
from holdfast.techniques.parts.footprint import Kept, adapter_parameters, output_widths, training_footprint
from holdfast.techniques.parts.low_rank import LowRankConfig


class DoraConfig(LowRankConfig):
    """Options of DoRA: those of LoRA but dropout, which would need a second product with each weight.

    The default rate is that of LoRA, which it needs no less (`benchmarks/pathway_rates.py`).
    """

    learning_rate: float = Field(default=1e-3, gt=0.0)

    def variant(self) -> Mapping[str, Any]:
        """Return peft's options beside rank, alpha and targets."""
        return {"use_dora": True}


class Dora:
    """Train low-rank adapters and a magnitude for each output of a layer, on a frozen model."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        mergeable=True,
        source="Liu et al. 2024, arXiv 2402.09353",
    )
    Config = DoraConfig

    def footprint(self, shape: ModelShape, config: DoraConfig) -> Footprint:
        """Return the forecast memory and work for a model of this shape.

        Left out is what each step pays once, whatever its batch: the norms of all adapted weights, which for
        a batch of T tokens add about rank / T of a step's work.
        """
        adapters = adapter_parameters(shape, config.rank, config.target_modules)
        magnitudes = output_widths(shape, config.target_modules)
        workload = Workload(shape, adapters + magnitudes)
        # What a layer and its adapter write, which the gradient of its magnitudes needs.
        return training_footprint(workload, config, Kept(workload, more=2 * magnitudes))

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model is as before when the iterator closes.

        Raises:
            TrialError: If the adapters cannot be put on or trained (`adapters.train_adapters`).
        """
        from holdfast.techniques.parts.adapters import train_adapters

        yield from train_adapters(trial)
