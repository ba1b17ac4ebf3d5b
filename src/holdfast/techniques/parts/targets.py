"""Which layers of a model an adapter goes on."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn
from transformers.pytorch_utils import Conv1D

from holdfast.domain import TrialError, did_you_mean
from holdfast.techniques.parts.low_rank import ALL_LINEAR


def find_targets(module: nn.Module, wanted: str | Sequence[str]) -> list[str]:
    """Return the full names of the linear layers that get an adapter, in order and each once.

    Args:
        module: A `transformers` causal language model.
        wanted: `all-linear` (every linear layer but the output head), or names as peft matches them: a
            module's whole name, or its last parts.

    Raises:
        TrialError: If a name is that of no linear layer, or the model has none at all.
    """
    linear = linear_layers(module)
    if wanted == ALL_LINEAR:
        if not linear:
            raise TrialError("the model has no linear layer that an adapter could be put on")
        return linear
    found: list[str] = []
    for name in wanted:
        matching = named(linear, (name,))
        if not matching:
            known = sorted({layer.rpartition(".")[2] for layer in linear})
            raise TrialError(
                f"target module {name!r} is no linear layer of this model, which has: {', '.join(known)}",
                next_step=did_you_mean(name, known),
            )
        found += matching
    return list(dict.fromkeys(found))


def named(layers: Sequence[str], names: Sequence[str]) -> list[str]:
    """Return the layers whose whole name, or whose last parts, are among some names."""
    return [layer for layer in layers if any(layer == name or layer.endswith(f".{name}") for name in names)]


def linear_layers(module: nn.Module) -> list[str]:
    """Return the names of the linear layers, in order, the output head excepted."""
    output_head = getattr(module, "get_output_embeddings", None)
    head = output_head() if callable(output_head) else None
    return [
        name
        for name, layer in module.named_modules()
        if isinstance(layer, nn.Linear | Conv1D) and layer is not head
    ]
