"""Forecasts that gradient techniques share, from shapes alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from holdfast.domain import Footprint, ModelShape
from holdfast.engine import TrainSettings
from holdfast.spend import MemoryDemand, Storage, Workload, forecast_memory

FORECAST_LENGTH = 512
"""Tokens a row that forecasts assume (the model's context where that is shorter)."""


def training_footprint(
    workload: Workload,
    settings: TrainSettings,
    kept: Kept | None = None,
    virtual_tokens: int = 0,
    storage: Storage = Storage.PLAIN,
) -> Footprint:
    """Return the footprint of training a workload, on rows of `FORECAST_LENGTH` tokens.

    Args:
        workload: The model and what of it is trained.
        settings: Batch size, optimiser, and whether activations are computed twice.
        kept: What is kept for the backward pass, where it differs from what the workload alone tells.
        virtual_tokens: Tokens that the model reads before each row.
        storage: How the weights of the base are kept.
    """
    twice = settings.gradient_checkpointing
    work = replace(workload, checkpointing=twice)
    length = min(FORECAST_LENGTH, work.shape.context)
    demand = MemoryDemand(
        work,
        batch_size=settings.batch_size,
        length=length + virtual_tokens,
        storage=storage,
        optimizer=settings.optimizer,
    )
    memory = dict(forecast_memory(demand))
    if kept is not None:
        like = replace(demand, workload=replace(kept.workload, checkpointing=twice))
        # Computed twice, a block at a time holds what it keeps.
        more = kept.more // work.shape.layers if twice else kept.more
        memory["activations"] = forecast_memory(like)["activations"]
        memory["activations"] += more * demand.tokens * demand.weight_bytes
    return Footprint(
        memory_bytes=memory,
        flops_per_token=work.training([length]) / length,
        trainable_parameters=work.trainable_parameters,
    )


@dataclass(frozen=True, slots=True)
class Kept:
    """Activations that are kept for the backward pass.

    Attributes:
        workload: The training whose activations they resemble.
        more: Numbers a token that are kept beside those; below 0 for fewer.
    """

    workload: Workload
    more: int = 0


def matrix_inputs(shape: ModelShape) -> int:
    """Return the numbers a token that only the gradients of the blocks' matrices need: what these read."""
    return shape.layers * (2 * shape.hidden + shape.intermediate)


def norm_inputs(shape: ModelShape) -> int:
    """Return the numbers a token that only the gradients of the blocks' norms need: what these scale."""
    return 2 * shape.layers * shape.hidden


@dataclass(frozen=True, slots=True)
class LayerSizes:
    """Widths of a linear layer.

    Attributes:
        inputs: Numbers it reads a token.
        outputs: Numbers it writes a token.
    """

    inputs: int
    outputs: int


def layer_sizes(shape: ModelShape, name: str) -> LayerSizes:
    """Return the widths of a block's linear layer by its usual name.

    Args:
        shape: The model's sizes.
        name: Name, or path, of the layer; one that says nothing of its size is taken as hidden x hidden.
    """
    hidden, wide = shape.hidden, shape.intermediate
    head_width = shape.head_width or hidden // shape.heads
    queries, keys = shape.heads * head_width, shape.kv_heads * head_width
    feed_forward = ".mlp." in f".{name}"
    sizes = {
        "q_proj": (hidden, queries),
        "o_proj": (queries, hidden),
        "dense": (queries, hidden),
        "k_proj": (hidden, keys),
        "v_proj": (hidden, keys),
        "c_attn": (hidden, queries + 2 * keys),
        "qkv_proj": (hidden, queries + 2 * keys),
        "query_key_value": (hidden, queries + 2 * keys),
        "c_proj": (wide, hidden) if feed_forward else (queries, hidden),
        "gate_up_proj": (hidden, 2 * wide),
        **dict.fromkeys(("gate_proj", "up_proj", "fc1", "c_fc", "dense_h_to_4h"), (hidden, wide)),
        **dict.fromkeys(("down_proj", "fc2", "dense_4h_to_h"), (wide, hidden)),
    }
    return LayerSizes(*sizes.get(name.rpartition(".")[2], (hidden, hidden)))


def adapted_layers(shape: ModelShape, target_modules: str | Sequence[str]) -> list[LayerSizes]:
    """Return the linear layers of one block that an adapter goes on.

    Routed experts are stacked in one tensor, which is no linear layer; shared experts have some.

    Args:
        shape: The model's sizes.
        target_modules: `all-linear` or names of layers.
    """
    outside = replace(shape, intermediate=shape.intermediate - shape.experts_per_token * shape.expert_width)
    if isinstance(target_modules, str):
        return _block_layers(outside)
    return [layer_sizes(outside, name) for name in target_modules]


def _block_layers(shape: ModelShape) -> list[LayerSizes]:
    attention = ("q_proj", "k_proj", "v_proj", "o_proj")
    gate = ("gate_proj",) if shape.gated else ()
    feed_forward = (*gate, "up_proj", "down_proj") if shape.intermediate else ()
    return [layer_sizes(shape, name) for name in (*attention, *feed_forward)]


def adapter_parameters(shape: ModelShape, rank: int, target_modules: str | Sequence[str]) -> int:
    """Return the parameters of low-rank adapters: rank x (inputs + outputs) a layer.

    Args:
        shape: The model's sizes.
        rank: Rank of each adapter.
        target_modules: `all-linear` or names of layers.
    """
    sizes = adapted_layers(shape, target_modules)
    return rank * shape.layers * sum(layer.inputs + layer.outputs for layer in sizes)


def output_widths(shape: ModelShape, target_modules: str | Sequence[str]) -> int:
    """Return the outputs of all layers of a model that an adapter goes on."""
    return shape.layers * sum(layer.outputs for layer in adapted_layers(shape, target_modules))


def block_matrices(shape: ModelShape) -> int:
    """Return the weights of one block's linear layers, as one token meets them."""
    return sum(layer.inputs * layer.outputs for layer in _block_layers(shape))


def vectors(shape: ModelShape) -> int:
    """Return the parameters that are neither embeddings nor matrices: norms and biases.

    Exact for a dense model whose parameters were counted; in a mixture of experts two norms a block are
    taken, as routers and idle experts are not told apart from the rest.
    """
    if shape.experts:
        return (2 * shape.layers + 1) * shape.hidden
    matrices = shape.embedding_parameters + shape.layers * block_matrices(shape)
    return max(shape.hidden, shape.parameters - matrices)
