"""Quantisation alone: what holding a model in 4 or 8 bits does to it, without any training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from enum import StrEnum
from typing import ClassVar

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Spend, Traits, TrialContext
from holdfast.engine import TrainSettings
from holdfast.spend import Ledger, Storage, Workload
from holdfast.techniques.parts.editing import EditSettings
from holdfast.techniques.parts.footprint import training_footprint


class Bits(StrEnum):
    """How weights are held."""

    NF4 = "nf4"
    INT8 = "int8"


class QuantisedConfig(EditSettings):
    """Options of quantisation.

    Attributes:
        bits: `nf4` (4 bits, as under QLoRA) or `int8` (8 bits).
    """

    bits: Bits = Bits.NF4


class Quantised:
    """Hold a model's weights in fewer bits; nothing is trained."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=False,
        changes=Changes.WEIGHTS,
        needs=("extra.quantised",),
        mergeable=True,
        source="Dettmers et al. 2023, arXiv 2305.14314; Dettmers et al. 2022, arXiv 2208.07339",
    )
    Config = QuantisedConfig
    variants: ClassVar[Mapping[str, str]] = {
        "bits: nf4": "Four bits a weight, with doubly quantised constants.",
        "bits: int8": "One byte a weight and a scale a row.",
    }

    def footprint(self, shape: ModelShape, config: QuantisedConfig) -> Footprint:
        """Return the memory of the quantised model; it costs no training."""
        none = TrainSettings(learning_rate=1.0, batch_size=1)
        held = training_footprint(Workload(shape, 0), none, storage=Storage(config.bits.value)).memory_bytes
        return Footprint(
            memory_bytes={part: held[part] for part in ("weights", "overhead")},
            flops_per_token=0.0,
            trainable_parameters=0,
        )

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield the untouched model as step 0 and the quantised one as step 1; on close it is as before.

        Step 1 has cost the seconds of quantising and nothing else.

        Raises:
            TrialError: If the model cannot be quantised (`quantisation.QuantisedModel`).
            TrialError: If the schedule asks for other steps.
        """
        import torch

        from holdfast.engine.checks import require_schedule
        from holdfast.engine.meter import reset_peak_memory
        from holdfast.techniques.parts.quantisation import quantised

        require_schedule(trial.schedule)
        reset_peak_memory(torch.device(trial.model.device))
        storage = Storage(trial.config.bits.value)
        with ExitStack() as stack:
            for step in trial.schedule.measure_at:
                if step == 0:
                    yield Checkpoint(0, Spend(), trial.model)
                    continue
                base = stack.enter_context(quantised(trial, storage))
                yield Checkpoint(step, _spend(trial, base.seconds), trial.model, weights=base.weights)


def _spend(trial: TrialContext, seconds: float) -> Spend:
    import torch

    from holdfast.engine.meter import device_name, peak_memory

    device = torch.device(trial.model.device)
    ledger = Ledger(Workload(trial.model.shape, 0), device_name(device))
    ledger.step((), (), seconds)
    ledger.memory(peak_memory(device))
    return ledger.spend
