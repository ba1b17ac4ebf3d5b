"""DiLoCo: actors train long apart, and an outer optimiser follows their mean (arXiv 2311.08105)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.techniques.parts.shared import HARMFUL, SharedConfig, train_shared


class DilocoConfig(SharedConfig):
    """Options of DiLoCo: rounds are long and few, 500 steps each in the paper.

    Attributes:
        outer_learning_rate: What the outer step is multiplied by.
        outer_momentum: Nesterov momentum of the outer step, in [0, 1).
    """

    local_steps: int = Field(default=50, ge=1)
    outer_learning_rate: float = Field(default=0.7, gt=0.0)
    outer_momentum: float = Field(default=0.9, ge=0.0, lt=1.0)


class Diloco:
    """Train by actors who meet rarely: their mean change is a step of an outer optimiser with momentum."""

    traits = Traits(
        axis=Axis.SHARED,
        trains=True,
        changes=Changes.WEIGHTS,
        accepts=(f"corpora.{HARMFUL}",),
        actors=2,
        mergeable=True,
        source="Douillard et al. 2023, arXiv 2311.08105",
    )
    Config = DilocoConfig

    def footprint(self, shape: ModelShape, config: DilocoConfig) -> Footprint:
        """Return the forecast memory of one actor, and the work a token."""
        return config.footprint(shape)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each round; each actor's inner optimiser remembers from round to round.

        Raises:
            TrialError: If the rows cannot be dealt, nobody sends an update, or training fails
                (`shared.train_shared`).
        """
        from holdfast.techniques.parts.aggregation import OuterMomentum

        config: DilocoConfig = trial.config
        outer = OuterMomentum(config.outer_learning_rate, config.outer_momentum)
        yield from train_shared(trial, outer, keeps_optimizer=True)
