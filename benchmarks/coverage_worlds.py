"""Simulated audits with known truth, judged through the public functions of `holdfast.stats`.

A prompt is answered harmfully with probability expit(centre + seed effect + prompt effect). Seeds share
their prompts, rows of a group share their prompt effect, and the truth is the rate over all seeds and
prompts, found by Gauss-Hermite integration. Every world has a `truth` and gives one interval an audit.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import expit

from holdfast.stats import (
    Interval,
    LabelDesign,
    error_rates,
    first_passage,
    next_probe,
    paired_difference,
    ppi_mean,
    rate_over_seeds,
    rogan_gladen,
)

FloatArray = NDArray[np.float64]

_NODES, _RAW_WEIGHTS = np.polynomial.hermite_e.hermegauss(61)
_WEIGHTS = _RAW_WEIGHTS / _RAW_WEIGHTS.sum()


class World(Protocol):
    """One setting of the study."""

    @property
    def figure(self) -> str:
        """What kind of figure is estimated."""

    @property
    def crowd(self) -> Crowd:
        """The seeds and prompts."""

    @property
    def case(self) -> str:
        """What else defines the setting."""

    def truth(self) -> float:
        """Return the figure over all seeds and prompts."""

    def audit(self, random: np.random.Generator) -> Interval:
        """Return what one audit says; without a value where it says nothing."""


def mean_rate(centre: FloatArray | float, sd: float) -> FloatArray:
    """Return the mean of expit(centre + sd z) over a standard normal z."""
    return np.asarray(expit(np.asarray(centre)[..., None] + sd * _NODES) @ _WEIGHTS)


@cache
def centre_of(rate: float, sd: float) -> float:
    """Return the centre at which `mean_rate` is the rate."""
    return float(optimize.brentq(lambda centre: float(mean_rate(centre, sd)) - rate, -40, 40, xtol=1e-12))


@dataclass(frozen=True, slots=True)
class Crowd:
    """Seeds and prompts, and how much each differ on the logit scale.

    Attributes:
        seeds: Seeds.
        prompts: Rows.
        seed_sd: Standard deviation of the seed effect.
        prompt_sd: Standard deviation of the prompt effect.
        group_size: Rows with the same prompt effect.
    """

    seeds: int
    prompts: int
    seed_sd: float
    prompt_sd: float = 1.0
    group_size: int = 1

    @property
    def sd(self) -> float:
        """Standard deviation of both effects together."""
        return math.hypot(self.seed_sd, self.prompt_sd)

    @property
    def groups(self) -> list[int]:
        """Group of each row."""
        return [row // self.group_size for row in range(self.prompts)]

    @property
    def words(self) -> str:
        """The prompts in words."""
        grouped = f" in groups of {self.group_size}" if self.group_size > 1 else ""
        return f"{self.prompts} prompts{grouped}"

    def of_seeds(self, random: np.random.Generator) -> FloatArray:
        """Return seed effects, shape (seeds, 1)."""
        return self.seed_sd * random.standard_normal((self.seeds, 1))

    def of_prompts(self, random: np.random.Generator) -> FloatArray:
        """Return prompt effects, shape (prompts,)."""
        drawn = self.prompt_sd * random.standard_normal(-(-self.prompts // self.group_size))
        return np.repeat(drawn, self.group_size)[: self.prompts]


@dataclass(frozen=True, slots=True)
class RateWorld:
    """A rate over seeds.

    Attributes:
        crowd: Seeds and prompts.
        rate: The truth.
    """

    crowd: Crowd
    rate: float
    figure: str = "rate"

    @property
    def case(self) -> str:
        """The rate."""
        return f"rate {self.rate:g}"

    def truth(self) -> float:
        """Return the rate."""
        return self.rate

    def audit(self, random: np.random.Generator) -> Interval:
        """Return `rate_over_seeds`."""
        return rate_over_seeds(list(_answers(self.crowd, self.rate, random)), self.crowd.groups).interval


def _answers(crowd: Crowd, rate: float, random: np.random.Generator) -> FloatArray:
    logits = centre_of(rate, crowd.sd) + crowd.of_seeds(random) + crowd.of_prompts(random)
    return (random.random(logits.shape) < expit(logits)).astype(np.float64)


@dataclass(frozen=True, slots=True)
class DifferenceWorld:
    """The difference of two arms on the same seeds and prompts.

    Attributes:
        crowd: Seeds and prompts.
        before: Rate of the first arm.
        after: Rate of the second.
        shared: Correlation of seed and of prompt effects between the arms; the same draw decides as large a
            share of the answers of both.
    """

    crowd: Crowd
    before: float
    after: float
    shared: float
    figure: str = "difference"

    @property
    def case(self) -> str:
        """The rates and what they share."""
        return f"{self.before:g} to {self.after:g}, correlation {self.shared:g}"

    def truth(self) -> float:
        """Return the difference of the rates."""
        return self.after - self.before

    def audit(self, random: np.random.Generator) -> Interval:
        """Return `paired_difference`."""
        crowd = self.crowd
        common, own = math.sqrt(self.shared), math.sqrt(1 - self.shared)
        seeds, prompts = common * crowd.of_seeds(random), common * crowd.of_prompts(random)
        draws = random.random((2, crowd.seeds, crowd.prompts))
        draws[1] = np.where(random.random(draws[1].shape) < self.shared, draws[0], draws[1])
        arms = []
        for rate, draw in zip((self.before, self.after), draws, strict=True):
            apart = own * (crowd.of_seeds(random) + crowd.of_prompts(random))
            arms.append(draw < expit(centre_of(rate, crowd.sd) + seeds + prompts + apart))
        first, second = (list(arm.astype(np.float64)) for arm in arms)
        items = [str(row) for row in range(crowd.prompts)]
        return paired_difference(first, second, crowd.groups, items).interval


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


@dataclass(frozen=True, slots=True)
class Judge:
    """How often a judge is right.

    Attributes:
        sensitivity: On harmful answers.
        specificity: On harmless ones.
    """

    sensitivity: float
    specificity: float

    def calls(self, truth: FloatArray, random: np.random.Generator) -> FloatArray:
        """Return whether it calls each answer harmful."""
        yes = np.where(truth > 0, self.sensitivity, 1 - self.specificity)
        return (random.random(truth.shape) < yes).astype(np.float64)


LABELS = 200
"""Labels a stratum; the strata are the judge's yes and no."""


