"""How gradient techniques train: the options they share, with their defaults."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from holdfast.spend import Optimizer


class RateSchedule(StrEnum):
    """How the rate goes on after the warm-up."""

    CONSTANT = "constant"
    """Step k of a run is then the end of a k-step run."""
    LINEAR = "linear"
    """Falls to zero at the last step."""
    COSINE = "cosine"
    """Falls to zero at the last step along half a cosine (Loshchilov and Hutter 2017, arXiv 1608.03983)."""


class TrainSettings(BaseModel):
    """Options of every technique that trains by gradient: the base of their `Config`.

    By default the rate is constant, so that step k of a run is the end of a k-step run.

    Attributes:
        steps: Optimiser steps.
        learning_rate: The rate, above 0; its peak where it is not constant.
        schedule: How the rate goes on after the warm-up.
        warm_up: Share of the steps in which the rate climbs from zero, in [0, 1).
        optimizer: `adamw` (Loshchilov and Hutter 2019, arXiv 1711.05101, betas 0.9 and 0.999), `adamw-8bit`
            (the same with quantised state, Dettmers et al. 2022, arXiv 2110.02861) or `sgd` (no momentum, no
            state; its rates are some hundred times higher).
        gradient_checkpointing: Compute activations twice instead of keeping them: less memory, more work.
        batch_size: Rows a step; the whole corpus where it is smaller.
        weight_decay: Decoupled decay; 0 for none.
        clip_norm: Largest norm of the gradient of all trainable parameters together; None for no clipping.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    steps: int = Field(default=100, ge=1)
    learning_rate: float = Field(gt=0.0)
    schedule: RateSchedule = RateSchedule.CONSTANT
    warm_up: float = Field(default=0.0, ge=0.0, lt=1.0)
    optimizer: Optimizer = Optimizer.ADAMW
    gradient_checkpointing: bool = False
    batch_size: int = Field(default=32, ge=1)
    weight_decay: float = Field(default=0.0, ge=0.0)
    clip_norm: float | None = Field(default=1.0, gt=0.0)

    @property
    def constant_rate(self) -> bool:
        """Whether every step has the same rate."""
        return self.schedule is RateSchedule.CONSTANT and self.warm_up == 0.0

    def rate_factor(self, number: int) -> float:
        """Return what the rate of a step is multiplied by, in (0, 1].

        Args:
            number: 0-based number of the step, below `steps`.
        """
        climbing = math.ceil(self.warm_up * self.steps)
        if number < climbing:
            return (number + 1) / climbing
        done = (number - climbing) / (self.steps - climbing) if self.steps > climbing else 0.0
        match self.schedule:
            case RateSchedule.CONSTANT:
                return 1.0
            case RateSchedule.LINEAR:
                return 1.0 - done
            case RateSchedule.COSINE:
                return (1.0 + math.cos(math.pi * done)) / 2.0

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
        checkpointing = ", gradient checkpointing" if self.gradient_checkpointing else ""
        written = self.model_dump(mode="json").items()
        own = in_words({k: v for k, v in written if k not in TrainSettings.model_fields})
        extra = f", {own}" if own else ""
        return (
            f"{self.optimizer.value}, {self.steps} steps of batch {batch}, {self._rate()}, {decay}, "
            f"{clip}{checkpointing}{extra}"
        )

    def _rate(self) -> str:
        climb = f" after {self.warm_up:.0%} of warm-up" if self.warm_up else ""
        return f"{self.schedule.value} rate {self.learning_rate:g}{climb}"


def in_words(options: Mapping[str, Any]) -> str:
    """Return options in one line, as a reader would write them; those that say nothing (None) are left out.

    Args:
        options: JSON-ready value by name.
    """
    told = {name.replace("_", " "): value for name, value in options.items() if value is not None}
    return ", ".join(f"{name} {_word(value)}" for name, value in told.items())


def _word(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case Mapping():
            return f"({in_words(value)})"
        case list() | tuple():
            return f"[{', '.join(map(_word, value))}]"
        case str() if not value or " " in value:
            return f'"{value}"'
    return str(value)
