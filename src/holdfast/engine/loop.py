"""The one step loop. Techniques prepare parameters and call `train`; safeguards enter through hooks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import nn

from holdfast.domain import Checkpoint, Example, TrialContext, TrialError
from holdfast.engine.checkpointing import recomputing
from holdfast.engine.objective import AnswerLikelihood, Objective
from holdfast.engine.order import DataOrder
from holdfast.engine.settings import TrainSettings
from holdfast.engine.stepper import Active, Stepper, StepReport
from holdfast.engine.trajectory import Weights, follow
from holdfast.spend import Ledger


def train(
    trial: TrialContext,
    module: nn.Module,
    parameters: Mapping[str, nn.Parameter],
    settings: TrainSettings,
    ledger: Ledger,
    *,
    objective: Objective | None = None,
    active: Active | None = None,
    weights: Weights | None = None,
) -> Iterator[Checkpoint]:
    """Train some parameters of a model, stopping to be measured where the schedule says.

    A step calls every hook's `batch` before the forward pass, `loss` before the backward pass, `gradients`
    before clipping and `weights` after the optimiser. Whatever happens while a checkpoint is out (sampling,
    switching modes) leaves the training as it was. The training ends at the last step to be measured.

    Args:
        trial: Model, corpus, seed, schedule and hooks; `start` continues from a snapshot.
        module: The module to call: `trial.model.module`, or something wrapped around it.
        parameters: What is trained, by name; all on the model's device.
        settings: Optimiser, rate, batch, decay and clipping. The schedule sets the length.
        ledger: Books every step; restored from the snapshot if the trial continues from one.
        objective: What is minimised; None for the cross-entropy of the corpus' answers.
        active: Which of the parameters a step trains; None for all.
        weights: What `Checkpoint.weights` is to return; None where there is nothing to pass on.

    Yields:
        A checkpoint at each step of the schedule (only later ones than `start`), valid until the next.

    Raises:
        TrialError: If nothing can be trained, the schedule makes no sense, or a row cannot be trained on.
        TrialError: If the loss, the gradient or a weight stops being finite.
        TrialError: If a step changes no weight, or measuring changed one.
        TrialError: If the snapshot to continue from is damaged or of another training.
    """
    if not parameters:
        raise TrialError("no parameter to train", next_step="check the technique's target modules")
    objective = objective if objective is not None else AnswerLikelihood(trial)
    stepper = Stepper(module, parameters, settings, objective, trial.hooks, active)
    stepping = _SingleActor(trial, parameters, settings, stepper, objective, ledger)
    with recomputing(trial.model.module, settings.gradient_checkpointing):
        yield from follow(trial, module, stepping, ledger, weights)


class CorpusReader:
    """Which rows of a corpus a step trains on, and how they are booked."""

    def __init__(self, corpus: list[Example], settings: TrainSettings, seed: int) -> None:
        """Lay out the order.

        Raises:
            TrialError: If the corpus has no row.
        """
        self._corpus = corpus
        self._order = DataOrder(len(corpus), settings.rows_per_step(max(len(corpus), 1)), seed)
        first_seen: dict[object, int] = {}
        self._distinct = [first_seen.setdefault(example, number) for number, example in enumerate(corpus)]

    @property
    def batch_size(self) -> int:
        """Rows a step."""
        return self._order.batch_size

    def examples(self, number: int) -> list[Example]:
        """Return the examples of a step (0-based)."""
        return [self._corpus[row] for row in self._order.batch(number)]

    def distinct(self, number: int) -> list[int]:
        """Return the rows of a step, repeated rows as the first of their kind."""
        return [self._distinct[row] for row in self._order.batch(number)]


def book(
    ledger: Ledger, report: StepReport, rows: list[int], seconds: float, actor: int | None = None
) -> None:
    """Book one step and the inference that belongs to it."""
    ledger.step(rows, report.lengths, seconds, actor)
    for read in report.inference:
        ledger.inference(read.prompt_tokens, read.new_tokens)


def training_identity(
    settings: TrainSettings, reader: CorpusReader, objective: Objective, total_steps: int
) -> dict[str, Any]:
    """Return what must be the same for a continuation to be the same training.

    Args:
        settings: All options; the number of steps counts only where the rate depends on it.
        reader: Gives the batch in force.
        objective: Gives the data's digest.
        total_steps: Length of the schedule.
    """
    options = settings.model_dump(mode="json", exclude={"steps", "batch_size"})
    return {
        "technique": type(settings).__name__,
        "objective": type(objective).__name__,
        "options": options,
        "batch_size": reader.batch_size,
        "corpus": objective.digest,
        "length": None if settings.constant_rate else total_steps,
    }


class _SingleActor:
    """One actor, one corpus, one optimiser: every step is a step."""

    def __init__(
        self,
        trial: TrialContext,
        parameters: Mapping[str, nn.Parameter],
        settings: TrainSettings,
        stepper: Stepper,
        objective: Objective,
        ledger: Ledger,
    ) -> None:
        self.parameters = dict(parameters)
        self._device = next(iter(self.parameters.values())).device
        self._reader = CorpusReader(list(trial.corpus), settings, trial.seed)
        self._stepper, self._ledger = stepper, ledger
        self.identity = training_identity(settings, self._reader, objective, trial.schedule.total_steps)
        self.tensors, self.restore = stepper.tensors, stepper.restore

    def advance(self, number: int, wait: bool) -> float:
        begin = time.perf_counter()
        report = self._stepper.step(self._reader.examples(number), number)
        if wait and self._device.type == "cuda":
            torch.cuda.synchronize(self._device)
        seconds = max(0.0, time.perf_counter() - begin)  # no clock is trusted to go forward
        book(self._ledger, report, self._reader.distinct(number), seconds)
        return report.loss
