"""Training in rounds: actors take steps apart from each other, then what they learned is brought together."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import nn

from holdfast.domain import Checkpoint, Example, TrialContext, TrialError
from holdfast.engine.actor import Actor, Turn, book_turn, own_settings, resting
from holdfast.engine.checkpointing import recomputing
from holdfast.engine.loop import training_identity
from holdfast.engine.settings import TrainSettings
from holdfast.engine.trajectory import Weights, follow
from holdfast.spend import Ledger

Tensors = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class Update:
    """What one actor sends at the end of a round.

    Attributes:
        actor: Who, counted from 0.
        tensors: The trained parameters after its steps, by name, in ordinary memory.
        rows: Rows it has, as it says.
    """

    actor: int
    tensors: Tensors
    rows: int


class Aggregation(Protocol):
    """How updates become the next round's weights."""

    def combine(self, number: int, shared: Tensors, updates: Sequence[Update]) -> Tensors:
        """Return the next weights by name.

        Args:
            number: 0-based number of the round.
            shared: The weights that the round began with, in ordinary memory.
            updates: What the actors sent, in order of actors; at least one.

        Raises:
            TrialError: If these updates cannot be combined.
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
        local_steps: Optimiser steps that each actor takes a round, at least 1.
        aggregation: How updates become the next weights.
        keeps_optimizer: Whether an actor's optimiser remembers from round to round; else it starts anew.
        present: Whether an actor (from 0) sends its update in a round (from 0); None if all always do.
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
    combined, and the next round starts from the result. The ledger books each step to its actor, the weights
    sent to it and the update it sends. An actor who is absent has died before it sent: its steps are paid,
    what it learned in the round is lost, and it is back in the next.

    Args:
        trial: Model, seed, schedule (in rounds) and hooks; `start` continues from a snapshot.
        module: The module to call.
        parameters: What is trained and shared, by name.
        settings: Optimiser, rate, batch, decay and clipping of every actor; its `steps` are rounds.
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
    if not cohort.shards:
        raise TrialError("0 actors train nothing", next_step="set actors to 1 or more")
    with recomputing(trial.model.module, settings.gradient_checkpointing):
        rounds = _Rounds(trial, module, parameters, settings, ledger, cohort)
        yield from follow(trial, module, rounds, ledger, weights)


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
        self.parameters = dict(parameters)
        self._module, self._ledger, self._cohort = module, ledger, cohort
        self._settings = own_settings(settings, cohort.local_steps)
        self._actors = [Actor(i, shard, trial) for i, shard in enumerate(cohort.shards)]
        self._memory: list[Tensors] = [{} for _ in self._actors]
        # Rows of different actors are different rows, whatever they say.
        self._first_row = [sum(len(s) for s in cohort.shards[:i]) for i in range(len(cohort.shards))]
        self.identity = self._identity(trial.schedule.total_steps)

    def _identity(self, rounds: int) -> dict[str, Any]:
        each = [
            training_identity(self._settings, a.reader(self._settings), a.objective, rounds)
            for a in self._actors
        ]
        shards = [[part["corpus"], part["batch_size"]] for part in each]
        return {**each[0], "corpus": shards, "local_steps": self._cohort.local_steps}

    def advance(self, number: int, wait: bool) -> float:
        """Take a round; copies to ordinary memory wait for the device anyway."""
        shared = resting(self.parameters)
        sent = sum(tensor.nbytes for tensor in shared.values())
        updates, losses = [], []
        for actor in self._actors:
            self._load(shared)
            turn = self._turn(actor, number)
            losses += [report.loss for report in turn.reports]
            self._ledger.exchange(sent)
            if self._cohort.present is None or self._cohort.present(actor.number, number):
                if self._cohort.keeps_optimizer:
                    self._memory[actor.number] = turn.memory
                updates.append(Update(actor.number, turn.tensors, len(actor.rows)))
                self._ledger.exchange(sent)
        if not updates:
            raise TrialError(
                f"none of {len(self._actors)} actors sent an update in round {number + 1}",
                next_step="lower the share of actors who drop out, or take more actors",
            )
        begin = time.perf_counter()
        self._load(self._cohort.aggregation.combine(number, shared, updates))
        self._ledger.wait(max(0.0, time.perf_counter() - begin))
        return sum(losses) / len(losses)

    def _turn(self, actor: Actor, number: int) -> Turn:
        each, memory = self._cohort.local_steps, self._memory[actor.number]
        steps = range(number * each, (number + 1) * each)
        turn = actor.turn(self._module, self.parameters, self._settings, steps, memory)
        book_turn(self._ledger, turn, actor.number, self._first_row[actor.number])
        return turn

    def _load(self, tensors: Tensors) -> None:
        with torch.no_grad():
            for name, parameter in self.parameters.items():
                parameter.copy_(tensors[name])

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return what the actors' optimisers and the aggregation remember."""
        kept = {f"aggregation/{name}": value for name, value in self._cohort.aggregation.tensors().items()}
        for number, memory in enumerate(self._memory):
            kept |= {f"{number}/{name}": value for name, value in memory.items()}
        return kept

    def restore(self, tensors: Tensors) -> None:
        """Go on from what `tensors` returned."""
        parts: dict[str, dict[str, torch.Tensor]] = {}
        for key, value in tensors.items():
            owner, _, name = key.partition("/")
            parts.setdefault(owner, {})[name] = value
        self._cohort.aggregation.restore(parts.pop("aggregation", {}))
        for number, memory in parts.items():
            self._memory[int(number)] = memory
