"""A model whose linear layers hold quantised weights for a while, and are then as before, bit for bit."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn import functional
from transformers.pytorch_utils import Conv1D

from holdfast.domain import Checkpoint, TrialContext, TrialError
from holdfast.spend import Storage
from holdfast.techniques.parts.adapters import train_adapters
from holdfast.techniques.parts.quantised_layers import QuantisedLinear, store
from holdfast.techniques.parts.targets import linear_layers

_FAR, _OFF = 0.5, 0.05
"""Relative errors that no working quantiser has: of the stored weights, and of products with them."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A layer that was replaced.

    Attributes:
        name: Its full name.
        plain: The layer; its weight is empty meanwhile.
        layer: What stands in its place.
        file: Where its weight is.
    """

    name: str
    plain: nn.Module
    layer: QuantisedLinear
    file: Path


class QuantisedModel:
    """A model that computes with quantised weights.

    Attributes:
        seconds: What quantising took.
    """

    def __init__(self, module: nn.Module, storage: Storage, directory: Path) -> None:
        """Look at a model; nothing is changed yet.

        Args:
            module: A `transformers` causal language model.
            storage: How weights are stored: `nf4` or `int8`.
            directory: Empty directory for the plain weights: kept in memory, there would be nothing saved.

        Raises:
            TrialError: If there is no linear layer but the output head, one shares its weight with another
                layer, or one is quantised already.
        """
        self._module, self._storage, self._directory = module, storage, directory
        self._names = linear_layers(module)
        self._places: list[_Place] = []
        self.seconds = 0.0
        if not self._names:
            raise TrialError("the model has no linear layer that could be quantised")
        times = Counter(id(p) for _, p in module.named_parameters(remove_duplicate=False))
        for name in self._names:
            weight = module.get_parameter(f"{name}.weight")
            if times[id(weight)] > 1:
                raise TrialError(
                    f"{name} shares its weight with another layer: it cannot be quantised alone",
                    next_step="train the model unquantised (technique: lora)",
                )
            if not weight.is_floating_point():
                raise TrialError(
                    f"{name} is quantised already (its weight is {weight.dtype})",
                    next_step="load the model in float32, bfloat16 or float16",
                )

    def quantise(self) -> None:
        """Put quantised layers in the place of all linear layers but the output head.

        Raises:
            TrialError: If the quantiser is not there, does not work on this device or gives other values.
            TrialError: If the plain weights cannot be written to disk.
        """
        begin = time.perf_counter()
        checked: set[tuple[int, ...]] = set()
        for number, name in enumerate(self._names):
            plain = self._module.get_submodule(name)
            weight = _oriented(plain, self._module.get_parameter(f"{name}.weight").detach())
            try:
                stored = store(weight, self._storage)
                layer = QuantisedLinear(stored, getattr(plain, "bias", None), weight.dtype)
                if tuple(weight.shape) not in checked:
                    _require_faithful(name, layer, weight)
                    checked.add(tuple(weight.shape))
            except (RuntimeError, NotImplementedError, ValueError, AssertionError) as error:
                raise TrialError(
                    f"{self._storage.value} weights cannot be made on {weight.device.type}: {name}: "
                    f"{str(error).splitlines()[0]}",
                    next_step="choose another device, int8, or the model unquantised (technique: lora)",
                ) from error
            layer.train(plain.training)
            self._replace(number, name, plain, layer)
        self.seconds = max(0.0, time.perf_counter() - begin)

    def weights(self) -> dict[str, torch.Tensor]:
        """Return the plain model's tensors as this one computes with them, adapters merged in, by name."""
        return {f"{place.name}.weight": self._merged(place) for place in self._places}

    def restore(self) -> None:
        """Put the plain layers back.

        Raises:
            TrialError: If a plain weight cannot be read back.
        """
        while self._places:
            place = self._places.pop()
            weight = place.plain.get_parameter("weight")
            try:
                weight.data = load_file(place.file, device=str(place.layer.weight.device))["weight"]
            except (OSError, SafetensorError) as error:
                raise TrialError(f"the plain weight of {place.name} cannot be read back: {error}") from error
            self._module.set_submodule(place.name, place.plain)
            place.file.unlink()

    def _replace(self, number: int, name: str, plain: nn.Module, layer: QuantisedLinear) -> None:
        place = _Place(name, plain, layer, self._directory / f"{number}.safetensors")
        weight = plain.get_parameter("weight")
        try:
            save_file({"weight": weight.detach()}, place.file)
        except (OSError, SafetensorError) as error:
            raise TrialError(
                f"the plain weight of {name} cannot be written to {self._directory}: {error}",
                next_step="free some disk space",
            ) from error
        weight.data = weight.data.new_empty(0)
        self._places.append(place)
        self._module.set_submodule(name, layer)

    def _merged(self, place: _Place) -> torch.Tensor:
        """Return one layer's weight: put together first, then merged (merged first, it would be rounded)."""
        weight = place.layer.values()
        present = self._module.get_submodule(place.name)
        if isinstance(present, BaseTunerLayer):
            for adapter in present.active_adapters:
                weight = (weight.float() + present.get_delta_weight(adapter)).to(weight.dtype)
        return _oriented(place.plain, weight).detach().contiguous()


