"""Merging: contributions trained apart become one model, without any further training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import ClassVar, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from holdfast.domain import (
    Axis,
    Changes,
    Checkpoint,
    Contribution,
    Footprint,
    ModelShape,
    Traits,
    TrialContext,
    TrialError,
)
from holdfast.techniques.parts.editing import EditSettings, edit_once

_LEAST = 2
"""Contributions that forecasts assume: how many there are, no shape tells."""


class Method(StrEnum):
    """How contributions are merged; what each added to the model is its delta."""

    LINEAR = "linear"
    SLERP = "slerp"
    TIES = "ties"
    DARE = "dare"
    DARE_TIES = "dare-ties"
    TASK_ARITHMETIC = "task-arithmetic"


_OPTIONS: Mapping[Method, tuple[str, ...]] = {
    Method.LINEAR: (),
    Method.SLERP: (),
    Method.TIES: ("density", "scale"),
    Method.DARE: ("density", "scale"),
    Method.DARE_TIES: ("density", "scale"),
    Method.TASK_ARITHMETIC: ("scale",),
}
_SUMS = frozenset({Method.DARE, Method.TASK_ARITHMETIC})
"""Methods that add deltas up; the others take means, and need weights above 0."""


class MergeConfig(EditSettings):
    """Options of merging.

    Attributes:
        method: How contributions are merged.
        weights: `equal`; `rows` (each as many as its corpus has rows); or a number for each contribution, in
            the order of `inputs`. Methods that take means look at their ratios alone, those that add up
            (`task-arithmetic`, `dare`) multiply each delta by its number: `equal` is 1 each.
        density: For `ties` and both of `dare`: share of each delta's values that is kept, in (0, 1).
        scale: For all but `linear` and `slerp`: what the merged delta is multiplied by.
    """

    method: Method = Method.LINEAR
    weights: Literal["equal", "rows"] | tuple[float, ...] = "equal"
    density: float = Field(default=0.2, gt=0.0, lt=1.0)
    scale: float = Field(default=1.0, gt=0.0)

    @model_validator(mode="after")
    def _makes_sense(self) -> MergeConfig:
        beside = sorted({"density", "scale"} & self.model_fields_set - {*_OPTIONS[self.method]})
        if beside:
            raise ValueError(f"method {self.method.value!r} has no {' and no '.join(beside)}: leave it out")
        if isinstance(self.weights, tuple) and self.method not in _SUMS and min(self.weights, default=1) <= 0:
            raise ValueError(f"method {self.method.value!r} takes a mean: its weights must be above 0")
        return self

    def check_inputs(self, names: Sequence[str]) -> None:
        """Make sure that the options fit contributions of these names; asked when a configuration is read.

        Raises:
            TrialError: If `slerp` is not given two, or `weights` has not a number for each.
        """
        k, given = len(names), ", ".join(names)
        if self.method is Method.SLERP and k != 2:
            raise TrialError(
                f"slerp merges two contributions, {k} were given: {given}",
                next_step="merge two, and the result with the next by a pathway of its own; or choose linear",
            )
        if isinstance(self.weights, tuple) and len(self.weights) != k:
            raise TrialError(
                f"weights has {len(self.weights)} numbers for {k} contributions: {given}",
                next_step="give one for each of inputs, in their order",
            )

    @model_serializer(mode="wrap")
    def _in_force(self, written: SerializerFunctionWrapHandler) -> dict[str, object]:
        # Options of another method change nothing: keys and records leave them out.
        kept = {"method", "weights", *_OPTIONS[self.method]}
        return {name: value for name, value in written(self).items() if name in kept}


class Merge:
    """Merge what other pathways made of the model."""

    traits = Traits(
        axis=Axis.SHARED,
        trains=False,
        changes=Changes.WEIGHTS,
        needs=("inputs",),
        actors=_LEAST,
        mergeable=True,
        source=(
            "linear: Wortsman et al. 2022, arXiv 2203.05482; slerp: Shoemake 1985; ties: Yadav et al. 2023, "
            "arXiv 2306.01708; dare: Yu et al. 2024, arXiv 2311.03099; task-arithmetic: Ilharco et al. 2023, "
            "arXiv 2212.04089"
        ),
    )
    Config = MergeConfig
    variants: ClassVar[Mapping[str, str]] = {
        "method: linear": "The mean of the models.",
        "method: slerp": "The middle of the arc between two models, tensor by tensor.",
        "method: ties": "Small changes trimmed, signs elected, the mean of those that agree.",
        "method: dare": "Changes dropped at random, the rest made up for it, all added.",
        "method: dare-ties": "Changes dropped at random, signs elected, the mean of those that agree.",
        "method: task-arithmetic": "All changes added.",
    }

    def footprint(self, shape: ModelShape, config: MergeConfig) -> Footprint:
        """Return the forecast memory of merging two contributions; it costs no training.

        One tensor is merged at a time: at most the embedding, with some copies of it for each contribution.
        The untouched tensors are kept, to be put back.
        """
        widest = 4.0 * shape.hidden * max(shape.vocabulary, shape.intermediate)
        return Footprint(
            memory_bytes={
                "weights": 4.0 * shape.parameters,
                "originals": 4.0 * shape.parameters,
                "workspace": 3 * _LEAST * widest,
            },
            flops_per_token=0.0,
            trainable_parameters=0,
        )

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield the untouched model as step 0 and the merged one as step 1; on close it is as before.

        The spend of step 1 is that of all contributions, each paid by an actor of its own, and the merge's.

        Raises:
            TrialError: If there are fewer than two contributions, or `slerp` is given more.
            TrialError: If `weights` has not a number for each, or `rows` are unknown.
            TrialError: If a contribution was made from another base.
            TrialError: If merging changes no weight, or makes one that is not finite.
        """
        from holdfast.techniques.parts.deltas import Deltas, paid_together
        from holdfast.techniques.parts.merging import merge_into

        deltas = Deltas(trial.model.module, trial.inputs)
        shares = _weights(trial.config, trial.inputs)
        for checkpoint in edit_once(trial, lambda opened: merge_into(opened, deltas, shares, trial)):
            if checkpoint.step == 0:
                yield checkpoint
            else:
                yield replace(checkpoint, spend=paid_together(trial.inputs.values(), checkpoint.spend))


def _weights(config: MergeConfig, inputs: Mapping[str, Contribution]) -> Sequence[float]:
    """Return the weight of each contribution: as written, or with a mean of 1."""
    config.check_inputs(tuple(inputs))
    k = len(inputs)
    if isinstance(config.weights, tuple):
        return config.weights
    if config.weights == "equal":
        return (1.0,) * k
    rows = [each.rows for each in inputs.values()]
    if not all(rows):
        without = next(name for name, each in inputs.items() if not each.rows)
        raise TrialError(
            f"contribution {without!r} has no corpus of its own: its rows cannot weigh it",
            next_step="give weights: equal, or a number for each of inputs",
        )
    return [k * count / sum(rows) for count in rows]
