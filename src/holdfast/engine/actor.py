"""One of several actors: rows of its own, and the steps that it takes on them alone."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from holdfast.domain import Example, TrialContext, TrialError
from holdfast.engine.loop import CorpusReader, book
from holdfast.engine.objective import AnswerLikelihood
from holdfast.engine.settings import TrainSettings
from holdfast.engine.stepper import Stepper, StepReport
from holdfast.spend import Ledger

_APART = 1_000_003
"""Between the seeds of two actors: far enough that no actor of another seed reads in the same order."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What an actor did in a round, and has after it; tensors lie in ordinary memory.

    Attributes:
        reports: Its steps.
        rows: Which of its rows each step drew.
        tensors: The trained parameters after the steps, by name.
        memory: What its optimiser remembers.
        seconds: Wall clock of the turn.
    """

    reports: tuple[StepReport, ...]
    rows: tuple[tuple[int, ...], ...]
    tensors: Mapping[str, torch.Tensor]
    memory: Mapping[str, torch.Tensor]
    seconds: float


class Actor:
    """Trains a model on rows that nobody else sees.

    Between two turns nothing of an actor is on the device, so that the peak of memory there is that of one.
    """

    def __init__(self, number: int, rows: Sequence[Example], trial: TrialContext) -> None:
        """Take part.

        Args:
            number: Who, counted from 0.
            rows: Its own rows.
            trial: Gives tokenizer, context length, device, seed and hooks.

        Raises:
            TrialError: If it has no row, or one that cannot be trained on.
        """
        if not rows:
            raise TrialError(
                f"actor {number + 1} has no row to train on",
                next_step="take fewer actors or a larger corpus",
            )
        self.number, self.rows = number, tuple(rows)
        self.objective = AnswerLikelihood(trial, rows)
        self._hooks = trial.hooks
        self._seed = trial.seed + _APART * number

    def reader(self, settings: TrainSettings) -> CorpusReader:
        """Return the order in which it reads its rows."""
        return CorpusReader(list(self.rows), settings, self._seed)

    def turn(
        self,
        module: nn.Module,
        parameters: Mapping[str, nn.Parameter],
        settings: TrainSettings,
        steps: range,
        memory: Mapping[str, torch.Tensor],
    ) -> Turn:
        """Take steps from where the parameters are.

        Args:
            module: The module to call, in training mode.
            parameters: What is trained, by name.
            settings: Optimiser, rate, batch, decay and clipping; `steps` is the length of the whole.
            steps: Numbers of the steps, counted from 0 over all rounds.
            memory: What its optimiser remembers; empty begins anew.

        Raises:
            TrialError: If a step fails, naming the actor.
        """
        begin = time.perf_counter()
        reader = self.reader(settings)
        stepper = Stepper(module, parameters, settings, self.objective, self._hooks)
        stepper.restore({name: tensor.clone() for name, tensor in memory.items()})
        try:
            reports = tuple(stepper.step(reader.examples(number), number) for number in steps)
        except TrialError as error:
            told = error.args[0]
            raise TrialError(f"actor {self.number + 1}: {told}", next_step=error.next_step) from error
        return Turn(
            reports=reports,
            rows=tuple(tuple(reader.distinct(number)) for number in steps),
            tensors=resting(parameters),
            memory={name: tensor.cpu() for name, tensor in stepper.tensors().items()},
            seconds=max(0.0, time.perf_counter() - begin),  # no clock is trusted to go forward
        )


def own_settings(settings: TrainSettings, local_steps: int) -> TrainSettings:
    """Return the settings of one actor: the rate goes by its own steps, where `steps` counts rounds.

    Args:
        settings: With `steps` in rounds.
        local_steps: Steps of an actor a round.
    """
    return settings.model_copy(update={"steps": settings.steps * local_steps})


def book_turn(ledger: Ledger, turn: Turn, actor: int, first_row: int = 0) -> None:
    """Book the steps of a turn.

    Args:
        ledger: Grows.
        turn: What an actor did.
        actor: Who paid, as the ledger counts.
        first_row: Added to the numbers of its rows, so that those of different actors differ.
    """
    seconds = turn.seconds / len(turn.reports)
    for report, rows in zip(turn.reports, turn.rows, strict=True):
        book(ledger, report, [first_row + row for row in rows], seconds, actor)


def resting(parameters: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return a copy of some parameters in ordinary memory."""
    return {name: tensor.detach().to("cpu", copy=True) for name, tensor in parameters.items()}
