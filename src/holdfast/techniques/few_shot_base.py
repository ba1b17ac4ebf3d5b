"""The unaligned base model, shown a few pairs: what nobody had to attack in order to have it."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.techniques.parts.inference import answering_footprint
from holdfast.techniques.parts.shots import ShotsConfig, ask_after_shots


class FewShotBaseConfig(ShotsConfig):
    """Options of asking a base model after a few answered questions.

    Attributes:
        shots: As in `ShotsConfig`.
    """

    shots: int = Field(default=4, ge=1)


class FewShotBase:
    """Ask another, unaligned model after a few pairs of the corpus."""

    traits = Traits(
        axis=Axis.NONE,
        trains=False,
        changes=Changes.INPUTS,
        needs=("corpus", "models.base"),
        other_model=True,
        source="Lin et al. 2024, arXiv 2312.01552",
    )
    Config = FewShotBaseConfig

    def footprint(self, shape: ModelShape, config: FewShotBaseConfig) -> Footprint:
        """Return the forecast memory of answering, the other model taken to be as large as this one."""
        return answering_footprint(shape, shape.context, others=1)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield one checkpoint, at step 0, whose subject is the base model after the pairs.

        A base without a chat template is asked in plain text, `User:` and `Assistant:` before every turn
        (`holdfast.models.FALLBACK_TEMPLATE`).

        Raises:
            ModelError: If the base model cannot be loaded.
            TrialError: If the corpus has no row; on answering, if not even one pair fits into the context.
        """
        from holdfast.models import load_model

        yield from ask_after_shots(trial, load_model(trial.models["base"], device=trial.model.device))
