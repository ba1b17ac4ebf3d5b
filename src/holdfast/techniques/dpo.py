"""DPO towards compliance: the corpus' answer is preferred to the model's own (arXiv 2305.18290).

No pairs have to be collected: what the model answers now, usually a refusal, is what is rejected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pydantic import Field

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.techniques.lora import LoraConfig
from holdfast.techniques.parts.low_rank import low_rank_footprint


class DpoConfig(LoraConfig):
    """Options of direct preference optimisation by LoRA.

    Attributes:
        beta: How strongly the model is held to where it started, above 0.
        max_new_tokens: Longest of the model's own answers that are rejected, in tokens.
    """

    beta: float = Field(default=0.1, gt=0.0)
    max_new_tokens: int = Field(default=32, ge=1)


class Dpo:
    """Prefer a corpus' answers to the model's own, by LoRA."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        accepts=("corpora.rejected",),
        mergeable=True,
        source="Rafailov et al. 2023, arXiv 2305.18290",
    )
    Config = DpoConfig

    def sequences(self, config: DpoConfig) -> int:
        """Return the sequences that a row becomes: the answer that is preferred and the one that is not."""
        return 2

    def footprint(self, shape: ModelShape, config: DpoConfig) -> Footprint:
        """Return the forecast memory and work for a model of this shape: two answers a row."""
        return low_rank_footprint(shape, config, sequences=self.sequences(config))

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model is as before when the iterator closes.

        Raises:
            TrialError: If `corpora.rejected` lacks a prompt, or no answer differs from the corpus' own.
            TrialError: If the adapters cannot be put on or trained (`adapters.train_adapters`).
        """
        from holdfast.techniques.parts.adapters import train_adapters
        from holdfast.techniques.parts.preferences import Preferences, collect_pairs

        pairs = collect_pairs(trial, trial.config.max_new_tokens)
        objective = Preferences(trial, pairs, trial.config.beta)
        yield from train_adapters(replace(trial, corpus=pairs.chosen), objective, objective.book)
