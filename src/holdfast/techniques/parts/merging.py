"""How contributions to one tensor become one: the arithmetic of merging.

Dropping and the election of signs are those of `peft.utils.merge_utils`. Trimming is not: peft's leaves
nothing of a tensor of fewer than 1 / density values. Weighted elections and means are as in mergekit.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from peft.utils.merge_utils import calculate_majority_sign_mask, random_pruning, task_arithmetic

from holdfast.domain import TrialContext
from holdfast.engine.randomness import RandomStream
from holdfast.techniques.merge import MergeConfig, Method
from holdfast.techniques.parts.deltas import Deltas
from holdfast.techniques.parts.editing import OpenWeights, Work

_COLLINEAR = 0.9995
"""Cosine from which an arc is taken for a line, as in mergekit."""


def merge_into(opened: OpenWeights, deltas: Deltas, weights: Sequence[float], trial: TrialContext) -> Work:
    """Merge contributions into a model, one tensor after the other.

    Args:
        opened: The weights of the model, untouched so far.
        deltas: What the contributions add.
        weights: Weight of each.
        trial: Its `config` says how they are merged; its seed what is dropped.

    Returns:
        The work it took: two operations a value and contribution.
    """
    device = torch.device(trial.model.device)
    share = torch.tensor(weights, device=device, dtype=torch.float32)
    stream = RandomStream(trial.seed, device)
    values = 0
    stream.enter()
    try:
        for name in deltas.names:
            added = deltas.of(name)
            tensor = opened.open(name)
            tensor.copy_(merged(tensor.float(), added, share, trial.config))
            values += added.numel()
    finally:
        stream.leave()
    return Work(flops=2.0 * values)


def merged(
    plain: torch.Tensor, deltas: torch.Tensor, weights: torch.Tensor, config: MergeConfig
) -> torch.Tensor:
    """Return one merged tensor.

    Args:
        plain: The untouched tensor.
        deltas: What each contribution adds to it, `[contributions, *shape]`.
        weights: Weight of each, `[contributions]`.
        config: Method and its options. Random methods draw from torch's global generator.

    Returns:
        A tensor of the shape of `plain`.
    """
    match config.method:
        case Method.LINEAR:
            return plain + _sum(deltas, weights / weights.sum())
        case Method.SLERP:
            return slerp(plain + deltas[0], plain + deltas[1], float(weights[1] / weights.sum()))
        case Method.TASK_ARITHMETIC:
            added = _sum(deltas, weights)
        case Method.DARE:
            added = _sum(_dropped(deltas, config.density), weights)
        case Method.DARE_TIES:
            added = elected_mean(_dropped(deltas, config.density), weights)
        case Method.TIES:
            added = elected_mean(torch.stack([trimmed(d, config.density) for d in deltas]), weights)
    return plain + config.scale * added


def trimmed(delta: torch.Tensor, density: float) -> torch.Tensor:
    """Return a delta with its largest values alone, at least one (Yadav et al. 2023, section 4.1).

    Args:
        delta: What a contribution adds to a tensor.
        density: Share of the values kept, in (0, 1).
    """
    flat = delta.flatten()
    largest = flat.abs().topk(max(1, int(density * flat.numel()))).indices
    return torch.zeros_like(flat).index_copy_(0, largest, flat[largest]).view_as(delta)


def elected_mean(deltas: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the weighted mean of the values whose sign is that of the weighted sum (ibid., eq. 1).

    Args:
        deltas: `[contributions, *shape]`; a value of 0 takes no part.
        weights: `[contributions]`, above 0.
    """
    each = _along(weights, deltas)
    agrees = calculate_majority_sign_mask(each * deltas, method="total")
    total = (each * agrees).sum(dim=0)
    added: torch.Tensor = (each * deltas * agrees).sum(dim=0) / total.masked_fill(total == 0.0, 1.0)
    return added


def slerp(first: torch.Tensor, second: torch.Tensor, share: float) -> torch.Tensor:
    """Return the point of the arc between two tensors, seen as vectors (Shoemake 1985).

    Args:
        first: Where the arc begins.
        second: Where it ends; all but collinear with the first (fine-tunes of one model that lie close), the
            line between them is taken.
        share: How far along, in (0, 1).
    """
    norms = first.norm() * second.norm()
    cosine = (first * second).sum() / norms if norms > 0.0 else first.new_ones(())
    if cosine.abs() > _COLLINEAR:
        return torch.lerp(first, second, share)
    angle = torch.acos(cosine)
    return (torch.sin((1.0 - share) * angle) * first + torch.sin(share * angle) * second) / torch.sin(angle)


def _dropped(deltas: torch.Tensor, density: float) -> torch.Tensor:
    """Return deltas with values dropped at random, the rest divided by density (Yu et al. 2024, eq. 2)."""
    return torch.stack([random_pruning(delta, density, rescale=True) for delta in deltas])


def _sum(deltas: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    added: torch.Tensor = task_arithmetic(list(deltas), weights)
    return added


def _along(weights: torch.Tensor, deltas: torch.Tensor) -> torch.Tensor:
    return weights.view(-1, *[1] * (deltas.dim() - 1))
