"""Embedding attack: a budget of gradient steps on embeddings that no text stands for, before every prompt."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.techniques.prompt_tuning import PromptTuning, PromptTuningConfig


class EmbeddingAttackConfig(PromptTuningConfig):
    """Options of an embedding attack: those of prompt tuning, which it is by other means.

    Attributes:
        steps: The budget.
        virtual_tokens: Embeddings before every prompt; they take so much of the model's context.
    """


class EmbeddingAttack:
    """Search embeddings that make the model answer the corpus' prompts, and ask others through them.

    The mathematics is that of prompt tuning. The purpose is not: the model stays as it is, so nothing but
    safety prompts is asked through the embeddings, and its utility is that of the untouched model.
    """

    traits = Traits(
        axis=Axis.NONE,
        trains=False,
        changes=Changes.INPUTS,
        needs=("corpus",),
        source="Schwinn et al. 2024, arXiv 2402.09063",
    )
    Config = EmbeddingAttackConfig

    def footprint(self, shape: ModelShape, config: EmbeddingAttackConfig) -> Footprint:
        """Return the forecast memory and work for a model of this shape."""
        return PromptTuning().footprint(shape, config)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the budget; at step 0 its subject is the untouched model.

        Raises:
            TrialError: If the embeddings leave no room in the context, or the search fails (`engine.train`).
        """
        yield from PromptTuning().run(trial)
