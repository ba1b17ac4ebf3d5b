"""Norms and biases alone: BitFit (Ben Zaken et al. 2022, arXiv 2106.10199) and tuning of the norms.

Tuning the norms is after Zhao et al. 2024 (arXiv 2312.11420).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
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
from holdfast.techniques.parts.footprint import Kept, matrix_inputs, training_footprint, vectors
from holdfast.techniques.parts.workloads import PartialWorkload

if TYPE_CHECKING:
    from torch import nn


class Parts(StrEnum):
    """Which of a model's vectors are trained."""

    NORMS = "norms"
    BIASES = "biases"
    BOTH = "both"


class NormBiasConfig(TrainSettings):
    """Options of training norms and biases.

    The default rate breaks the built-in model within 16 steps (`benchmarks/pathway_rates.py`).

    Attributes:
        parts: `norms` (their scales and shifts), `biases` (of every layer), or `both`.
    """

    learning_rate: float = Field(default=1e-2, gt=0.0)
    parts: Parts = Parts.BOTH


class NormBias:
    """Train norms and biases and leave every matrix alone."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        mergeable=True,
        source="Ben Zaken et al. 2022, arXiv 2106.10199; Zhao et al. 2024, arXiv 2312.11420",
    )
    Config = NormBiasConfig

    def footprint(self, shape: ModelShape, config: NormBiasConfig) -> Footprint:
        """Return the forecast memory and work; for one part alone that of both, a bound from above."""
        kept = Kept(Workload(shape), more=-matrix_inputs(shape))
        return training_footprint(_workload(shape, config, vectors(shape)), config, kept)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model's vectors change in place.

        Raises:
            TrialError: If the model has none of the parts, or training fails (`engine.train`).
        """
        from holdfast.engine import train
        from holdfast.engine.meter import device_name

        module = trial.model.module
        parameters = _chosen(module, trial.config.parts)
        trained = sum(p.numel() for p in parameters.values())
        workload = _workload(trial.model.shape, trial.config, trained)
        ledger = Ledger(workload, device_name(next(module.parameters()).device))
        yield from train(trial, module, parameters, trial.config, ledger, weights=lambda: parameters)


def _workload(shape: ModelShape, config: NormBiasConfig, trained: int) -> PartialWorkload:
    return PartialWorkload(
        shape, checkpointing=config.gradient_checkpointing, trained=trained, blocks=shape.layers
    )


def _chosen(module: nn.Module, parts: Parts) -> dict[str, nn.Parameter]:
    norms = {
        id(parameter)
        for layer in module.modules()
        if "norm" in type(layer).__name__.lower()
        for parameter in layer.parameters(recurse=False)
    }

    def wanted(name: str, parameter: nn.Parameter) -> bool:
        bias = name.rpartition(".")[2] == "bias"
        return (parts is not Parts.BIASES and id(parameter) in norms) or (parts is not Parts.NORMS and bias)

    found = {n: p for n, p in module.named_parameters() if p.is_floating_point() and wanted(n, p)}
    if not found:
        there = "norms" if norms else "neither norms nor biases"
        raise TrialError(
            f"the model has nothing to train: parts is {parts.value!r}, it has {there}",
            next_step="choose other parts, or another technique (lora)",
        )
    return found
