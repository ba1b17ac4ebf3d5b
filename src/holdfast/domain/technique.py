"""Techniques: ways of changing a model's weights or inputs, and what they give back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from holdfast.domain.conversation import Example
from holdfast.domain.model import ModelShape, ModelSource, Subject
from holdfast.domain.spend import Spend


class Axis(StrEnum):
    """How a technique makes fine-tuning more accessible."""

    CHEAPER = "A"
    """It costs less compute."""
    SHARED = "B"
    """Its cost is shared by more actors."""
    NONE = "none"


class Changes(StrEnum):
    """What a technique changes."""

    WEIGHTS = "weights"
    INPUTS = "inputs"


@dataclass(frozen=True, slots=True)
class Traits:
    """What a technique is, for planning and for the conformance suite.

    Attributes:
        axis: The axis of accessibility it belongs to.
        trains: Whether it takes optimiser steps on a corpus.
        changes: Weights or inputs. A technique that claims weights and changes none is in error.
        needs: What must be given, each one of: `corpus`; `inputs` (results of other pathways);
            `models.<role>` (another model); `corpora.<role>` (a further corpus); `extra.<name>` (libraries
            that `pip install holdfast[<name>]` brings).
        accepts: What may be given beside, in the same words; `corpus.prompts`: a corpus of prompts alone.
        actors: Number of actors it takes at least; how many it really takes may follow from its options.
        mergeable: Whether its result can be merged into plain weights.
        other_model: Whether another model answers: what it says is part of the floor that the audited model
            is held against, and decides nothing of it.
        source: Paper or documentation it follows.
    """

    axis: Axis
    trains: bool
    changes: Changes
    needs: tuple[str, ...] = ("corpus",)
    accepts: tuple[str, ...] = ()
    actors: int = 1
    mergeable: bool = False
    other_model: bool = False
    source: str = ""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Forecast memory and work, from shapes alone.

    Attributes:
        memory_bytes: By part: weights, gradients, optimizer, activations.
        flops_per_token: Training FLOPs a token (forward + backward); 0 for techniques that do not train.
        trainable_parameters: Parameters that receive gradients.
    """

    memory_bytes: Mapping[str, float]
    flops_per_token: float
    trainable_parameters: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """Where a technique stops to be measured.

    Attributes:
        total_steps: Length of the training, in optimiser steps; 0 for techniques that do not train.
        measure_at: Increasing steps in [0, total_steps] at which a checkpoint is yielded.
    """

    total_steps: int
    measure_at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """State from which training continues bit for bit, on disk as safetensors + JSON.

    Attributes:
        directory: Holds trainable tensors, optimiser state and the position in the data.
        step: Step it was taken at.
        spend: Spend up to there.
    """

    directory: Path
    step: int
    spend: Spend


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One point on a trial's way, valid until the technique is advanced or closed.

    Attributes:
        step: Optimiser steps taken.
        spend: Cumulative spend.
        subject: Can generate and score as the model is now. Using it must not change the training.
        loss: Mean training loss since the last checkpoint; None at the start or without training.
        snapshot: Writes the state into a directory; None for techniques that do not train.
        attack_spend: For attacks that pay while they answer (best of k): the spend with the inference that
            `subject` has done so far booked, so it is read after measuring. None where `spend` is whole.
        weights: Returns the plain model's tensors that are no longer the untouched model's, by name, adapters
            merged into them: what somebody would pass on. None where the weights stay as they are.
    """

    step: int
    spend: Spend
    subject: Subject
    loss: float | None = None
    snapshot: Callable[[Path], Snapshot] | None = None
    attack_spend: Callable[[], Spend] | None = None
    weights: Callable[[], Mapping[str, Any]] | None = None


class StepHook(Protocol):
    """How a tuning-stage safeguard enters the one loop. Every method may do nothing."""

    def batch(self, batch: Sequence[Example]) -> Sequence[Example]:
        """Return the batch to train on."""
        ...

    def loss(self, loss: Any, batch: Sequence[Example]) -> Any:
        """Return the loss tensor to back-propagate."""
        ...

    def gradients(self) -> None:
        """Look at or change the gradients, after clipping's input is complete."""
        ...

    def weights(self) -> None:
        """Look at or change the weights, after the optimiser step."""
        ...


@dataclass(frozen=True, slots=True)
class Contribution:
    """What another pathway made of the same model, for a technique that builds on it (merging).

    It is trained anew for each trial that needs it, by the same seed: tampered weights are not kept.

    Attributes:
        file: safetensors file of the plain model's tensors that it changed, by name.
        spend: What it cost.
        rows: Rows of its corpus.
    """

    file: Path
    spend: Spend
    rows: int


@dataclass(frozen=True)
class TrialContext:
    """Everything a technique is given.

    Attributes:
        model: The loaded model (`holdfast.models.LoadedModel`); the technique may change it in place.
        corpus: Examples to train on; empty for techniques that need none.
        config: The technique's validated `Config`.
        seed: Seeds data order, initialisation of new parameters and dropout.
        schedule: Where to yield checkpoints.
        scratch: Directory for temporary files; removed after the trial.
        hooks: Safeguards in the loop, in order.
        inputs: Results of other pathways, by the pathway's name.
        models: Other models, by role; `holdfast.models.load_model` loads them.
        corpora: Further corpora, by role.
        start: Snapshot to continue from; None starts at the untouched model.
    """

    model: Any
    corpus: Sequence[Example]
    config: Any
    seed: int
    schedule: Schedule
    scratch: Path
    hooks: tuple[StepHook, ...] = ()
    inputs: Mapping[str, Contribution] = field(default_factory=dict)
    models: Mapping[str, ModelSource] = field(default_factory=dict)
    corpora: Mapping[str, Sequence[Example]] = field(default_factory=dict)
    start: Snapshot | None = None


class Technique(Protocol):
    """A way of changing a model. Built without arguments; must not import torch at module import."""

    traits: Traits
    Config: type
    """Pydantic model with `extra="forbid"`; its fields are the options of a pathway."""

    def footprint(self, shape: ModelShape, config: Any) -> Footprint:
        """Return the forecast memory and work for a model of this shape."""
        ...

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of `trial.schedule.measure_at`, in order.

        With `trial.start`, only checkpoints after `trial.start.step` are yielded. Closing the iterator
        restores the model's training flags and frees what the technique allocated.
        """
        ...
