"""What labels say of one question about one model's answers, and what missing labels leave open."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from holdfast.auditing.calibration.labels import Asked
from holdfast.auditing.calibration.population import Unit
from holdfast.auditing.calibration.questions import Question
from holdfast.domain import Outcome
from holdfast.stats import MOST_UNKNOWN, Corrected, Interval, SeedRate, rate_over_seeds
from holdfast.stats.corrected import not_identified

Seeds = Sequence[Sequence[Unit]]
"""Answers of one side: for each seed the same rows in the same order."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the labels on one model's answers say of one question.

    Attributes:
        panel: The panel.
        question: The question.
        asked: Answers of the model that labels were asked for, by unit.
    """

    panel: str
    question: Question
    asked: Mapping[str, Asked]

    def outcome(self, unit: Unit) -> Outcome:
        """Return the panel's outcome."""
        return unit.outcomes[self.panel]

    def call(self, unit: Unit) -> float:
        """Return what the panel says: 1 yes, 0 no, NaN where it leaves the question open."""
        return self.question.answer(self.outcome(unit))

    def truth(self, unit: Unit, filled: float = math.nan) -> float:
        """Return what the label says; NaN where none was asked for, `filled` where it is missing."""
        asked = self.asked.get(unit.key)
        if asked is None:
            return math.nan
        told = self.question.answer(asked.label)
        return filled if math.isnan(told) else told

    def weight(self, unit: Unit) -> float:
        """Return how many answers a label stands for; 1 where none was asked for."""
        asked = self.asked.get(unit.key)
        return 1.0 if asked is None else asked.weight


def raw_rate(seeds: Seeds, evidence: Evidence) -> SeedRate:
    """Return the panel's own rate, as if it never erred; what it leaves open may be either."""
    calls = [np.array([evidence.call(unit) for unit in seed]) for seed in seeds]
    return rate_over_seeds(calls, groups_of(seeds))


def groups_of(seeds: Seeds) -> list[tuple[str, str]]:
    """Return the group of each row."""
    return [unit.group for unit in seeds[0]] if seeds else []


def whatever_is_missing(
    estimate: Callable[[float], Corrected], asked: Sequence[Asked], question: Question
) -> Corrected:
    """Return an estimate that holds whatever the missing labels would say.

    Args:
        estimate: Gives the corrected rate when missing labels are taken for 0 or 1, or left out (NaN).
        asked: Answers that labels were asked for.
        question: The question; a label may leave it open.

    Returns:
        The estimate without them, with an interval around all three; without a value where more than
        `MOST_UNKNOWN` of the labels are missing.
    """
    gaps = sum(math.isnan(question.answer(each.label)) for each in asked)
    found = estimate(math.nan)
    if not gaps or not found.identified:
        return found
    if gaps > MOST_UNKNOWN * len(asked):
        reason = f"{gaps} of {len(asked)} answers asked for have no label that tells"
        return not_identified(reason, found.interval.method, found.raw, found.labels)
    ends = [each.interval for each in (found, estimate(0.0), estimate(1.0))]
    method = f"{found.interval.method}; {gaps} missing labels bounded by worst case"
    low, high = min(each.low for each in ends), max(each.high for each in ends)
    return replace(found, interval=Interval(found.interval.value, low, high, method))
