"""Adversarial suffix: a text after every prompt, searched by gradient until the model complies (GCG)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, Field

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.spend import MemoryDemand, Workload, forecast_memory
from holdfast.techniques.parts.footprint import FORECAST_LENGTH
from holdfast.techniques.parts.workloads import PromptWorkload


class AdversarialSuffixConfig(BaseModel):
    """Options of the suffix search.

    The paper takes 500 steps of 512 candidates for a suffix of 20 tokens; the defaults are a tenth of that.

    Attributes:
        steps: The budget: exchanges of one token.
        suffix_tokens: Length of the suffix.
        candidates: Exchanges tried a step.
        top_k: Most promising tokens a position that they are drawn from.
        batch_size: Rows of the corpus a step; the whole corpus where it is smaller.
        target_tokens: First tokens of each answer that the suffix is to bring about.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    steps: int = Field(default=200, ge=1)
    suffix_tokens: int = Field(default=16, ge=1)
    candidates: int = Field(default=128, ge=1)
    top_k: int = Field(default=64, ge=1)
    batch_size: int = Field(default=8, ge=1)
    target_tokens: int = Field(default=16, ge=1)


class AdversarialSuffix:
    """Search one suffix for all prompts of the corpus; the measured prompts are never looked at."""

    traits = Traits(
        axis=Axis.NONE,
        trains=False,
        changes=Changes.INPUTS,
        needs=("corpus",),
        source="Zou et al. 2023, arXiv 2307.15043",
    )
    Config = AdversarialSuffixConfig

    def footprint(self, shape: ModelShape, config: AdversarialSuffixConfig) -> Footprint:
        """Return the forecast memory and work: gradients by the inputs, and reading all candidates."""
        length = min(FORECAST_LENGTH, shape.context)
        frozen = Workload(shape, adapter_parameters=0)
        memory = forecast_memory(MemoryDemand(frozen, batch_size=config.batch_size, length=length))
        tried = (config.candidates + 1) * frozen.forward([length])
        return Footprint(
            memory_bytes=memory,
            flops_per_token=(PromptWorkload(shape).training([length]) + tried) / length,
            trainable_parameters=0,
        )

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the budget; at step 0 its subject is the untouched model.

        Raises:
            TrialError: If a row has no answer or is longer than the context with the suffix.
            TrialError: If no suffix is read back as it was written, or the loss is not finite.
            TrialError: If the snapshot to continue from is damaged or of another search.
        """
        from holdfast.techniques.parts.suffix_attack import follow_search

        yield from follow_search(trial)
