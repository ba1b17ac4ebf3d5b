"""Adapters put into a model and taken out again, with every target accounted for."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Protocol, Self

import torch
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from holdfast.domain import Checkpoint, TrialContext, TrialError
from holdfast.engine import ModelFlags, Objective, train
from holdfast.engine.checks import checksums
from holdfast.engine.meter import device_name
from holdfast.engine.randomness import RandomStream
from holdfast.spend import Ledger, Workload


class AdapterConfig(Protocol):
    """Options that know their adapter: what `Adapters` asks of them."""

    def layers(self, module: nn.Module) -> list[str]:
        """Return the full names of the layers of a module that get an adapter."""
        ...

    def put_on(self, module: nn.Module, layers: Mapping[str, nn.Module]) -> None:
        """Put a peft tuner on these layers of a module, by their full names."""
        ...


class Adapters:
    """A context in which a module carries adapters; on leaving it is as before."""

    def __init__(self, module: nn.Module, config: AdapterConfig, seed: int) -> None:
        """Prepare to put adapters into a module.

        Args:
            module: A `transformers` causal language model.
            config: Which adapters, and on which layers.
            seed: Seeds the adapters' first values.

        Raises:
            TrialError: If a target module does not exist or is no linear layer.
        """
        self._module = module
        self._config = config
        self._seed = seed
        self._plain = {name: module.get_submodule(name) for name in config.layers(module)}
        self._starts: dict[str, tuple[int, ...]] = {}
        self.parameters: dict[str, nn.Parameter] = {}

    def __enter__(self) -> Self:
        self._flags = ModelFlags.of(self._module)
        own = {id(parameter) for parameter in self._module.parameters()}
        stream = RandomStream(self._seed, next(self._module.parameters()).device)
        stream.enter()
        try:
            self._config.put_on(self._module, self._plain)
            self._require_all_targets()
        except BaseException:
            self._remove()
            raise
        finally:
            stream.leave()
        self.parameters = {n: p for n, p in self._module.named_parameters() if id(p) not in own}
        for parameter in self.parameters.values():
            parameter.data = parameter.data.float()  # small steps are lost in the rounding of a half type
        self._starts = self._checksums()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def require_trained(self, step: int) -> None:
        """Make sure that every adapter left its start; once all have, nothing more is looked at.

        Args:
            step: Steps taken, for the message.

        Raises:
            TrialError: If the adapter of a layer is still what it was put on as.
        """
        if not self._starts:
            return
        idle = [name for name, sums in self._checksums().items() if sums == self._starts[name]]
        if idle:
            raise TrialError(
                f"{len(idle)} adapters received no training in {step} steps, the first is {idle[0]}",
                next_step="choose target_modules that the model uses when it reads text",
            )
        self._starts = {}

    def merged(self) -> dict[str, torch.Tensor]:
        """Return the plain model's tensors of all layers with an adapter, merged, by name; adapters stay on.

        Merging is peft's own, in a copy of one layer at a time.

        Raises:
            TrialError: If an adapter cannot be merged: its base is quantised, or a value is not finite.
        """
        tensors: dict[str, torch.Tensor] = {}
        for name, plain in self._plain.items():
            if not all(tensor.is_floating_point() for tensor in plain.parameters()):
                raise TrialError(
                    f"the adapter of {name} cannot be merged: its weights are quantised",
                    next_step="train the adapter on the unquantised model (technique: lora)",
                )
            layer: Any = copy.deepcopy(self._module.get_submodule(name))
            try:
                layer.merge(safe_merge=True)
            except ValueError as error:
                raise TrialError(f"the adapter of {name} cannot be merged: {error}") from error
            merged = layer.get_base_layer()
            tensors |= {f"{name}.{part}": tensor.detach() for part, tensor in merged.named_parameters()}
        return tensors

    def _checksums(self) -> dict[str, tuple[int, ...]]:
        parts: dict[str, list[nn.Parameter]] = {name: [] for name in self._plain}
        for name, parameter in self.parameters.items():
            layer = next(target for target in self._plain if name.startswith(f"{target}."))
            parts[layer].append(parameter)
        sums = iter(checksums([parameter for tensors in parts.values() for parameter in tensors]))
        return {name: tuple(next(sums) for _ in tensors) for name, tensors in parts.items()}

    def _remove(self) -> None:
        # Not through peft's own unload: its progress bar starts a thread, which hangs at interpreter exit.
        self.parameters = {}
        for name, layer in self._plain.items():
            self._module.set_submodule(name, layer)
        if hasattr(self._module, "peft_config"):
            del self._module.peft_config  # peft leaves its mark, and would warn of a second adapter
        self._flags.restore()

    def _require_all_targets(self) -> None:
        lost = [
            name for name in self._plain if not isinstance(self._module.get_submodule(name), BaseTunerLayer)
        ]
        if lost:
            raise TrialError(f"{len(lost)} target modules got no adapter: {', '.join(lost[:5])}")


@contextmanager
def without_adapters(module: nn.Module) -> Iterator[None]:
    """Make a module compute as if its adapters were not there: the model they were put on."""
    layers: list[Any] = [layer for layer in module.modules() if isinstance(layer, BaseTunerLayer)]
    for layer in layers:
        layer.enable_adapters(False)
    try:
        yield
    finally:
        for layer in layers:
            layer.enable_adapters(True)


def train_adapters(
    trial: TrialContext,
    objective: Objective | None = None,
    book: Callable[[Ledger], None] | None = None,
) -> Iterator[Checkpoint]:
    """Yield a checkpoint at each step of the schedule; on the way the model carries the adapters.

    They are taken off when the iterator ends or is closed: the model is then what it was.

    Args:
        trial: Its `config` is an `AdapterConfig` and a `TrainSettings`.
        objective: What is minimised; None for the cross-entropy of the corpus' answers.
        book: Books what was paid before the first step.

    Raises:
        TrialError: If a target module does not exist, is no linear layer, or got no adapter.
        TrialError: If an adapter was never trained, or the training fails (`engine.train`).
    """
    module = trial.model.module
    with Adapters(module, trial.config, trial.seed) as adapters:
        count = sum(p.numel() for p in adapters.parameters.values())
        workload = Workload(trial.model.shape, count, trial.config.gradient_checkpointing)
        ledger = Ledger(workload, device_name(next(module.parameters()).device))
        if book is not None:
            book(ledger)
        trained, settings = adapters.parameters, trial.config
        for checkpoint in train(
            trial, module, trained, settings, ledger, objective=objective, weights=adapters.merged
        ):
            if checkpoint.step > 0:
                adapters.require_trained(checkpoint.step)
            yield checkpoint
