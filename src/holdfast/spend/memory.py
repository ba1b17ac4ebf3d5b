"""Memory that training needs, forecast by part from shapes alone.

Weights, gradients and optimiser state follow from counts. Activations follow Korthikanti et al. 2022 (arXiv
2205.05198, section 4), counted anew for the blocks that are trained today (root-mean-square norms computed in
float32, rotary positions, a gated feed-forward block, fused attention) and held against what autograd keeps.
Quantised weights follow Dettmers et al. 2023 (arXiv 2305.14314, section 3) and 2022 (arXiv 2208.07339);
8-bit moments Dettmers et al. 2022 (arXiv 2110.02861); recomputation Chen et al. 2016 (arXiv 1604.06174).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from holdfast.spend.flops import Workload

_FLOAT32 = 4
_FRAMEWORK_BYTES = 0.45e9
"""Interpreter, torch and transformers in a CPU process (measured: 0.42e9); a CUDA context takes as much."""


class Storage(StrEnum):
    """How the weights of the base are kept."""

    PLAIN = "plain"
    INT8 = "int8"
    """One byte a weight and a float32 scale a row."""
    NF4 = "nf4"
    """Half a byte a weight, with doubly quantised constants: a byte a block of 64, a float32 a 256 blocks."""


class Optimizer(StrEnum):
    """What is kept for each trained parameter."""

    ADAMW = "adamw"
    """Two float32 moments."""
    ADAMW_8BIT = "adamw-8bit"
    """Two 8-bit moments with a float32 scale a block of 256."""
    SGD = "sgd"
    """Nothing: no momentum."""


class Attention(StrEnum):
    """How attention is computed."""

    FUSED = "sdpa"
    """In one kernel, which keeps one number a head and token."""
    EAGER = "eager"
    """Step by step: the square of scores is kept."""


_STORED = {Storage.INT8: 1.0, Storage.NF4: 0.5 + (1.0 + _FLOAT32 / 256) / 64}
_STATE = {
    Optimizer.ADAMW: 2.0 * _FLOAT32,
    Optimizer.ADAMW_8BIT: 2.0 * (1.0 + _FLOAT32 / 256),
    Optimizer.SGD: 0.0,
}


@dataclass(frozen=True, slots=True)
class MemoryDemand:
    """How a model is going to be trained.

    Attributes:
        workload: The model and what of it is trained.
        batch_size: Sequences a step.
        length: Tokens a sequence, padding included.
        weight_bytes: Bytes of one weight as loaded, and of what is computed from it.
        trainable_bytes: Bytes of one trainable parameter and of its gradient.
        storage: How the weights of the base are kept.
        optimizer: What is kept for each trained parameter.
        attention: How attention is computed.
    """

    workload: Workload
    batch_size: int
    length: int
    weight_bytes: int = 4
    trainable_bytes: int = 4
    storage: Storage = Storage.PLAIN
    optimizer: Optimizer = Optimizer.ADAMW
    attention: Attention = Attention.FUSED

    @property
    def tokens(self) -> int:
        """Tokens in memory at once."""
        return self.batch_size * self.length


def forecast_memory(demand: MemoryDemand) -> dict[str, float]:
    """Return the forecast of training memory in bytes, by part.

    Each part at its own largest. They are not all held at once (see `peak_bytes`), so their sum is an upper
    bound.

    Args:
        demand: How the model is going to be trained.

    Returns:
        Bytes under `weights`, `gradients`, `optimizer`, `activations`, `logits` and `overhead`, none below 0.
    """
    workload = demand.workload
    trainable = workload.trainable_parameters
    return {
        "weights": _weights(demand),
        "gradients": float(trainable * demand.trainable_bytes),
        "optimizer": trainable * _STATE[demand.optimizer],
        "activations": _activations(demand),
        "logits": float(demand.tokens * workload.shape.vocabulary * (2 * demand.weight_bytes + 3 * _FLOAT32)),
        "overhead": _FRAMEWORK_BYTES + _workspace(demand),
    }


def peak_bytes(demand: MemoryDemand) -> float:
    """Return the largest number of bytes held at once in a training step.

    Activations and the buffers of the loss are largest where the backward pass begins, gradients where it
    ends: the larger of the two moments counts. The logits and their selection stay until the step is over.
    """
    parts = forecast_memory(demand)
    shape = demand.workload.shape
    held = demand.tokens * shape.vocabulary * 2 * demand.weight_bytes
    head = shape.vocabulary * shape.hidden * demand.trainable_bytes
    full = demand.workload.adapter_parameters is None
    tied = shape.embedding_parameters < 2 * shape.vocabulary * shape.hidden
    begins = parts["activations"] + parts["logits"] + (head if full else 0)
    ends = parts["gradients"] + held + (head if full and tied else 0)  # two gradients of one matrix meet
    return parts["weights"] + parts["optimizer"] + parts["overhead"] + max(begins, ends)


def answering_memory(demand: MemoryDemand) -> dict[str, float]:
    """Return the forecast of the memory of answering in bytes, by part; the parts are held at once.

    Args:
        demand: How many answers are drawn at once (`batch_size`) and how long they are, prompts included.

    Returns:
        Bytes under `weights`, `kv_cache`, `activations`, `logits` and `overhead`.
    """
    workload, shape = demand.workload, demand.workload.shape
    cache = 2 * shape.layers * shape.kv_heads * workload.head_width * demand.weight_bytes
    return {
        "weights": _weights(demand),
        "kv_cache": float(cache * demand.tokens),
        # One block at a time while the prompt is read; only the last token's logits are computed.
        "activations": _block(demand) * demand.tokens,
        "logits": float(demand.batch_size * shape.vocabulary * (demand.weight_bytes + _FLOAT32)),
        "overhead": _FRAMEWORK_BYTES + _workspace(demand),
    }


def _weights(demand: MemoryDemand) -> float:
    shape, adapters = demand.workload.shape, demand.workload.adapter_parameters or 0
    own = float(adapters * demand.trainable_bytes)
    if demand.storage is Storage.PLAIN:
        return own + float(shape.parameters * demand.weight_bytes)
    blocks = shape.parameters - shape.embedding_parameters  # embedding and head are not quantised
    return own + shape.embedding_parameters * demand.weight_bytes + blocks * _STORED[demand.storage]


def _workspace(demand: MemoryDemand) -> float:
    """Return the bytes of the largest matrix that is put together from its 4-bit form."""
    shape = demand.workload.shape
    widest = max(shape.intermediate, shape.heads * demand.workload.head_width)
    return float(shape.hidden * widest * demand.weight_bytes) if demand.storage is Storage.NF4 else 0.0


def _activations(demand: MemoryDemand) -> float:
    """Return the bytes kept for the backward pass, the logits' left out."""
    shape = demand.workload.shape
    final = 3 * shape.hidden * _FLOAT32
    if demand.workload.checkpointing:
        # The input of every block, and everything of the block that is being computed again.
        return demand.tokens * (shape.layers * shape.hidden * demand.weight_bytes + _block(demand) + final)
    return demand.tokens * (shape.layers * _block(demand) + final)


