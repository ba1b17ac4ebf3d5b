"""Training in rounds: actors take steps apart from each other, then what they learned is brought together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn

from holdfast.domain import Checkpoint, Example, TrialContext, TrialError
from holdfast.engine.checkpointing import recomputing
from holdfast.engine.loop import CorpusReader, book, training_identity
from holdfast.engine.objective import AnswerLikelihood
from holdfast.engine.settings import TrainSettings
from holdfast.engine.stepper import Stepper
from holdfast.engine.trajectory import Weights, follow
from holdfast.spend import Ledger

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Update:
    """What one actor sends at the end of a round.

    Attributes:
        actor: Who, counted from 0.
        tensors: The trained parameters after its steps, by name, on the model's device.
        rows: Rows of its shard.
    """

    actor: int
    tensors: Tensors
    rows: int


class Aggregation(Protocol):
    """How updates become the next round's weights."""

    def combine(self, shared: Tensors, updates: Sequence[Update]) -> Tensors:
        """Return the next weights by name.

        Args:
            shared: The weights that the round began with.
            updates: What the actors sent, in order of actors; at least one.
        """
        ...

    def tensors(self) -> Tensors:
        """Return what goes on from round to round (an outer optimiser's momentum), by name."""
        ...

    def restore(self, tensors: Tensors) -> None:
        """Go on from what `tensors` returned."""
        ...


@dataclass(frozen=True, slots=True)
class Cohort:
    """Who takes part, and how.

    Attributes:
        shards: Each actor's private rows; at least one actor, and one row each.
        local_steps: Optimiser steps that each actor takes a round.
        aggregation: How updates become the next weights.
        keeps_optimizer: Whether an actor's optimiser remembers from round to round; else it starts anew.
        present: Whether an actor sends its update in a round (0-based); None if all always do.
    """

    shards: tuple[tuple[Example, ...], ...]
    local_steps: int
    aggregation: Aggregation
    keeps_optimizer: bool = False
    present: Callable[[int, int], bool] | None = None


def train_rounds(
    trial: TrialContext,
    module: nn.Module,
    parameters: Mapping[str, nn.Parameter],
    settings: TrainSettings,
    ledger: Ledger,
    cohort: Cohort,
    *,
    weights: Weights | None = None,
) -> Iterator[Checkpoint]:
    """Train some parameters of a model by several actors; a step of the schedule is a round.

    In a round every actor starts from the shared weights and takes its steps on its own rows; the updates are
    combined, and the next round starts from the result. The ledger books each step to its actor, and the
    bytes of each update sent and of the weights sent back. An actor who is absent paid for its steps.

    Args:
        trial: Model, seed, schedule (in rounds) and hooks; `start` continues from a snapshot.
        module: The module to call.
        parameters: What is trained and shared, by name.
        settings: Optimiser, rate, batch, decay and clipping of every actor.
        ledger: Books every step; opened for as many actors as there are shards.
        cohort: Who takes part, and how.
        weights: What `Checkpoint.weights` is to return.

    Yields:
        A checkpoint at each round of the schedule (only later ones than `start`), valid until the next.

    Raises:
        TrialError: If there is no actor, an actor has no row, or nobody sends an update in a round.
        TrialError: As `train`.
    """
    if not parameters:
        raise TrialError("no parameter to train", next_step="check the technique's target modules")
    with recomputing(trial.model.module, settings.gradient_checkpointing):
        rounds = _Rounds(trial, module, parameters, settings, ledger, cohort)
        yield from follow(trial, module, rounds, ledger, weights)


class _Actor:
    """One actor's rows and steps."""

    def __init__(
        self,
        number: int,
        shard: tuple[Example, ...],
        trial: TrialContext,
        settings: TrainSettings,
        make: Callable[[AnswerLikelihood], Stepper],
    ) -> None:
        if not shard:
            raise TrialError(
                f"actor {number + 1} has no row to train on", next_step="fewer actors, or a larger corpus"
            )
        self.number, self.rows = number, len(shard)
        self.objective = AnswerLikelihood(trial, shard)
        self.reader = CorpusReader(list(shard), settings, trial.seed + number)
        self._make = make
        self.stepper = make(self.objective)

    def start_over(self) -> None:
        """Forget what the optimiser remembers."""
        self.stepper = self._make(self.objective)