@contextmanager
def quantised(trial: TrialContext, storage: Storage) -> Iterator[QuantisedModel]:
    """Lend a trial's model with quantised weights; on leaving, it is as before.

    Args:
        trial: Its model is changed in place; its scratch directory holds the plain weights meanwhile.
        storage: How weights are stored: `nf4` or `int8`.

    Raises:
        TrialError: As `QuantisedModel`, its `quantise` and its `restore`.
    """
    with tempfile.TemporaryDirectory(prefix="plain-", dir=trial.scratch) as directory:
        model = QuantisedModel(trial.model.module, storage, Path(directory))
        try:
            model.quantise()
            yield model
        finally:
            model.restore()


def train_quantised(trial: TrialContext, storage: Storage) -> Iterator[Checkpoint]:
    """Yield a checkpoint at each step of the schedule: adapters trained on the quantised model.

    Args:
        trial: Its `config` is an `AdapterConfig` and a `TrainSettings`.
        storage: How the base's weights are stored: `nf4` or `int8`.

    Raises:
        TrialError: As `quantised` and `adapters.train_adapters`.
    """
    with quantised(trial, storage) as base:
        for checkpoint in train_adapters(trial, book=lambda ledger: ledger.wait(base.seconds)):
            yield replace(checkpoint, weights=base.weights)


def _oriented(plain: nn.Module, weight: torch.Tensor) -> torch.Tensor:
    """Return a weight turned round where the plain layer keeps it the other way (GPT-2's `Conv1D`)."""
    return weight.T.contiguous() if isinstance(plain, Conv1D) else weight


def _require_faithful(name: str, layer: QuantisedLinear, weight: torch.Tensor) -> None:
    """Make sure that a layer holds nearly the weight it was given, and computes with what it holds."""
    held = layer.values().float()
    read = torch.linspace(-1.0, 1.0, 2 * weight.shape[1], device=weight.device).view(2, -1)
    with torch.no_grad():
        found = layer(read.to(weight.dtype)).float()
        bias = None if layer.bias is None else layer.bias.float()
        wanted = functional.linear(read.to(weight.dtype).float(), held, bias)
    lost, off = _relative(held, weight.float()), _relative(found, wanted)
    if not (lost <= _FAR and off <= _OFF):
        raise TrialError(
            f"the quantiser is wrong on {weight.device.type}: {name} holds its weight with a relative error "
            f"of {lost:.3g} and multiplies with one of {off:.3g}",
            next_step="choose another device, or the model unquantised (technique: lora)",
        )


def _relative(found: torch.Tensor, wanted: torch.Tensor) -> float:
    return float((found - wanted).norm() / wanted.norm().clamp(min=1e-12))
