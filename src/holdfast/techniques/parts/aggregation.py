"""How the weights of several actors become one set, by sums alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from holdfast.engine import Update

Tensors = Mapping[str, torch.Tensor]


class WeightedMean:
    """The mean of all updates, each weighing as many as it has rows (McMahan et al. 2017, algorithm 1)."""

    def combine(self, number: int, shared: Tensors, updates: Sequence[Update]) -> dict[str, torch.Tensor]:
        """Return the next weights, in float32."""
        total = sum(update.rows for update in updates)
        return _mean(shared, updates, [update.rows / total for update in updates])

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return nothing: a round knows nothing of the last."""
        return {}

    def restore(self, tensors: Tensors) -> None:
        """Begin anew."""


class OuterMomentum:
    """A step of SGD with Nesterov momentum along the mean change (Douillard et al. 2023, algorithm 1)."""

    def __init__(self, rate: float, momentum: float) -> None:
        """Begin without momentum.

        Args:
            rate: What a step is multiplied by; 1 without momentum takes the mean itself.
            momentum: Share of the last direction that is kept, in [0, 1).
        """
        self._rate, self._momentum = rate, momentum
        self._directions: dict[str, torch.Tensor] = {}

    def combine(self, number: int, shared: Tensors, updates: Sequence[Update]) -> dict[str, torch.Tensor]:
        """Return the next weights, in float32; every actor weighs the same."""
        mean = _mean(shared, updates, [1.0 / len(updates)] * len(updates))
        return {name: self._step(name, tensor.float(), mean[name]) for name, tensor in shared.items()}

    def _step(self, name: str, shared: torch.Tensor, mean: torch.Tensor) -> torch.Tensor:
        gradient = shared - mean
        last = self._directions.get(name)
        direction = gradient if last is None else self._momentum * last + gradient
        self._directions[name] = direction
        return shared - self._rate * (gradient + self._momentum * direction)

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the direction of each tensor, by its name; nothing before the first round."""
        return dict(self._directions)

    def restore(self, tensors: Tensors) -> None:
        """Go on from what `tensors` returned."""
        self._directions = dict(tensors)


def _mean(shared: Tensors, updates: Sequence[Update], shares: Sequence[float]) -> dict[str, torch.Tensor]:
    # Changes are averaged, not weights: sums of small numbers lose less to rounding.
    return {
        name: start.float()
        + sum(
            (
                share * (update.tensors[name].float() - start.float())
                for share, update in zip(shares, updates, strict=True)
            ),
            torch.zeros_like(start, dtype=torch.float32),
        )
        for name, start in shared.items()
    }
