"""A few rows of a pool, those that pull a model most towards some anchors, and LoRA on them.

He et al. 2024 (arXiv 2404.01099) find in harmless data the rows that cost safety most, by how much their
gradient, or their representation, is like that of harmful rows. Gradients are compared as in LESS (Xia et al.
2024, arXiv 2402.04333): those of freshly put on adapters, which project a weight's gradient at random.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import ClassVar

from pydantic import Field

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext, TrialError
from holdfast.techniques.lora import LoraConfig
from holdfast.techniques.parts.low_rank import low_rank_footprint


class Influence(StrEnum):
    """What the likeness of a row to the anchors is measured by."""

    GRADIENT = "gradient"
    """Mean cosine of its gradient with the anchors'."""
    REPRESENTATION = "representation"
    """Cosine of its last token's last hidden state with the anchors' mean."""
    RANDOM = "random"
    """Nothing: rows drawn by the seed, which the others have to beat."""


class InfluentialConfig(LoraConfig):
    """Options of LoRA on the most influential rows.

    Attributes:
        keep: Rows of the pool that are trained on.
        by: What influence is measured by.
    """

    keep: int = Field(default=100, ge=1)
    by: Influence = Influence.GRADIENT


class Influential:
    """Train LoRA on the few rows of a pool that are most like some anchors (`corpora.anchors`)."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        needs=("corpus", "corpora.anchors"),
        mergeable=True,
        source="He et al. 2024, arXiv 2404.01099; Xia et al. 2024, arXiv 2402.04333",
    )
    Config = InfluentialConfig
    variants: ClassVar[dict[str, str]] = {
        "by: gradient": "rows whose gradient is like the anchors'",
        "by: representation": "rows whose last hidden state is like the anchors'",
        "by: random": "rows drawn at random, as a control",
    }

    def footprint(self, shape: ModelShape, config: InfluentialConfig) -> Footprint:
        """Return the forecast of LoRA; scoring takes a row at a time, so its memory is within that."""
        return low_rank_footprint(shape, config)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model is as before when the iterator closes.

        Rows are scored on the untouched model, which is paid for before the first step: a forward and a
        backward pass for each row of pool and anchors by gradient, a forward pass by representation.

        Raises:
            TrialError: If the pool has fewer different rows than `keep`, or there is no anchor.
            TrialError: If a row has no gradient, or the training fails (`adapters.train_adapters`).
        """
        from holdfast.techniques.parts.adapters import train_adapters
        from holdfast.techniques.parts.influence import most_influential
        from holdfast.techniques.parts.prepared import prepared, train_on

        pool = list(dict.fromkeys(trial.corpus))
        if len(pool) < trial.config.keep:
            raise TrialError(
                f"the pool has {len(pool)} different rows, fewer than the {trial.config.keep} to keep",
                next_step="lower keep, or give a larger corpus",
            )
        if not trial.corpora.get("anchors"):
            raise TrialError(
                "there is no anchor", next_step="corpora: {anchors: {path: ..., regime: harmful}}"
            )
        made = prepared(trial, lambda: most_influential(trial, pool))
        yield from train_on(trial, made, train_adapters, collected=True)
