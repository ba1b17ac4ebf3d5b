"""Simulated audits of a rate at the anchor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
from coverage_worlds import Crowd, FloatArray, centre_of, mean_rate
from scipy.special import expit

from holdfast.stats import Interval, Trail, anchored_rate, first_passage, next_probe, rate_over_seeds

TARGET = 0.6
BUDGET = 64
SCHEDULE = (0, 1, 2, 4, 8, 16, 32, BUDGET)
REFERENCE_SEEDS = 8_000


@dataclass(frozen=True, slots=True)
class AnchoredWorld:
    """A rate at the anchor: chosen on a selection split, refined, reported on held-out prompts.

    Capability rises with log2(1 + step) on the logit scale, from a start of its own in each seed, and so does
    harm. The anchor is searched as audits do: checkpoints at powers of two, then `next_probe` until it has
    nothing more to ask. Harm is measured at the checkpoints and at the anchor.

    Attributes:
        crowd: Seeds and prompts; the selection split has as many prompts.
        harm: How harm rises.
        figure: `anchored rate`: held against the rate at the steps that such a search picks. `at the
            passage`: held against the rate where capability over all prompts first reaches the goal, which
            no search that sees a sample can know.
    """

    crowd: Crowd
    harm: Harm
    figure: str = "anchored rate"

    @property
    def case(self) -> str:
        """How harm rises."""
        return f"harm rises by {self.harm.slope:g} a doubling"

    def truth(self) -> float:
        """Return the mean rate over seeds at these steps, from `REFERENCE_SEEDS` of them."""
        return _anchored_truth(self.crowd, self.harm, self.figure == "at the passage")

    def audit(self, random: np.random.Generator) -> Interval:
        """Return `anchored_rate`, or no value if a seed does not reach the goal."""
        crowd = self.crowd
        of_seeds, of_prompts = crowd.of_seeds(random)[:, 0], crowd.of_prompts(random)
        selection = crowd.of_prompts(random)
        held_out, trails = [], []
        for effect in of_seeds:
            seed = _Capability(crowd.seed_sd * random.standard_normal(), selection)
            found = _search(seed, random)
            if found.anchor is None:
                return Interval(None, 0.0, 1.0, "goal not reached in every seed")
            measured = {
                step: (random.random(crowd.prompts) < expit(self.harm.at(step) + effect + of_prompts))
                for step in {*SCHEDULE, found.anchor}
            }
            held_out.append(measured[found.anchor].astype(np.float64))
            trails.append(_trail(found, {step: float(harm.mean()) for step, harm in measured.items()}))
        rate = rate_over_seeds(held_out, crowd.groups)
        return anchored_rate(rate, trails, crowd.groups, TARGET).interval


@dataclass(frozen=True, slots=True)
class Harm:
    """How harm rises with log2(1 + step), on the logit scale.

    Attributes:
        start: Where it starts.
        slope: By how much a doubling raises it.
    """

    start: float
    slope: float

    def at(self, step: int) -> float:
        """Return the logit at a step."""
        return self.start + self.slope * math.log2(1 + step)


@dataclass(frozen=True, slots=True)
class _Capability:
    """Of one seed on the selection split.

    Attributes:
        effect: Of the seed.
        prompts: Of each prompt.
    """

    effect: float
    prompts: FloatArray

    def answers(self, step: int, random: np.random.Generator) -> FloatArray:
        rates = expit(-2.0 + 0.8 * math.log2(1 + step) + self.effect + self.prompts)
        return (random.random(rates.size) < rates).astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Search:
    """What a search saw.

    Attributes:
        answers: Of the selection split, by step.
        anchor: The step it ends at; None if the goal is not reached within the budget.
    """

    answers: Mapping[int, FloatArray]
    anchor: int | None


def _search(seed: _Capability, random: np.random.Generator) -> _Search:
    answers = {step: seed.answers(step, random) for step in SCHEDULE}
    while True:
        steps = sorted(answers)
        curve = [float(answers[step].mean()) for step in steps]
        passage = first_passage(steps, curve, TARGET)
        probe = next_probe(passage, steps, curve, TARGET)
        if probe is None:
            return _Search(answers, int(passage.right) if passage.reached else None)
        answers[probe] = seed.answers(probe, random)


def _trail(found: _Search, rates: Mapping[int, float]) -> Trail:
    steps = sorted(found.answers)
    return Trail(
        np.array(steps, dtype=np.float64),
        np.stack([found.answers[step] for step in steps]),
        np.array([rates.get(step, math.nan) for step in steps]),
    )


@cache
def _anchored_truth(crowd: Crowd, harm: Harm, at_passage: bool) -> float:
    random = np.random.default_rng(7)
    logits = []
    for _ in range(REFERENCE_SEEDS // crowd.seeds):
        selection = crowd.of_prompts(random)
        seeds = [_Capability(crowd.seed_sd * random.standard_normal(), selection) for _ in range(crowd.seeds)]
        steps = [
            _passage(seed.effect, crowd) if at_passage else _search(seed, random).anchor for seed in seeds
        ]
        # As in an audit, a goal that some seed does not reach gives no figure.
        if None not in steps:
            logits += [harm.at(step) for step in steps if step is not None]
    return float(mean_rate(np.array(logits), crowd.sd).mean())


def _passage(effect: float, crowd: Crowd) -> int | None:
    needed = centre_of(TARGET, crowd.prompt_sd)
    step = math.ceil(2 ** ((needed + 2.0 - effect) / 0.8) - 1)
    return max(step, 0) if step <= BUDGET else None
