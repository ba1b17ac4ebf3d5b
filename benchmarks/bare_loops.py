"""The maths of a training with nothing around it, for `benchmarks/pathways.py`.

A `Recorder` watches a technique's own training: which module, parameters and loss it takes, and which rows
every step. `bare_steps` then takes the same steps again on another copy of the model.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any
from unittest.mock import patch

import torch
from torch import nn
from torch.nn import functional

from holdfast.domain import Example
from holdfast.engine import AnswerLikelihood
from holdfast.engine.stepper import Stepper
from holdfast.models import render_example
from holdfast.spend import Optimizer
from holdfast.techniques.parts.preferences import Preferences


@dataclass(frozen=True, eq=False)
class Taken:
    """What one actor's training is made of, as the technique passed it to the engine."""

    module: nn.Module
    parameters: dict[str, nn.Parameter]
    settings: Any
    objective: Any
    active: Any


@dataclass
class Recorder:
    """What was seen of a training.

    Attributes:
        actors: Every stepper that was made, in order.
        steps: Since the last `forget`: who took a step, of what number and on which rows.
    """

    actors: list[Taken] = field(default_factory=list)
    steps: list[tuple[Taken, int, list[Example]]] = field(default_factory=list)

    def forget(self) -> None:
        """Drop the steps seen so far."""
        self.steps.clear()


@contextmanager
def recorded() -> Iterator[Recorder]:
    """Watch every training that the engine takes on."""
    seen, of = Recorder(), {}
    make, step = Stepper.__init__, Stepper.step

    def made(self: Stepper, *arguments: Any, **options: Any) -> None:
        make(self, *arguments, **options)
        module, parameters, settings, objective, *rest = arguments
        active = rest[1] if len(rest) > 1 else options.get("active")
        of[self] = Taken(module, dict(parameters), settings, objective, active)
        seen.actors.append(of[self])

    def stepped(self: Stepper, examples: list[Example], number: int) -> Any:
        seen.steps.append((of[self], number, list(examples)))
        return step(self, examples, number)

    with patch.object(Stepper, "__init__", made), patch.object(Stepper, "step", stepped):
        yield seen


class Bare:
    """A bare loop on a copy of the model that a technique trains."""

    def __init__(self, own: Taken, tokenizer: Any) -> None:
        """Take over what a technique prepared on this copy.

        Args:
            own: What it trains there.
            tokenizer: The model's.
        """
        self.own, self._tokenizer = own, tokenizer
        self._tensors = list(own.parameters.values())
        self._rows: dict[Example, tuple[torch.Tensor, torch.Tensor]] = {}
        self._optimizers: dict[Taken, torch.optim.Optimizer] = {}
        own.module.train()

    @property
    def own_maths(self) -> bool:
        """Whether the loss is written out here, and not the technique's own."""
        return type(self.own.objective) in (AnswerLikelihood, Preferences)

    def prepare(self, examples: Iterable[Example]) -> None:
        """Render rows that were not seen yet: no part of what is timed."""
        for example in examples:
            if example not in self._rows:
                row = render_example(self._tokenizer, example)
                ids = torch.tensor(row.token_ids)
                labels = ids.clone()
                labels[: row.answer_start] = -100
                self._rows[example] = (ids, labels)

    def steps(self, steps: Iterable[tuple[Taken, int, list[Example]]], together: bool) -> None:
        """Take steps: those of each actor from the same start, then averaged, where several act together."""
        shared = [tensor.detach().clone() for tensor in self._tensors] if together else []
        ends: list[list[torch.Tensor]] = []
        for actor, taken in groupby(steps, key=lambda step: step[0]):
            self._load(shared)
            for _, number, examples in taken:
                self._step(actor, number, examples)
            ends.append([tensor.detach().clone() for tensor in self._tensors] if together else [])
        if together:
            self._load([torch.stack(end).mean(dim=0) for end in zip(*ends, strict=True)])

    def _load(self, tensors: list[torch.Tensor]) -> None:
        with torch.no_grad():
            for own, tensor in zip(self._tensors, tensors, strict=False):
                own.copy_(tensor)

    def _step(self, actor: Taken, number: int, examples: list[Example]) -> None:
        optimizer = self._optimizers.get(actor)
        if optimizer is None:
            optimizer = self._optimizers[actor] = _optimizer(self.own.settings, self._tensors)
        if self.own.active is not None:
            wanted = self.own.active(number)
            for name, parameter in self.own.parameters.items():
                parameter.requires_grad_(name in wanted)
        loss = self._loss(examples)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._tensors, 1.0)
        optimizer.step()
        optimizer.zero_grad()

    def _loss(self, examples: list[Example]) -> torch.Tensor:
        objective = self.own.objective
        if isinstance(objective, Preferences):
            return self._preference(objective, examples)
        if not isinstance(objective, AnswerLikelihood):
            loss: torch.Tensor = objective.loss(self.own.module, examples).loss
            return loss
        ids, labels = self._grid(examples)
        logits = self.own.module(input_ids=ids, use_cache=False).logits
        wanted = labels[:, 1:]
        answered = wanted != -100
        return functional.cross_entropy(logits[:, :-1][answered], wanted[answered])

    def _preference(self, objective: Any, examples: list[Example]) -> torch.Tensor:
        rejected = [objective._rejected[example] for example in examples]
        self.prepare(rejected)
        ids, labels = self._grid([*examples, *rejected])
        logits = self.own.module(input_ids=ids, use_cache=False).logits[:, :-1]
        wanted = labels[:, 1:]
        answered = wanted != -100
        each = logits.new_zeros(wanted.shape)
        each[answered] = -functional.cross_entropy(logits[answered], wanted[answered], reduction="none")
        found, count = each.sum(dim=1), len(examples)
        reference = torch.tensor([objective._margin[example] for example in examples])
        return -functional.logsigmoid(objective._beta * (found[:count] - found[count:] - reference)).mean()

    def _grid(self, examples: list[Example]) -> tuple[torch.Tensor, torch.Tensor]:
        rows = [self._rows[example] for example in examples]
        pad = torch.nn.utils.rnn.pad_sequence
        return (
            pad([ids for ids, _ in rows], batch_first=True),
            pad([labels for _, labels in rows], batch_first=True, padding_value=-100),
        )


def _optimizer(settings: Any, tensors: list[nn.Parameter]) -> torch.optim.Optimizer:
    rate = settings.learning_rate
    if settings.optimizer is Optimizer.SGD:
        return torch.optim.SGD(tensors, lr=rate, fused=True)
    if settings.optimizer is Optimizer.ADAMW_8BIT:
        from bitsandbytes.optim import AdamW8bit

        optimizer: torch.optim.Optimizer = AdamW8bit(tensors, lr=rate, weight_decay=0.0)
        return optimizer
    return torch.optim.AdamW(tensors, lr=rate, weight_decay=0.0, fused=True)
