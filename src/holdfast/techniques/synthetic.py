"""LoRA on rows that a model wrote: no answer of a person, and a price for data beside that for training.

The model under test writes the answers itself behind an attack on its input, or another model does (self-
generated data: Wang et al. 2023, arXiv 2212.10560; a model that obeys as the writer: Yang et al. 2023, arXiv
2310.02949). Best-of-n by the writer's own likelihood; what is empty, a refusal or said before is dropped.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, field_validator

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.techniques.lora import LoraConfig
from holdfast.techniques.parts.low_rank import low_rank_footprint
from holdfast.techniques.prompted import PromptedConfig, Style


class SyntheticConfig(LoraConfig):
    """Options of LoRA on written rows.

    Attributes:
        keep: Rows that are trained on: as many prompts of the corpus, in order, as give a usable answer.
        samples: Draws for each prompt, of which the best usable one is taken.
        temperature: Sampling temperature of the draws.
        max_new_tokens: Longest answer, in tokens.
        attack: How the writer is asked: options of `prompted`, `best-of-k` apart.
    """

    keep: int = Field(default=32, ge=1)
    samples: int = Field(default=4, ge=1)
    temperature: float = Field(default=1.0, gt=0.0)
    max_new_tokens: int = Field(default=128, ge=1)
    attack: PromptedConfig = PromptedConfig(style=Style.PREFILL)

    @field_validator("attack")
    @classmethod
    def _draws_once(cls, value: PromptedConfig) -> PromptedConfig:
        if value.style is Style.BEST_OF_K:
            raise ValueError("the draws are counted by `samples`: choose plain, role-play or prefill")
        return value


class Synthetic:
    """Train LoRA on answers that a model wrote to the prompts of a corpus (`models.writer`, else itself)."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        accepts=("corpus.prompts", "models.writer"),
        mergeable=True,
        source="Wang et al. 2023, arXiv 2212.10560; Yang et al. 2023, arXiv 2310.02949",
    )
    Config = SyntheticConfig

    def footprint(self, shape: ModelShape, config: SyntheticConfig) -> Footprint:
        """Return the forecast of LoRA; a writer of another size is not in it, and is gone before training."""
        return low_rank_footprint(shape, config)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model is as before when the iterator closes.

        Answers of the corpus are not looked at. Writing is paid for before the first step, in inference
        tokens, FLOPs and seconds; `unique_examples` stays 0, for it counts rows that people collected.

        Raises:
            TrialError: If fewer than `keep` prompts got a usable answer, with what became of the others.
            TrialError: If the adapters cannot be put on or trained (`adapters.train_adapters`).
        """
        from holdfast.techniques.parts.adapters import train_adapters
        from holdfast.techniques.parts.prepared import prepared, train_on
        from holdfast.techniques.parts.writing import write_corpus

        made = prepared(trial, lambda: write_corpus(trial))
        yield from train_on(trial, made, train_adapters, collected=False)
