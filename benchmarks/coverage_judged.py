"""Simulated audits whose judge errs, and whose rates are corrected by labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from coverage_worlds import Crowd, FloatArray, answers

from holdfast.stats import Interval, LabelDesign, error_rates, ppi_mean, rate_over_seeds, rogan_gladen


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
        given = answers(self.crowd, self.rate, random)
        calls = self.judge.calls(given, random)
        weights = _label_weights(calls, random)
        if self.figure == "PPI++":
            labels = np.where(weights > 0, given, np.nan)
            design = LabelDesign(self.crowd.groups, calls.tolist(), list(np.maximum(weights, 1.0)))
            return ppi_mean(list(calls), list(labels), design).interval
        labelled = weights > 0
        groups = np.tile(self.crowd.groups, (self.crowd.seeds, 1))
        errors = error_rates(
            _flags(calls[labelled]), _flags(given[labelled]), weights[labelled], groups[labelled].tolist()
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
