"""Prefix tuning: trained keys and values before every text (Li and Liang 2021, arXiv 2101.00190)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, field_validator

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.engine import TrainSettings
from holdfast.spend import Workload
from holdfast.techniques.parts.footprint import Kept, matrix_inputs, norm_inputs, training_footprint
from holdfast.techniques.parts.workloads import PrefixWorkload


class PrefixTuningConfig(TrainSettings):
    """Options of prefix tuning.

    The default rate breaks the built-in model within 16 steps (`benchmarks/pathway_rates.py`).

    The keys and values are trained themselves; the paper trains a network that makes them, to keep the first
    steps stable, which here is left to small first values.

    Attributes:
        virtual_tokens: Keys and values before every text, in every block; they take so much of the model's
            context.
    """

    learning_rate: float = Field(default=3e-2, gt=0.0)
    virtual_tokens: int = Field(default=4, ge=1)

    @field_validator("gradient_checkpointing")
    @classmethod
    def _not_twice(cls, wanted: bool) -> bool:
        """Refuse what transformers does without a word: blocks computed twice are not given the prefix."""
        if wanted:
            raise ValueError("prefix-tuning keeps its activations; prompt-tuning can compute them twice")
        return wanted


class PrefixTuning:
    """Train keys and values in front of a frozen model; who has them asks through them."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        source="Li and Liang 2021, arXiv 2101.00190",
    )
    Config = PrefixTuningConfig

    def footprint(self, shape: ModelShape, config: PrefixTuningConfig) -> Footprint:
        """Return the forecast memory and work for a model of this shape."""
        workload = PrefixWorkload(shape, virtual_tokens=config.virtual_tokens)
        kept = Kept(Workload(shape), more=-matrix_inputs(shape) - norm_inputs(shape))
        return training_footprint(workload, config, kept)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; at step 0 its subject is the untouched model.

        Raises:
            TrialError: If the tokens leave no room in the context, or a block keeps no keys and values.
            TrialError: If training fails (`engine.train`).
        """
        from holdfast.techniques.parts.virtual_tokens import VirtualPrefix, train_in_front

        count = trial.config.virtual_tokens
        module = VirtualPrefix(trial.model.module, count, trial.seed)
        names = [name for name, _ in module.named_parameters() if name.startswith(("keys.", "values."))]
        workload = PrefixWorkload(trial.model.shape, virtual_tokens=count)
        yield from train_in_front(trial, module, names, workload)
