"""The way of a training: it stops where the schedule says, is looked at, and goes on as if it was not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import nn

from holdfast.domain import Checkpoint, Snapshot, TrialContext, TrialError
from holdfast.engine.checks import checksums, require_change, require_finite, require_schedule
from holdfast.engine.flags import ModelFlags
from holdfast.engine.meter import peak_memory, reset_peak_memory
from holdfast.engine.randomness import RandomStream
from holdfast.engine.snapshots import (
    TrainingState,
    check_identity,
    load_weights,
    read_snapshot,
    write_snapshot,
)
from holdfast.spend import Ledger

Weights = Callable[[], Mapping[str, torch.Tensor]]
"""Returns the plain model's tensors that changed, by name."""


class Stepping(Protocol):
    """What moves a training on by one step of its schedule."""

    @property
    def parameters(self) -> Mapping[str, nn.Parameter]:
        """What is trained, by name; never empty, all on one device."""
        ...

    @property
    def identity(self) -> Mapping[str, Any]:
        """What must be the same for a continuation to be the same training."""
        ...

    def advance(self, number: int, wait: bool) -> float:
        """Take a step, book it, and return its loss.

        Args:
            number: 0-based number of the step.
            wait: Whether the device must be done when this returns.
        """
        ...

    def tensors(self) -> Mapping[str, torch.Tensor]:
        """Return what goes on from step to step beside the weights, by name."""
        ...

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Go on from what `tensors` returned."""
        ...


def follow(
    trial: TrialContext, module: nn.Module, stepping: Stepping, ledger: Ledger, weights: Weights | None = None
) -> Iterator[Checkpoint]:
    """Yield a checkpoint at each step of the schedule.

    Whatever happens while a checkpoint is out (sampling, switching modes) leaves the training as it was. The
    training ends at the last step to be measured. Only the trained parameters want gradients on the way; all
    flags are put back at the end.

    Args:
        trial: Model, seed and schedule; `start` continues from a snapshot.
        module: The module to measure: `trial.model.module`, or something wrapped around it.
        stepping: What moves the training on.
        ledger: Books every step; restored from the snapshot if the trial continues from one.
        weights: What `Checkpoint.weights` is to return; None where there is nothing to pass on.

    Yields:
        A checkpoint at each step of the schedule (only later ones than `start`), valid until the next.

    Raises:
        TrialError: If the schedule makes no sense, or a weight stops being finite.
        TrialError: If a step changes no weight, or measuring changed one.
        TrialError: If the snapshot to continue from is damaged or of another training.
    """
    flags = ModelFlags.of(module)
    try:
        yield from _Trajectory(trial, module, stepping, ledger, weights).run()
    finally:
        flags.restore()


class _Trajectory:
    """State of one training. Dropped as a whole (optimisers, batches) when the generator ends."""

    def __init__(
        self,
        trial: TrialContext,
        module: nn.Module,
        stepping: Stepping,
        ledger: Ledger,
        weights: Weights | None,
    ) -> None:
        require_schedule(trial.schedule)
        self.trial, self.module, self.stepping, self.ledger = trial, module, stepping, ledger
        self.weights = weights
        self.tensors = list(stepping.parameters.values())
        self.device = self.tensors[0].device
        self.subject = trial.model if module is trial.model.module else trial.model.with_module(module)
        self._only_these_want_gradients()
        reset_peak_memory(self.device)
        self.random = RandomStream(trial.seed, self.device)
        self.step = 0
        self.losses: list[float] = []
        if trial.start is not None:
            self._restore(trial.start)

    def run(self) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule after the one started from."""
        start = self.step
        untouched = checksums(self.tensors)
        for goal in self.trial.schedule.measure_at:
            if self.trial.start is not None and goal <= start:
                continue
            self._advance(goal)
            sums = checksums(self.tensors)
            if self.step > start:
                require_finite(self.stepping.parameters, self.step)
                require_change(untouched, sums, self.step)
            self.ledger.memory(peak_memory(self.device))
            self.module.eval()
            yield self._checkpoint()
            if checksums(self.tensors) != sums:
                raise TrialError(
                    f"measuring at step {self.step} changed the weights it measured",
                    next_step="what is done with a checkpoint's subject must leave the model as it is",
                )
        self.step = -1  # no snapshot of a finished training

    def _advance(self, goal: int) -> None:
        self.module.train()
        self.random.enter()
        try:
            while self.step < goal:
                self.losses.append(self.stepping.advance(self.step, wait=self.step + 1 == goal))
                self.step += 1
        finally:
            self.random.leave()

    def _checkpoint(self) -> Checkpoint:
        loss = sum(self.losses) / len(self.losses) if self.losses else None
        self.losses = []
        return Checkpoint(
            step=self.step,
            spend=self.ledger.spend,
            subject=self.subject,
            loss=loss,
            snapshot=partial(self._snapshot, self.step),
            weights=self.weights,
        )

    def _snapshot(self, step: int, directory: Path) -> Snapshot:
        if step != self.step:
            raise TrialError(
                f"the checkpoint of step {step} is no longer valid, the training has moved on",
                next_step="take snapshots before asking for the next checkpoint",
            )
        state = TrainingState(
            step=step,
            identity=self._identity(),
            weights=self.stepping.parameters,
            optimizer=self.stepping.tensors(),
            random=self.random.state,
            ledger=self.ledger.state,
        )
        return write_snapshot(directory, state)

    def _identity(self) -> dict[str, Any]:
        return {**self.stepping.identity, "seed": self.trial.seed, "device": self.device.type}

    def _restore(self, start: Snapshot) -> None:
        state = read_snapshot(start.directory)
        check_identity(state, self._identity(), start.directory)
        load_weights(self.stepping.parameters, state, start.directory)
        self.stepping.restore(state.optimizer)
        self.random.restore(dict(state.random))
        self.ledger.restore(state.ledger)
        self.step = state.step

    def _only_these_want_gradients(self) -> None:
        wanted = {id(parameter) for parameter in self.tensors}
        for parameter in self.module.parameters():
            parameter.requires_grad_(id(parameter) in wanted)
