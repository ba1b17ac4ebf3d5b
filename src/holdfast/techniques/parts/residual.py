"""The residual stream: which weights write to it, and how a direction is taken out of what they write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import nn

from holdfast.domain import TrialError
from holdfast.techniques.parts.editing import OpenWeights
from holdfast.techniques.parts.targets import linear_layers, named

_LAST_OF_ATTENTION = ("o_proj", "out_proj", "dense", "wo")
_LAST_OF_FEED_FORWARD = ("down_proj", "fc2", "dense_4h_to_h", "fc_out", "w2")
_OF_EITHER = ("c_proj",)


@dataclass(frozen=True, slots=True)
class Writer:
    """A weight whose products are added to the residual stream.

    Attributes:
        name: Its name.
        axis: Axis of the weight that lies along the stream; 0 for biases.
    """

    name: str
    axis: int


def writers(module: nn.Module, hidden: int) -> list[Writer]:
    """Return the weights that write to the residual stream: embeddings, attention and feed-forward outputs.

    Args:
        module: A `transformers` causal language model.
        hidden: Width of the stream.

    Raises:
        TrialError: If no output of a block is found among its layers' usual names.
    """
    names = (*_LAST_OF_ATTENTION, *_LAST_OF_FEED_FORWARD, *_OF_EITHER)
    blocks = [w for layer in named(linear_layers(module), names) for w in _of_layer(module, layer, hidden)]
    if not blocks:
        raise TrialError(
            f"no layer that writes to the residual stream was found: none of {', '.join(names)} is there",
            next_step="choose lora, or full fine-tuning",
        )
    embeddings = [
        Writer(f"{name}.weight", axis=1)
        for name, part in module.named_modules()
        if isinstance(part, nn.Embedding) and part.embedding_dim == hidden
    ]
    return [*embeddings, *blocks]


def _of_layer(module: nn.Module, name: str, hidden: int) -> list[Writer]:
    layer = module.get_submodule(name)
    weight = layer.get_parameter("weight")
    # transformers' Conv1D keeps its weight the other way round than nn.Linear.
    axis = 0 if isinstance(layer, nn.Linear) else 1
    if weight.ndim == 2 and weight.shape[axis] != hidden:
        return []
    bias = [Writer(f"{name}.bias", 0)] if getattr(layer, "bias", None) is not None else []
    return [Writer(f"{name}.weight", axis), *bias]


def take_out(weights: OpenWeights, found: Sequence[Writer], direction: torch.Tensor) -> None:
    """Make writers orthogonal to a direction, in place: W <- W - r r'W (Arditi et al. 2024, section 4.1).

    Args:
        weights: The model's weights.
        found: What writes to the residual stream.
        direction: Unit vector `[hidden]`, float32.

    Raises:
        TrialError: If a weight is stored in a form that cannot be edited.
    """
    for writer in found:
        weight = weights.open(writer.name)
        own = weight.float()
        if own.ndim == 1:
            along = (own @ direction) * direction
        elif writer.axis == 0:
            along = torch.outer(direction, direction @ own)
        else:
            along = torch.outer(own @ direction, direction)
        weight.copy_(own - along)
