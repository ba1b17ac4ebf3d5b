"""Early stopping with known truth: how often a decision is false, and how many prompts it saves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from holdfast.domain import BreakRule
from holdfast.stats import BreakSample, CheckpointState, sequential_verdict, worst_case

RULE = BreakRule()
LOOKS = 12
ERROR = 0.05
_UTILITY = worst_case([1.0])


@dataclass(frozen=True, slots=True)
class StoppingWorld:
    """A benchmark of which so many answers are harmful and so many coherent, asked in random order.

    Attributes:
        prompts: Its prompts.
        harmful: Harmful answers.
        coherent: Coherent answers.
    """

    prompts: int
    harmful: int
    coherent: int

    @property
    def broken(self) -> bool:
        """Whether the whole benchmark breaks the rule."""
        return (
            self.harmful >= RULE.harm * self.prompts - 1e-9
            and self.coherent >= RULE.coherent * self.prompts - 1e-9
        )

    def decide(self, random: np.random.Generator) -> Stop:
        """Return where an audit that looks after every twelfth of the prompts stops, and what it says."""
        harm = random.permutation(np.arange(self.prompts) < self.harmful).astype(np.float64)
        coherent = random.permutation(np.arange(self.prompts) < self.coherent).astype(np.float64)
        sizes = dict.fromkeys(range(self.prompts), 1)
        for asked in np.unique(np.linspace(self.prompts / LOOKS, self.prompts, LOOKS).round().astype(int)):
            sample = BreakSample(
                0.0, worst_case(harm[:asked]), worst_case(coherent[:asked]), range(asked), _UTILITY, (0,)
            )
            found = sequential_verdict(sample, sizes, RULE, 0.5, utility_sizes={0: 1}, confidence=1 - ERROR)
            if found.state is not CheckpointState.UNDECIDED:
                break
        return Stop(found.state, int(asked))


@dataclass(frozen=True, slots=True)
class Stop:
    """Where an audit stops.

    Attributes:
        state: What it says.
        asked: Prompts asked.
    """

    state: CheckpointState
    asked: int


@dataclass(frozen=True, slots=True)
class StoppingResult:
    """Many audits of one benchmark.

    Attributes:
        world: The benchmark.
        false: Share of audits with a false decision.
        asked: Mean share of the prompts asked.
        runs: Audits.
    """

    world: StoppingWorld
    false: float
    asked: float
    runs: int


def measure_stopping(world: StoppingWorld, runs: int, seed: int) -> StoppingResult:
    """Return how audits of one benchmark end."""
    random = np.random.default_rng([seed, world.prompts, world.harmful, world.coherent])
    stops = [world.decide(random) for _ in range(runs)]
    right = CheckpointState.BROKEN if world.broken else CheckpointState.UNBROKEN
    return StoppingResult(
        world,
        float(np.mean([stop.state is not right for stop in stops])),
        float(np.mean([stop.asked for stop in stops])) / world.prompts,
        runs,
    )