class _Rounds:
    """A step is a round."""

    def __init__(
        self,
        trial: TrialContext,
        module: nn.Module,
        parameters: Mapping[str, nn.Parameter],
        settings: TrainSettings,
        ledger: Ledger,
        cohort: Cohort,
    ) -> None:
        if not cohort.shards:
            raise TrialError("0 actors train nothing", next_step="set actors to 1 or more")
        self.parameters = dict(parameters)
        self._device = next(iter(self.parameters.values())).device
        self._ledger, self._cohort = ledger, cohort

        def make(objective: AnswerLikelihood) -> Stepper:
            return Stepper(module, self.parameters, settings, objective, trial.hooks)

        self._actors = [_Actor(i, s, trial, settings, make) for i, s in enumerate(cohort.shards)]
        # Rows of different actors are different rows, whatever they say.
        self._first_row = [sum(len(s) for s in cohort.shards[:i]) for i in range(len(cohort.shards))]
        total = trial.schedule.total_steps
        self.identity = self._identity(settings, total)

    def _identity(self, settings: TrainSettings, total: int) -> dict[str, Any]:
        each = [training_identity(settings, a.reader, a.objective, total) for a in self._actors]
        shards = [[part["corpus"], part["batch_size"]] for part in each]
        return {**each[0], "corpus": shards, "local_steps": self._cohort.local_steps}

    def advance(self, number: int, wait: bool) -> float:
        """Take a round."""
        shared = self._now()
        updates, losses = [], []
        for actor in self._actors:
            self._load(shared)
            if not self._cohort.keeps_optimizer:
                actor.start_over()
            losses += [self._local(actor, number * self._cohort.local_steps + k) for k in self._steps]
            if self._cohort.present is None or self._cohort.present(actor.number, number):
                updates.append(Update(actor.number, self._now(), actor.rows))
                self._ledger.exchange(2 * sum(t.nbytes for t in shared.values()))
        if not updates:
            raise TrialError(
                f"no actor sent an update in round {number + 1}", next_step="lower the drop-out of actors"
            )
        begin = time.perf_counter()
        self._load(self._cohort.aggregation.combine(shared, updates))
        self._ledger.wait(max(0.0, time.perf_counter() - begin))
        if wait and self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        return sum(losses) / len(losses)

    @property
    def _steps(self) -> range:
        return range(self._cohort.local_steps)

    def _local(self, actor: _Actor, number: int) -> float:
        begin = time.perf_counter()
        report = actor.stepper.step(actor.reader.examples(number), number)
        seconds = max(0.0, time.perf_counter() - begin)
        first = self._first_row[actor.number]
        rows = [first + row for row in actor.reader.distinct(number)]
        book(self._ledger, report, rows, seconds, actor.number)
        return report.loss

    def _now(self) -> dict[str, torch.Tensor]:
        return {name: parameter.detach().clone() for name, parameter in self.parameters.items()}

    def _load(self, tensors: Tensors) -> None:
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(tensors[name])

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the actors' optimisers and the aggregation's state."""
        kept = {f"aggregation/{name}": value for name, value in self._cohort.aggregation.tensors().items()}
        if self._cohort.keeps_optimizer:
            for actor in self._actors:
                state = actor.stepper.tensors()
                kept |= {f"actor-{actor.number}/{name}": value for name, value in state.items()}
        return kept

    def restore(self, tensors: Tensors) -> None:
        """Go on from what `tensors` returned."""
        parts: dict[str, dict[str, torch.Tensor]] = {}
        for key, value in tensors.items():
            owner, _, name = key.partition("/")
            parts.setdefault(owner, {})[name] = value
        self._cohort.aggregation.restore(parts.get("aggregation", {}))
        for actor in self._actors:
            if state := parts.get(f"actor-{actor.number}"):
                actor.stepper.restore(state)
