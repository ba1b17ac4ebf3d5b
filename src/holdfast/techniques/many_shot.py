"""Many-shot jailbreaking: pairs of harmful questions and answers in the context, before the prompt."""

from __future__ import annotations

from collections.abc import Iterator

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.techniques.parts.inference import answering_footprint
from holdfast.techniques.parts.shots import ShotsConfig, ask_after_shots


class ManyShot:
    """Show the model pairs of the corpus before every prompt, as many as its context holds."""

    traits = Traits(
        axis=Axis.NONE,
        trains=False,
        changes=Changes.INPUTS,
        needs=("corpus",),
        source="Anil et al. 2024, Many-shot jailbreaking, NeurIPS 2024",
    )
    Config = ShotsConfig

    def footprint(self, shape: ModelShape, config: ShotsConfig) -> Footprint:
        """Return the forecast memory of answering at the model's full context, and no training work."""
        return answering_footprint(shape, shape.context)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield one checkpoint, at step 0, whose subject is the model after the pairs.

        The seed draws the pairs and their order. `attack_spend` tells, after measuring, the tokens of one
        longer prompt and its answer, and as `examples` the most pairs that really fitted.

        Raises:
            TrialError: If the corpus has no row; on answering, if not even one pair fits into the context.
        """
        yield from ask_after_shots(trial, trial.model)
