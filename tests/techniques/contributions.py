"""Contributions as files, made by hand: what tests of merging build on."""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn

from holdfast.domain import Contribution, Spend

PAID = Spend(steps=3, flops=100.0, examples=8, unique_examples=8, train_tokens=80, device_seconds=2.0)


def write_contribution(
    file: Path, tensors: Mapping[str, torch.Tensor], spend: Spend = PAID, rows: int = 8
) -> Contribution:
    """Write tensors as somebody who passes them on would."""
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}, file)
    return Contribution(file, spend, rows)


def noisy(
    module: nn.Module, seed: int, among: Callable[[str], bool] = lambda name: True, size: float = 0.05
) -> dict[str, torch.Tensor]:
    """Return a model's tensors, each value moved at random."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: tensor.detach() + size * torch.randn(tensor.shape, generator=generator).to(tensor)
        for name, tensor in module.named_parameters()
        if among(name)
    }


def write_noisy(directory: Path, module: nn.Module, count: int = 2) -> dict[str, Contribution]:
    """Write contributions `a`, `b`, ...; `b` leaves vectors alone, so that they do not change the same."""
    inputs = {}
    for number in range(count):
        name = "abcdef"[number]
        tensors = noisy(module, number)
        if number == 1:
            tensors = {key: value for key, value in tensors.items() if value.dim() > 1}
        inputs[name] = write_contribution(directory / f"{name}.safetensors", tensors)
    return inputs
