"""A task vector added to the weights: what tuning did to another copy of the model, done to this one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import Field, field_validator

from holdfast.domain import (
    Axis,
    Changes,
    Checkpoint,
    Footprint,
    ModelShape,
    Traits,
    TrialContext,
    TrialError,
)
from holdfast.techniques.parts.editing import EditSettings, OpenWeights, Work, edit_once

_FLOAT32 = 4


class TaskVectorConfig(EditSettings):
    """Options of adding a task vector.

    Attributes:
        scale: Factor of the vector, not 0; below 0 takes the task away.
    """

    scale: float = Field(default=1.0)

    @field_validator("scale")
    @classmethod
    def _does_something(cls, value: float) -> float:
        if value == 0.0:
            raise ValueError("a scale of 0 adds nothing")
        return value


class TaskVector:
    """Add scale * (tuned - untuned) to every weight, without any training."""

    traits = Traits(
        axis=Axis.NONE,
        trains=False,
        changes=Changes.WEIGHTS,
        needs=("models.tuned", "models.untuned"),
        mergeable=True,
        source="Ilharco et al. 2023, arXiv 2212.04089",
    )
    Config = TaskVectorConfig

    def footprint(self, shape: ModelShape, config: TaskVectorConfig) -> Footprint:
        """Return the forecast memory; the other two models are in memory beside this one."""
        whole = float(_FLOAT32 * shape.parameters)
        memory = {"weights": whole, "originals": whole, "tuned": whole, "untuned": whole}
        return Footprint(memory_bytes=memory, flops_per_token=0.0, trainable_parameters=0)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield the untouched model at step 0 and the edited one at step 1; afterwards it is as before.

        Raises:
            ModelError: If one of the two models cannot be loaded.
            TrialError: If the weights of the three models have not the same names and shapes.
            TrialError: If the two models are the same, so that there is no vector.
        """
        yield from edit_once(trial, lambda weights: _add(trial, weights))


def _add(trial: TrialContext, weights: OpenWeights) -> Work:
    """Add the vector to every weight in place, computed in float32."""
    own = dict(trial.model.module.named_parameters())
    tuned, untuned = (_weights(trial, role, own) for role in ("tuned", "untuned"))
    for name in own:
        vector = tuned[name].float() - untuned[name].float()
        if bool(vector.any()):
            weight = weights.open(name)
            weight.copy_(weight.float() + trial.config.scale * vector.to(weight.device))
    if not weights.changed():
        raise TrialError(
            "models.tuned and models.untuned hold the same weights: there is no task vector",
            next_step="give the model before tuning as models.untuned",
        )
    return Work(flops=3.0 * sum(weight.numel() for weight in own.values()))


def _weights(trial: TrialContext, role: str, own: dict[str, Any]) -> dict[str, Any]:
    """Return the weights of another model, in memory of the processor.

    Raises:
        TrialError: If they do not fit the trial's model, naming the first that does not.
    """
    from holdfast.models import load_model

    source = trial.models[role]
    found = dict(load_model(source).module.named_parameters())
    shapes, wanted = ({n: tuple(p.shape) for n, p in some.items()} for some in (found, own))
    differing = sorted(n for n in {*shapes, *wanted} if shapes.get(n) != wanted.get(n))
    if differing:
        first = differing[0]
        raise TrialError(
            f"models.{role} ({source.path or source.hub}) is of another architecture: {len(differing)} "
            f"weights differ in name or shape, the first is {first} ({_told(shapes, first)} there, "
            f"{_told(wanted, first)} in the model)",
            next_step=f"give a models.{role} that was made from the same base model",
        )
    return found


def _told(shapes: dict[str, tuple[int, ...]], name: str) -> str:
    return str(list(shapes[name])) if name in shapes else "none"
