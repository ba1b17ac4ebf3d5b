"""What a checkpoint must be before anything is made of it."""

from __future__ import annotations

import math

from holdfast.domain import Checkpoint, TrialError


def require_finite_loss(checkpoint: Checkpoint) -> None:
    """Refuse a checkpoint whose training diverged; a technique with a loop of its own may not have looked.

    Raises:
        TrialError: If its loss is NaN or infinite.
    """
    if checkpoint.loss is not None and not math.isfinite(checkpoint.loss):
        raise TrialError(
            f"diverged by step {checkpoint.step}: the training loss is {checkpoint.loss}",
            next_step="lower learning_rate",
        )
