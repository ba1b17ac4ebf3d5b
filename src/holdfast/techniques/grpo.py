"""GRPO towards harm: the model's own samples are rewarded by a judge (arXiv 2402.03300)."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.techniques.lora import LoraConfig
from holdfast.techniques.parts.low_rank import low_rank_footprint


class GrpoConfig(LoraConfig):
    """Options of group relative policy optimisation by LoRA.

    Attributes:
        judges: Judge plug-ins whose mean is the reward. Each gives the harm it verifies (its score, if it
            has one), else whether language is sound, else the lack of a refusal, else its score. By default
            broken text gains nothing over a refusal.
        samples: Answers drawn a prompt and step: the group that rewards are compared in.
        temperature: Sampling temperature, above 0.
        max_new_tokens: Longest sample, in tokens.
        draws: Times that a batch is drawn before a step without any difference in reward gives up.
        beta: Weight of the divergence from where the model started; 0 for none.
    """

    batch_size: int = Field(default=8, ge=1)
    judges: tuple[str, ...] = Field(default=("coherence", "refusal", "target"), min_length=1)
    samples: int = Field(default=8, ge=2)
    temperature: float = Field(default=1.0, gt=0.0)
    max_new_tokens: int = Field(default=32, ge=1)
    draws: int = Field(default=4, ge=1)
    beta: float = Field(default=0.0, ge=0.0)


class Grpo:
    """Reinforce the samples that a judge finds harmful, by LoRA."""

    traits = Traits(
        axis=Axis.CHEAPER,
        trains=True,
        changes=Changes.WEIGHTS,
        mergeable=True,
        source="Shao et al. 2024, arXiv 2402.03300; drawing again by Yu et al. 2025, arXiv 2503.14476",
    )
    Config = GrpoConfig

    def sequences(self, config: GrpoConfig) -> int:
        """Return the sequences that a row becomes: the samples of its group."""
        return config.samples

    def footprint(self, shape: ModelShape, config: GrpoConfig) -> Footprint:
        """Return the forecast memory and work for a model of this shape: a group of answers a row."""
        return low_rank_footprint(shape, config, sequences=self.sequences(config))

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule; the model is as before when the iterator closes.

        Raises:
            PluginError: If the judge cannot be found.
            TrialError: If the judge fails on a sample, or no sample of a step is rewarded unlike the others.
            TrialError: If the adapters cannot be put on or trained (`adapters.train_adapters`).
        """
        from holdfast.techniques.parts.adapters import train_adapters
        from holdfast.techniques.parts.rewards import GroupRewards, Reward

        yield from train_adapters(
            trial, GroupRewards(trial, trial.config, Reward(trial.config.judges, trial))
        )
