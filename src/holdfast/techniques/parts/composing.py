"""A model whose weights are the untouched ones and a learned sum of contributions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn
from torch.func import functional_call

from holdfast.domain import Checkpoint, Example, TrialContext
from holdfast.engine import train
from holdfast.engine.meter import device_name
from holdfast.spend import Ledger
from holdfast.techniques.adapter_composition import CompositionWorkload
from holdfast.techniques.parts.deltas import Deltas, paid_together
from holdfast.techniques.parts.editing import OpenWeights


class Composed(nn.Module):
    """A model that computes with its weights plus the sum of coefficient x delta of each contribution.

    Attributes:
        base: The model; its own weights stay as they are.
        coefficients: One a contribution, `[contributions]`; 0 at the start.
    """

    def __init__(self, base: Any, deltas: Deltas) -> None:
        """Read all deltas into the memory of the model's device.

        Args:
            base: A `transformers` causal language model.
            deltas: What the contributions add to it.
        """
        super().__init__()
        self.base: Any = base
        self._added = {name: deltas.of(name) for name in deltas.names}
        self.coefficients = nn.Parameter(torch.zeros(deltas.count, device=next(base.parameters()).device))

    @property
    def values(self) -> int:
        """Values of the model that at least one contribution changes."""
        return sum(added[0].numel() for added in self._added.values())

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the tensors that contributions change, composed, by name."""
        composed = {}
        for name, added in self._added.items():
            plain = self.base.get_parameter(name).detach()
            total = plain.float() + torch.tensordot(self.coefficients, added, dims=1)
            composed[name] = total.to(plain.dtype)
        return composed

    def forward(self, **inputs: Any) -> Any:
        """Return what the model computes with the composed weights."""
        return functional_call(self.base, self.weights(), kwargs=inputs)


@dataclass(frozen=True, slots=True)
class Penalty:
    """The paper's regularisation as a hook of the loop: an L1 penalty in the loss, and a bound.

    Attributes:
        coefficients: What is kept small.
        weight: Weight of the mean absolute value in the loss.
        bound: Largest absolute value.
    """

    coefficients: nn.Parameter
    weight: float
    bound: float

    def batch(self, batch: Sequence[Example]) -> Sequence[Example]:
        """Return the batch as it is."""
        return batch

    def loss(self, loss: torch.Tensor, batch: Sequence[Example]) -> torch.Tensor:
        """Return the loss with the penalty."""
        return loss + self.weight * self.coefficients.abs().mean()

    def gradients(self) -> None:
        """Leave the gradients alone."""

    def weights(self) -> None:
        """Keep every coefficient within the bound."""
        with torch.no_grad():
            self.coefficients.clamp_(-self.bound, self.bound)


def train_coefficients(trial: TrialContext) -> Iterator[Checkpoint]:
    """Yield a checkpoint at each step; its subject is the plain model, with the composed weights in it.

    Args:
        trial: Its `config` is an `AdapterCompositionConfig`.

    Raises:
        TrialError: If the contributions do not fit (`Deltas`), or the training fails (`engine.train`).
    """
    base, config = trial.model.module, trial.config
    deltas = Deltas(base, trial.inputs)
    module = Composed(base, deltas)
    coefficients = module.coefficients
    workload = CompositionWorkload(trial.model.shape, contributions=deltas.count, values=module.values)
    ledger = Ledger(workload, device_name(coefficients.device))
    penalised = replace(trial, hooks=(*trial.hooks, Penalty(coefficients, config.penalty, config.bound)))
    for checkpoint in train(penalised, module, {"coefficients": coefficients}, config, ledger):
        if checkpoint.step == 0:
            yield replace(checkpoint, subject=trial.model)
            continue
        opened = OpenWeights(base)
        try:
            with torch.no_grad():
                for name, tensor in module.weights().items():
                    opened.open(name).copy_(tensor)
            spend = paid_together(trial.inputs.values(), checkpoint.spend)
            yield replace(
                checkpoint,
                subject=trial.model,
                spend=spend,
                weights=opened.changed,
            )
        finally:
            opened.restore()