@dataclass(frozen=True, slots=True)
class CorrectedWorld:
    """A rate that a judge errs on, corrected by labels on its answers.

    Attributes:
        crowd: Seeds and prompts.
        rate: The truth.
        judge: The judge.
        figure: `Rogan-Gladen` or `PPI++`.
    """

    crowd: Crowd
    rate: float
    judge: Judge
    figure: str

    @property
    def case(self) -> str:
        """The rate and the judge."""
        return f"rate {self.rate:g}, judge {self.judge.sensitivity:g}/{self.judge.specificity:g}"

    def truth(self) -> float:
        """Return the rate."""
        return self.rate

    def audit(self, random: np.random.Generator) -> Interval:
        """Return `rogan_gladen` of `error_rates`, or `ppi_mean`."""
        answers = _answers(self.crowd, self.rate, random)
        calls = self.judge.calls(answers, random)
        weights = _label_weights(calls, random)
        if self.figure == "PPI++":
            labels = np.where(weights > 0, answers, np.nan)
            design = LabelDesign(self.crowd.groups, calls.tolist(), list(np.maximum(weights, 1.0)))
            return ppi_mean(list(calls), list(labels), design).interval
        labelled = weights > 0
        groups = np.tile(self.crowd.groups, (self.crowd.seeds, 1))
        errors = error_rates(
            _flags(calls[labelled]), _flags(answers[labelled]), weights[labelled], groups[labelled].tolist()
        )
        return rogan_gladen(rate_over_seeds(list(calls), self.crowd.groups).interval, errors).interval


def _flags(values: FloatArray) -> Sequence[bool]:
    return [bool(value) for value in values]


def _label_weights(calls: FloatArray, random: np.random.Generator) -> FloatArray:
    """Return how many answers each labelled one stands for, 0 where there is no label."""
    weights = np.zeros(calls.size)
    for word in (0.0, 1.0):
        members = np.flatnonzero(calls.ravel() == word)
        chosen = random.permutation(members)[:LABELS]
        weights[chosen] = members.size / max(chosen.size, 1)
    return weights.reshape(calls.shape)
