"""A model's flags as a technique found them, to be put back when it is done."""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn


@dataclass(frozen=True, slots=True)
class ModelFlags:
    """Which parameters wanted gradients and which modules were in training mode.

    Attributes:
        requires_grad: Flag of each parameter.
        training: Flag of each module.
    """

    requires_grad: tuple[tuple[nn.Parameter, bool], ...]
    training: tuple[tuple[nn.Module, bool], ...]

    @classmethod
    def of(cls, module: nn.Module) -> ModelFlags:
        """Return the flags of a module and everything below it."""
        return cls(
            requires_grad=tuple((p, p.requires_grad) for p in module.parameters()),
            training=tuple((m, m.training) for m in module.modules()),
        )

    def restore(self) -> None:
        """Put the flags back, and drop the gradients of every parameter."""
        for parameter, wanted in self.requires_grad:
            parameter.requires_grad_(wanted)
            parameter.grad = None
        for module, training in self.training:
            module.training = training
