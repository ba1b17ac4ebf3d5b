"""Which of a model's parameters belong to which transformer block."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.domain import TrialError

if TYPE_CHECKING:
    from torch import nn


def block_parameters(module: nn.Module, blocks: int) -> tuple[frozenset[str], ...]:
    """Return the names of each block's parameters, in order of the blocks.

    The blocks are the outermost list of as many modules as the model has blocks.

    Args:
        module: A `transformers` causal language model.
        blocks: How many blocks it has.

    Raises:
        TrialError: If there is no such list.
    """
    from torch import nn

    lists = (n for n, m in module.named_modules() if isinstance(m, nn.ModuleList) and len(m) == blocks)
    name = next(lists, None)
    if name is None:
        raise TrialError(
            f"no list of {blocks} blocks was found in the model", next_step="choose lora, or full fine-tuning"
        )
    names = [n for n, _ in module.named_parameters()]
    return tuple(frozenset(n for n in names if n.startswith(f"{name}.{number}.")) for number in range(blocks))
