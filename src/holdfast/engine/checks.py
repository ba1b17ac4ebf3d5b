"""What must hold of a training, checked where somebody is about to look at it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch

from holdfast.domain import Schedule, TrialError

_INTEGERS = {1: torch.int8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def checksums(tensors: Sequence[torch.Tensor]) -> tuple[int, ...]:
    """Return a sum over the bits of each tensor: equal for equal tensors, nearly surely different else."""
    sums = [t.detach().view(_INTEGERS[t.element_size()]).sum(dtype=torch.int64) for t in tensors]
    return tuple(torch.stack(sums).tolist())


def require_finite(parameters: Mapping[str, torch.Tensor], step: int) -> None:
    """Make sure that every weight is a number.

    Raises:
        TrialError: If one is NaN or infinite, naming its tensor.
    """
    finite = torch.stack([torch.isfinite(p.detach()).all() for p in parameters.values()]).tolist()
    for name, sound in zip(parameters, finite, strict=True):
        if not sound:
            raise TrialError(
                f"diverged at step {step}: {name} holds NaN or infinite weights",
                next_step="lower learning_rate",
            )


def require_change(before: Sequence[int], after: Sequence[int], step: int) -> None:
    """Make sure that training did something.

    Raises:
        TrialError: If the checksums of all tensors are as before.
    """
    if before == after:
        raise TrialError(
            f"{step} training steps changed no weight: the result would be the model it started from",
            next_step="raise learning_rate, or load the model in float32",
        )


def require_schedule(schedule: Schedule) -> None:
    """Make sure that a schedule can be followed.

    Raises:
        TrialError: If its steps do not increase, or lie outside [0, total_steps].
    """
    steps = schedule.measure_at
    increasing = all(a < b for a, b in pairwise(steps))
    if not increasing or any(not 0 <= step <= schedule.total_steps for step in steps):
        raise TrialError(
            f"measuring at steps {list(steps)} of {schedule.total_steps} makes no sense",
            next_step=f"give increasing steps between 0 and {schedule.total_steps}",
        )
