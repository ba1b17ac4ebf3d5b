"""QLoRA: low-rank adapters on a model held in 4 bits (Dettmers et al. 2023, arXiv 2305.14314)."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.spend import Storage
from holdfast.techniques.lora import LoraConfig
from holdfast.techniques.parts.low_rank import low_rank_footprint


class QLoraConfig(LoraConfig):
    """Options of QLoRA: those of LoRA. Every linear layer but the head is quantised, targets or not."""


class QLora:
    """Train low-rank adapters on a model whose weights are held as NF4."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        needs=("corpus", "extra.quantised"),
        mergeable=True,
        source="Dettmers et al. 2023, arXiv 2305.14314",
    )
    Config = QLoraConfig

    def footprint(self, shape: ModelShape, config: QLoraConfig) -> Footprint:
        """Return the forecast memory and work for a model of this shape, once it is quantised."""
        return low_rank_footprint(shape, config, storage=Storage.NF4)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model is as before when the iterator closes.

        Step 0 is the quantised model, not the untouched one.

        Raises:
            TrialError: If the model cannot be quantised (`quantisation.QuantisedModel`).
            TrialError: If the adapters cannot be put on or trained (`adapters.train_adapters`).
        """
        from holdfast.techniques.parts.quantisation import train_quantised

        yield from train_quantised(trial, Storage.NF4)
