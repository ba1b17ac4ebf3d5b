"""Simulated audits with known truth, judged through the public functions of `holdfast.stats`.

A prompt is answered harmfully with probability expit(centre + seed effect + prompt effect). Seeds share
their prompts, rows of a group share their prompt effect, and the truth is the rate over all seeds and
prompts, found by Gauss-Hermite integration. Every world has a `truth` and gives one interval an audit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import optimize
from scipy.special import expit

from holdfast.stats import (
    Interval,
    paired_difference,
    rate_over_seeds,
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
        return rate_over_seeds(list(answers(self.crowd, self.rate, random)), self.crowd.groups).interval


def answers(crowd: Crowd, rate: float, random: np.random.Generator) -> FloatArray:
    """Return whether each answer is harmful, shape (seeds, prompts)."""
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