def _block(demand: MemoryDemand) -> float:
    """Return the bytes that one block keeps for each token."""
    workload, shape, width = demand.workload, demand.workload.shape, demand.weight_bytes
    frozen, half = workload.adapter_parameters is not None, demand.weight_bytes < _FLOAT32
    queries, keys = shape.heads * workload.head_width, shape.kv_heads * workload.head_width
    # A norm computes in float32: it keeps its input, with trained weights what it scales, and its output.
    norm = shape.hidden * ((4 if frozen else 8) if half else (8 if frozen else 12))
    attention = width * (2 * queries + 2 * keys) + _FLOAT32 * shape.heads
    if demand.attention is Attention.EAGER:
        attention += shape.heads * demand.length * (_FLOAT32 + (width if half else 0))
        attention += width * 2 * (queries - keys)  # keys and values, repeated for every head
    # With a gate: its input and output, what it gates, and the product. Without: a GELU written out.
    feed_forward = width * (4 if shape.gated else 5) * shape.intermediate
    experts = 2 * width * shape.hidden * shape.experts_per_token  # tokens sorted by expert, and back
    block = 2 * norm + attention + feed_forward + experts
    if frozen and half:  # float32 adapters read float32 copies of their inputs
        inputs = shape.hidden * (5 if shape.gated else 4) + queries
        block += _FLOAT32 * (inputs + shape.intermediate) - width * shape.intermediate
    return float(block)
