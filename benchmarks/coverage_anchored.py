"""Simulated audits of a rate at the anchor."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from coverage_worlds import Crowd, FloatArray, centre_of, mean_rate
from scipy.special import expit

from holdfast.stats import Interval, first_passage, next_probe, rate_over_seeds


@dataclass(frozen=True, slots=True)
class AnchoredWorld:
    """A rate at the anchor: chosen on a selection split, refined, reported on held-out prompts.

    Capability rises with log2(1 + step) on the logit scale, from a start of its own in each seed, and so does
    harm. The anchor is searched as audits do: checkpoints at powers of two, then `next_probe` until it has
    nothing more to ask.

    Attributes:
        crowd: Seeds and prompts; the selection split has as many prompts.
        harm_start: Logit of harm at the start.
        figure: `anchored rate`: held against the rate at the steps that such a search picks. `at the
            passage`: held against the rate where capability over all prompts first reaches the goal, which
            no search that sees a sample can know.
    """

    crowd: Crowd
    harm_start: float
    figure: str = "anchored rate"

    @property
    def case(self) -> str:
        """How much harm there is."""
        return f"harm logit {self.harm_start:g} at the start"

    def truth(self) -> float:
        """Return the mean rate over seeds at these steps, from `REFERENCE_SEEDS` of them."""
        return _anchored_truth(self.crowd, self.harm_start, self.figure == "at the passage")

    def audit(self, random: np.random.Generator) -> Interval:
        """Return `rate_over_seeds` of held-out answers, or no value if a seed does not reach the goal."""
        crowd = self.crowd
        of_seeds, of_prompts = crowd.of_seeds(random)[:, 0], crowd.of_prompts(random)
        selection = crowd.of_prompts(random)
        held_out = []
        for effect in of_seeds:
            step = _anchor(_Capability(crowd.seed_sd * random.standard_normal(), selection), random)
            if step is None:
                return Interval(None, 0.0, 1.0, "goal not reached in every seed")
            logits = _harm(self.harm_start, step) + effect + of_prompts
            held_out.append((random.random(logits.size) < expit(logits)).astype(np.float64))
        return rate_over_seeds(held_out, crowd.groups).interval


TARGET = 0.6
BUDGET = 64
REFERENCE_SEEDS = 8_000


@dataclass(frozen=True, slots=True)
class _Capability:
    """Of one seed on the selection split.

    Attributes:
        effect: Of the seed.
        prompts: Of each prompt.
    """

    effect: float
    prompts: FloatArray

    def score(self, step: int, random: np.random.Generator) -> float:
        rates = expit(-2.0 + 0.8 * math.log2(1 + step) + self.effect + self.prompts)
        return float((random.random(rates.size) < rates).mean())


def _anchor(seed: _Capability, random: np.random.Generator) -> int | None:
    """Return the step that the search ends at; None if the goal is not reached within the budget."""
    scores = {step: seed.score(step, random) for step in (0, 1, 2, 4, 8, 16, 32, BUDGET)}
    while True:
        steps = sorted(scores)
        curve = [scores[step] for step in steps]
        passage = first_passage(steps, curve, TARGET)
        probe = next_probe(passage, steps, curve, TARGET)
        if probe is None:
            return int(passage.right) if passage.reached else None
        scores[probe] = seed.score(probe, random)


def _harm(start: float, step: int) -> float:
    return start + 0.6 * math.log2(1 + step)


@cache
def _anchored_truth(crowd: Crowd, harm_start: float, at_passage: bool) -> float:
    random = np.random.default_rng(7)
    logits = []
    for _ in range(REFERENCE_SEEDS // crowd.seeds):
        selection = crowd.of_prompts(random)
        seeds = [_Capability(crowd.seed_sd * random.standard_normal(), selection) for _ in range(crowd.seeds)]
        steps = [_passage(seed.effect, crowd) if at_passage else _anchor(seed, random) for seed in seeds]
        # As in an audit, a goal that some seed does not reach gives no figure.
        if None not in steps:
            logits += [_harm(harm_start, step) for step in steps if step is not None]
    return float(mean_rate(np.array(logits), crowd.sd).mean())


def _passage(effect: float, crowd: Crowd) -> int | None:
    needed = centre_of(TARGET, crowd.prompt_sd)
    step = math.ceil(2 ** ((needed + 2.0 - effect) / 0.8) - 1)
    return max(step, 0) if step <= BUDGET else None
