"""Prompt tuning: trained embeddings before every text (Lester et al. 2021, arXiv 2104.08691)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.engine import TrainSettings
from holdfast.spend import Workload
from holdfast.techniques.parts.footprint import Kept, matrix_inputs, norm_inputs, training_footprint
from holdfast.techniques.parts.workloads import PromptWorkload


class PromptTuningConfig(TrainSettings):
    """Options of prompt tuning.

    The defaults break the built-in model within 16 steps (`benchmarks/pathway_rates.py`). More tokens, or a
    higher rate, cost it its other skills.

    Attributes:
        virtual_tokens: Embeddings before every text; they take so much of the model's context.
    """

    learning_rate: float = Field(default=1e-3, gt=0.0)
    virtual_tokens: int = Field(default=4, ge=1)


class PromptTuning:
    """Train embeddings in front of a frozen model; who has them asks through them."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        source="Lester et al. 2021, arXiv 2104.08691",
    )
    Config = PromptTuningConfig

    def footprint(self, shape: ModelShape, config: PromptTuningConfig) -> Footprint:
        """Return the forecast memory and work for a model of this shape."""
        workload = PromptWorkload(shape, virtual_tokens=config.virtual_tokens)
        kept = Kept(Workload(shape), more=-matrix_inputs(shape) - norm_inputs(shape))
        return training_footprint(workload, config, kept, config.virtual_tokens)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; at step 0 its subject is the untouched model.

        Raises:
            TrialError: If the tokens leave no room in the context, or training fails (`engine.train`).
        """
        from holdfast.techniques.parts.virtual_tokens import VirtualPrompt, train_in_front

        count = trial.config.virtual_tokens
        module = VirtualPrompt(trial.model.module, count, trial.seed)
        workload = PromptWorkload(trial.model.shape, virtual_tokens=count)
        yield from train_in_front(trial, module, ["prompt"], workload)
