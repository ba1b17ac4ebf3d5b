"""Gradient checkpointing: activations computed twice, not kept (Chen et al. 2016, arXiv 1604.06174)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn

from holdfast.domain import TrialError
from holdfast.models.forward import base_model


@contextmanager
def recomputing(module: nn.Module, wanted: bool) -> Iterator[None]:
    """Make a model keep only the inputs of its blocks while it trains; afterwards it is as before.

    Args:
        module: A `transformers` model, or something wrapped around it.
        wanted: Whether to; nothing happens otherwise.

    Raises:
        TrialError: If the architecture cannot.
    """
    if not wanted:
        yield
        return
    model = base_model(module)
    if not getattr(model, "supports_gradient_checkpointing", False):
        raise TrialError(
            f"{type(model).__name__} cannot recompute its activations",
            next_step="leave gradient_checkpointing out",
        )
    # The re-entrant kind loses gradients where a block's input needs none, as under frozen embeddings.
    model.activation_checkpointing_enable({"use_reentrant": False})
    # Nor is a gradient of the embeddings needed, which transformers asks for here and never stops asking for.
    model.disable_input_require_grads()
    try:
        yield
    finally:
        model.activation_checkpointing_disable()
