"""How gradient techniques train: the options they share, with their defaults."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TrainSettings(BaseModel):
    """Options of every technique that trains by gradient: the base of their `Config`.

    The optimiser is AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) with betas 0.9 and 0.999. The rate
    is constant, so that step k of a run is the end of a k-step run.

    Attributes:
        steps: Optimiser steps.
        learning_rate: The constant rate, above 0.
        batch_size: Rows a step; the whole corpus where it is smaller.
        weight_decay: Decoupled decay; 0 for none.
        clip_norm: Largest norm of the gradient of all trainable parameters together; None for no clipping.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    steps: int = Field(default=100, ge=1)
    learning_rate: float = Field(gt=0.0)
    batch_size: int = Field(default=32, ge=1)
    weight_decay: float = Field(default=0.0, ge=0.0)
    clip_norm: float | None = Field(default=1.0, gt=0.0)

    def rows_per_step(self, corpus_rows: int) -> int:
        """Return the rows a step trains on, for a corpus of this many rows."""
        return min(self.batch_size, corpus_rows)

    def describe(self, corpus_rows: int | None = None) -> str:
        """Return the settings in one line, to be printed with every run.

        Args:
            corpus_rows: Rows of the corpus, if known: the batch is then the one really used.
        """
        batch = f"{self.batch_size} (or the corpus, if smaller)"
        if corpus_rows is not None:
            batch = f"{self.rows_per_step(corpus_rows)}"
        decay = f"decay {self.weight_decay:g}" if self.weight_decay else "no decay"
        clip = "no clipping" if self.clip_norm is None else f"clip {self.clip_norm:g}"
        own = {k: v for k, v in self.model_dump().items() if k not in TrainSettings.model_fields}
        extra = "".join(f", {name.replace('_', ' ')} {value}" for name, value in own.items())
        return (
            f"AdamW, {self.steps} steps of batch {batch}, constant rate {self.learning_rate:g}, {decay}, "
            f"{clip}{extra}"
        )
