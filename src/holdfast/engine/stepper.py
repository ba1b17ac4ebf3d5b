"""One optimiser step: forward, backward, clip, update, with the hooks in between."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import nn

from holdfast.domain import Example, StepHook, TrialError
from holdfast.engine.objective import Objective, Read
from holdfast.engine.optimizers import load_optimizer, make_optimizer, optimizer_tensors
from holdfast.engine.settings import TrainSettings

Active = Callable[[int], frozenset[str]]
"""Which parameters a step (0-based) trains: their names."""


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one step did.

    Attributes:
        loss: The batch's loss.
        lengths: Tokens of each sequence trained on.
        inference: What was read and written beside.
    """

    loss: float
    lengths: tuple[int, ...]
    inference: tuple[Read, ...]


class Stepper:
    """Takes optimiser steps on some parameters of a module."""

    def __init__(
        self,
        module: nn.Module,
        parameters: Mapping[str, nn.Parameter],
        settings: TrainSettings,
        objective: Objective,
        hooks: Sequence[StepHook] = (),
        active: Active | None = None,
    ) -> None:
        """Prepare to train.

        Args:
            module: The module to call.
            parameters: What is trained, by name.
            settings: Optimiser, rate, decay and clipping.
            objective: What is minimised.
            hooks: Safeguards in the loop, in order.
            active: Which of the parameters a step trains; None for all. What a parameter's optimiser
                remembers is dropped when it leaves.

        Raises:
            TrialError: If the optimiser needs a library that is not installed.
        """
        self._module, self._settings, self._objective = module, settings, objective
        self._hooks, self._active = tuple(hooks), active
        self._parameters = dict(parameters)
        self._trained = frozenset(self._parameters)
        self._optimizer = make_optimizer(settings, list(self._parameters.values()))

    def step(self, examples: Sequence[Example], number: int) -> StepReport:
        """Take one step.

        Args:
            examples: The batch.
            number: 0-based number of the step.

        Raises:
            TrialError: If the loss depends on nothing that is trained, or it or the gradient is not finite.
        """
        self._prepare(number)
        for hook in self._hooks:
            examples = list(hook.batch(examples))
        batch = self._objective.loss(self._module, examples)
        loss = batch.loss
        for hook in self._hooks:
            loss = hook.loss(loss, examples)
        if not loss.requires_grad:
            raise TrialError(
                f"the loss of step {number + 1} depends on no trainable parameter",
                next_step="the parameters are not part of what the model computes: check the technique",
            )
        loss.backward()  # type: ignore[no-untyped-call]
        for hook in self._hooks:
            hook.gradients()
        value = self._clip(loss, number)
        self._optimizer.step()
        for hook in self._hooks:
            hook.weights()
        self._optimizer.zero_grad(set_to_none=True)
        return StepReport(value, batch.lengths, batch.inference)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return what the optimiser remembers, as tensors by name."""
        return optimizer_tensors(self._optimizer, self._parameters)

    def restore(self, tensors: Mapping[str, torch.Tensor]) -> None:
        """Go on from what `tensors` returned."""
        load_optimizer(self._optimizer, self._parameters, tensors)

    def _prepare(self, number: int) -> None:
        rate = self._settings.learning_rate * self._settings.rate_factor(number)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        if self._active is None:
            return
        wanted = self._active(number)
        if wanted == self._trained:
            return
        for name, parameter in self._parameters.items():
            parameter.requires_grad_(name in wanted)
            if name not in wanted:
                self._optimizer.state.pop(parameter, None)
        self._trained = wanted

    def _clip(self, loss: torch.Tensor, number: int) -> float:
        """Clip the gradients, and stop if they or the loss are not finite (one host sync)."""
        gradients = [p.grad for p in self._parameters.values() if p.grad is not None]
        norm = nn.utils.get_total_norm(gradients, foreach=True)
        value, length = torch.stack((loss.detach().float(), norm.float())).tolist()
        if not (math.isfinite(value) and math.isfinite(length)):
            raise TrialError(
                f"diverged at step {number + 1}: loss {value:g}, gradient norm {length:g}",
                next_step=f"lower learning_rate (now {self._settings.learning_rate:g})",
            )
        limit = self._settings.clip_norm
        if limit is not None and length > limit:
            torch._foreach_mul_(gradients, limit / (length + 1e-6))
        return float(value)
