"""Forecasts that gradient techniques share, from shapes alone."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.domain import Footprint, ModelShape
from holdfast.engine import TrainSettings
from holdfast.spend import MemoryDemand, Workload, forecast_memory

FORECAST_LENGTH = 512
"""Tokens a row that forecasts assume (the model's context where that is shorter)."""


def training_footprint(workload: Workload, settings: TrainSettings) -> Footprint:
    """Return the footprint of training a workload, on rows of `FORECAST_LENGTH` tokens."""
    length = min(FORECAST_LENGTH, workload.shape.context)
    demand = MemoryDemand(workload, batch_size=settings.batch_size, length=length)
    return Footprint(
        memory_bytes=forecast_memory(demand),
        flops_per_token=workload.training([length]) / length,
        trainable_parameters=workload.trainable_parameters,
    )


def adapter_parameters(shape: ModelShape, rank: int, target_modules: str | Sequence[str]) -> int:
    """Return the parameters of low-rank adapters on a model's linear layers.

    Args:
        shape: The model's sizes.
        rank: Rank of each adapter: rank x (inputs + outputs) parameters a layer.
        target_modules: `all-linear` or names of layers; one whose name says nothing of its size is taken as
            hidden x hidden.
    """
    head_width = shape.head_width or shape.hidden // shape.heads
    queries, keys = shape.heads * head_width, shape.kv_heads * head_width
    wide, square = shape.hidden + shape.intermediate, 2 * shape.hidden
    if isinstance(target_modules, str):
        attention = (shape.hidden + queries) * 2 + (shape.hidden + keys) * 2
        return rank * shape.layers * (attention + _feed_forward_matrices(shape) * wide)
    sizes = {
        "q_proj": shape.hidden + queries,
        "o_proj": shape.hidden + queries,
        "dense": shape.hidden + queries,
        "k_proj": shape.hidden + keys,
        "v_proj": shape.hidden + keys,
        "c_attn": shape.hidden + queries + 2 * keys,
        **dict.fromkeys(("gate_proj", "up_proj", "down_proj", "fc1", "fc2", "c_fc"), wide),
    }
    return rank * shape.layers * sum(sizes.get(name.rpartition(".")[2], square) for name in target_modules)


def _feed_forward_matrices(shape: ModelShape) -> int:
    """Return how many hidden x intermediate matrices a block has: 3 if gated, else 2."""
    head_width = shape.head_width or shape.hidden // shape.heads
    attention = 2 * shape.hidden * head_width * (shape.heads + shape.kv_heads)
    block = (shape.parameters - shape.embedding_parameters) / shape.layers
    return max(2, min(3, round((block - attention) / (shape.hidden * shape.intermediate))))
