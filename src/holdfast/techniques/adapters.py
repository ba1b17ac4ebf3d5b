"""Low-rank adapters put into a model and taken out again, with every target accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

from peft import LoraConfig as PeftLoraConfig
from peft import LoraModel
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn
from transformers.pytorch_utils import Conv1D

from holdfast.domain import TrialError, did_you_mean
from holdfast.engine.flags import ModelFlags
from holdfast.engine.randomness import RandomStream
from holdfast.techniques.lora import ALL_LINEAR, LoraConfig


class Adapters:
    """A context in which a module carries LoRA adapters; on leaving it is as before."""

    def __init__(self, module: nn.Module, config: LoraConfig, seed: int) -> None:
        """Prepare to put adapters into a module.

        Args:
            module: A `transformers` causal language model.
            config: Rank, alpha, dropout and targets.
            seed: Seeds the adapters' first values.

        Raises:
            TrialError: If a target module does not exist or is no linear layer.
        """
        self._module = module
        self._config = config
        self._seed = seed
        self._targets = _targets(module, config.target_modules)
        self._plain = {name: module.get_submodule(name) for name in self._targets}
        self.parameters: dict[str, nn.Parameter] = {}

    def __enter__(self) -> Self:
        self._flags = ModelFlags.of(self._module)
        stream = RandomStream(self._seed, next(self._module.parameters()).device)
        stream.enter()
        try:
            LoraModel(self._module, self._peft_config(), "default")
            self._require_all_targets()
        except BaseException:
            self._remove()
            raise
        finally:
            stream.leave()
        self.parameters = {n: p for n, p in self._module.named_parameters() if ".lora_" in n}
        for parameter in self.parameters.values():
            parameter.data = parameter.data.float()  # small steps are lost in the rounding of a half type
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._remove()

    def _remove(self) -> None:
        # Not through peft's own unload: its progress bar starts a thread, which hangs at interpreter exit.
        self.parameters = {}
        for name, layer in self._plain.items():
            self._module.set_submodule(name, layer)
        if hasattr(self._module, "peft_config"):
            del self._module.peft_config  # peft leaves its mark, and would warn of a second adapter
        self._flags.restore()

    def _peft_config(self) -> Any:
        transposed = [isinstance(layer, Conv1D) for layer in self._plain.values()]
        return PeftLoraConfig(
            task_type="CAUSAL_LM",
            r=self._config.rank,
            lora_alpha=self._config.alpha,
            lora_dropout=self._config.dropout,
            target_modules=list(self._targets),
            fan_in_fan_out=all(transposed),
        )

    def _require_all_targets(self) -> None:
        lost = [
            name for name in self._targets if not isinstance(self._module.get_submodule(name), BaseTunerLayer)
        ]
        if lost:
            raise TrialError(f"{len(lost)} target modules got no adapter: {', '.join(lost[:5])}")


def _targets(module: nn.Module, wanted: str | Sequence[str]) -> list[str]:
    """Return the full names of the modules that get an adapter."""
    linear = _linear_layers(module)
    if wanted == ALL_LINEAR:
        if not linear:
            raise TrialError("the model has no linear layer that an adapter could be put on")
        return linear
    found: list[str] = []
    for name in wanted:
        matching = [layer for layer in linear if layer == name or layer.endswith(f".{name}")]
        if not matching:
            known = sorted({layer.rpartition(".")[2] for layer in linear})
            raise TrialError(
                f"target module {name!r} is no linear layer of this model, which has: {', '.join(known)}",
                next_step=did_you_mean(name, known),
            )
        found += matching
    return list(dict.fromkeys(found))


def _linear_layers(module: nn.Module) -> list[str]:
    """Return the names of the linear layers, in order, the output head excepted."""
    output_head = getattr(module, "get_output_embeddings", None)
    head = output_head() if callable(output_head) else None
    return [
        name
        for name, layer in module.named_modules()
        if isinstance(layer, nn.Linear | Conv1D) and layer is not head
    ]
