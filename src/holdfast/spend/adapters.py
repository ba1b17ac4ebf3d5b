"""How many parameters low-rank adapters have (Hu et al. 2022, arXiv 2106.09685)."""

from __future__ import annotations

from holdfast.domain import ModelShape


def low_rank_parameters(shape: ModelShape, rank: int) -> int:
    """Return the parameters of low-rank adapters on every linear layer of a model but its head.

    Each layer has rank x (inputs + outputs). Routed experts are stacked in one tensor, which is no linear
    layer: they have no adapter; shared experts have. One projection for queries, keys and values (GPT-2,
    GPT-NeoX) is counted as three: about an eighth too much. Latent attention is counted as if it were plain.

    Args:
        shape: The model's sizes.
        rank: Rank of each adapter, at least 1.

    Raises:
        ValueError: If the rank is below 1.
    """
    if rank < 1:
        raise ValueError(f"rank {rank} is below 1")
    width = shape.head_width or shape.hidden // shape.heads
    attention = 4 * shape.hidden + 2 * width * (shape.heads + shape.kv_heads)
    shared = shape.intermediate - shape.experts_per_token * shape.expert_width
    feed_forward = (3 if shape.gated else 2) * (shape.hidden + shared) if shared else 0
    return rank * shape.layers * (attention + feed_forward)
