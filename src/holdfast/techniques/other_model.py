"""A comparable public model: what the same prompts already get elsewhere (marginal risk)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Spend, Traits, TrialContext
from holdfast.techniques.parts.inference import answering_footprint


class OtherModelConfig(BaseModel):
    """Asking another model has no options."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @property
    def deterministic(self) -> bool:
        """Whether greedy decoding leaves nothing to the seed, so that one seed says all there is."""
        return True


class OtherModel:
    """Ask a comparable public model the same prompts, plainly."""

    traits = Traits(
        axis=Axis.NONE,
        trains=False,
        changes=Changes.INPUTS,
        needs=("models.peer",),
        other_model=True,
        source="Kapoor et al. 2024, arXiv 2403.07918",
    )
    Config = OtherModelConfig

    def footprint(self, shape: ModelShape, config: OtherModelConfig) -> Footprint:
        """Return the forecast memory of answering, the other model taken to be as large as this one."""
        return answering_footprint(shape, others=1)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield one checkpoint, at step 0, whose subject is the other model; nothing is spent.

        Raises:
            ModelError: If the other model cannot be loaded.
        """
        from holdfast.models import load_model

        if 0 not in trial.schedule.measure_at or trial.start is not None:
            return
        peer = load_model(trial.models["peer"], device=trial.model.device)
        yield Checkpoint(step=0, spend=Spend(), subject=peer)
