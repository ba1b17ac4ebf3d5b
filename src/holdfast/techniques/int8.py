"""LoRA on a model held in 8 bits: the weights of LLM.int8() (Dettmers et al. 2022, arXiv 2208.07339)."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.spend import Storage
from holdfast.techniques.lora import LoraConfig
from holdfast.techniques.parts.low_rank import low_rank_footprint


class Int8Config(LoraConfig):
    """Options of 8-bit LoRA: those of LoRA. Every linear layer but the head is quantised, targets or not."""


class Int8:
    """Train low-rank adapters on a model whose weights are held in one byte each."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        mergeable=True,
        source="Dettmers et al. 2022, arXiv 2208.07339",
    )
    Config = Int8Config

    def footprint(self, shape: ModelShape, config: Int8Config) -> Footprint:
        """Return the forecast memory and work for a model of this shape, once it is quantised."""
        return low_rank_footprint(shape, config, storage=Storage.INT8)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model is as before when the iterator closes.

        Step 0 is the quantised model, not the untouched one.

        Raises:
            TrialError: If the model cannot be quantised (`quantisation.QuantisedModel`).
            TrialError: If the adapters cannot be put on or trained (`adapters.train_adapters`).
        """
        from holdfast.techniques.parts.quantisation import train_quantised

        yield from train_quantised(trial, Storage.INT8)
