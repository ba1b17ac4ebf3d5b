"""Optimisers by name, and their state as plain tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from holdfast.engine.quantiser import import_bitsandbytes
from holdfast.engine.settings import TrainSettings
from holdfast.spend import Optimizer

_TABLES = ("qmap1", "qmap2")


def make_optimizer(settings: TrainSettings, tensors: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
    """Return the optimiser that settings ask for.

    Args:
        settings: Name, rate and decay.
        tensors: What it changes.

    Raises:
        TrialError: If it needs a library that is not there.
    """
    rate, decay = settings.learning_rate, settings.weight_decay
    match settings.optimizer:
        case Optimizer.ADAMW:
            return torch.optim.AdamW(tensors, lr=rate, weight_decay=decay, fused=True)
        case Optimizer.SGD:
            return torch.optim.SGD(tensors, lr=rate, weight_decay=decay, fused=True)
        case Optimizer.ADAMW_8BIT:
            return _adamw_8bit(tensors, rate, decay)


def _adamw_8bit(tensors: Sequence[nn.Parameter], rate: float, decay: float) -> torch.optim.Optimizer:
    library = import_bitsandbytes("optimizer adamw-8bit", "take optimizer: adamw")
    optimizer: torch.optim.Optimizer = library.optim.AdamW8bit(tensors, lr=rate, weight_decay=decay)
    return optimizer


def optimizer_tensors(
    optimizer: torch.optim.Optimizer, parameters: Mapping[str, nn.Parameter]
) -> dict[str, torch.Tensor]:
    """Return an optimiser's state as tensors named `<entry>/<parameter name>`; empty before step 1.

    Numbers (the steps that bitsandbytes counts) become tensors without dimensions. None of the tensors is
    also another's.
    """
    return {
        f"{entry}/{name}": _tensor(entry, value)
        for name, parameter in parameters.items()
        for entry, value in optimizer.state.get(parameter, {}).items()
        if value is not None
    }


def _tensor(entry: str, value: Any) -> torch.Tensor:
    if not torch.is_tensor(value):
        return torch.tensor(value)
    # One table of 256 numbers serves all 8-bit states, and a file holds no tensor twice.
    return value.clone() if entry in _TABLES else value


def load_optimizer(
    optimizer: torch.optim.Optimizer,
    parameters: Mapping[str, nn.Parameter],
    tensors: Mapping[str, torch.Tensor],
) -> None:
    """Put an optimiser into the state that `optimizer_tensors` returned."""
    numbers = {name: number for number, name in enumerate(parameters)}
    state: dict[int, dict[str, Any]] = {}
    for key, value in tensors.items():
        entry, _, name = key.partition("/")
        # torch's own optimisers count their steps in floating-point tensors, bitsandbytes in integers.
        whole = value.ndim == 0 and not value.is_floating_point()
        state.setdefault(numbers[name], {})[entry] = int(value) if whole else value
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
