"""LoRA: low-rank adapters on a frozen model (Hu et al. 2022, arXiv 2106.09685), through peft."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field

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
from holdfast.techniques.footprint import adapter_parameters, training_footprint

if TYPE_CHECKING:
    from torch import nn

ALL_LINEAR = "all-linear"


def _target_names(value: Any) -> Any:
    return (value,) if isinstance(value, str) and value != ALL_LINEAR else value


class LoraConfig(TrainSettings):
    """Options of LoRA.

    The default rate is ten times that of full fine-tuning, which is about where the best rates of the two lie
    (Schulman et al. 2025, "LoRA Without Regret").

    Attributes:
        rank: Rank of each adapter.
        alpha: Scale: an adapter's output is multiplied by alpha / rank.
        dropout: Dropout on an adapter's input, in [0, 1).
        target_modules: `all-linear` (every linear layer but the output head), or names of layers as peft
            matches them: a module's whole name, or its last parts.
    """

    learning_rate: float = Field(default=1e-3, gt=0.0)
    rank: int = Field(default=8, ge=1)
    alpha: float = Field(default=16.0, gt=0.0)
    dropout: float = Field(default=0.0, ge=0.0, lt=1.0)
    target_modules: Annotated[str | tuple[str, ...], BeforeValidator(_target_names)] = Field(
        default=ALL_LINEAR, min_length=1
    )


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
        adapters = adapter_parameters(shape, config.rank, config.target_modules)
        return training_footprint(Workload(shape, adapters), config)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; on the way the model carries the adapters.

        The adapters are taken off when the iterator ends or is closed: the model is then what it was.

        Raises:
            TrialError: If a target module does not exist, is no linear layer, or got no adapter.
            TrialError: If an adapter was never trained, or the training fails (`engine.train`).
        """
        from holdfast.engine import train
        from holdfast.engine.meter import device_name
        from holdfast.techniques.adapters import Adapters

        module: nn.Module = trial.model.module
        config: LoraConfig = trial.config
        with Adapters(module, config, trial.seed) as adapters:
            parameters = adapters.parameters
            workload = Workload(trial.model.shape, sum(p.numel() for p in parameters.values()))
            ledger = Ledger(workload, device_name(next(iter(parameters.values())).device))
            for checkpoint in train(trial, module, parameters, config, ledger):
                if checkpoint.step > 0:
                    _require_trained(parameters, checkpoint.step)
                yield checkpoint


def _require_trained(parameters: dict[str, nn.Parameter], step: int) -> None:
    """Make sure that every adapter left its start, where its second factor is zero."""
    idle = [n for n, p in parameters.items() if ".lora_B." in n and not p.detach().any()]
    if idle:
        raise TrialError(
            f"{len(idle)} adapters received no training in {step} steps, the first is {idle[0]}",
            next_step="choose target_modules that the model uses when it reads text",
        )
