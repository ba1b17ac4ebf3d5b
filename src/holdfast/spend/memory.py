"""Memory that training needs, forecast by part from shapes alone."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.spend.flops import Workload

_ADAMW_MOMENTS = 2


@dataclass(frozen=True, slots=True)
class MemoryDemand:
    """How a model is going to be trained.

    Attributes:
        workload: The model and what of it is trained.
        batch_size: Sequences a step.
        length: Tokens a sequence, padding included.
        weight_bytes: Bytes of one weight as loaded.
        trainable_bytes: Bytes of one trainable parameter, its gradient and each of its moments.
    """

    workload: Workload
    batch_size: int
    length: int
    weight_bytes: int = 4
    trainable_bytes: int = 4


def forecast_memory(demand: MemoryDemand) -> dict[str, float]:
    """Return the forecast of training memory in bytes, by part.

    Weights, gradients and the two moments of AdamW follow from counts. Activations follow Korthikanti et al.
    2022 (arXiv 2205.05198, section 4) without the attention square, which fused kernels do not keep, with a
    gated feed-forward block; the logits are kept three times (as computed, in the loss, and their gradient).

    Args:
        demand: How the model is going to be trained.

    Returns:
        Bytes under `weights`, `gradients`, `optimizer` and `activations`, each above 0.
    """
    workload, shape = demand.workload, demand.workload.shape
    trainable = workload.trainable_parameters
    weights = float(shape.parameters * demand.weight_bytes)
    if workload.adapter_parameters is not None:
        weights += trainable * demand.trainable_bytes
    tokens = demand.batch_size * demand.length
    return {
        "weights": weights,
        "gradients": float(trainable * demand.trainable_bytes),
        "optimizer": float(_ADAMW_MOMENTS * trainable * demand.trainable_bytes),
        "activations": float(tokens * demand.weight_bytes * _activations_per_token(workload)),
    }


def _activations_per_token(workload: Workload) -> float:
    """Return the numbers kept a token for the backward pass."""
    shape = workload.shape
    attention = workload.head_width * (3 * shape.heads + 4 * shape.kv_heads)
    residual_and_norms = 6 * shape.hidden
    feed_forward = 4 * shape.intermediate
    return shape.layers * (attention + residual_and_norms + feed_forward) + 3 * shape.vocabulary
