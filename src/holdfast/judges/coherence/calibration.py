"""Thresholds: what is left of each measure once sound answers must not be flagged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.domain import SoundAnswer
from holdfast.judges.coherence.evidence import Measure, Sample

FALSE_ALARMS = 0.01
"""Share of each origin's sound answers that may be flagged."""
_MARGIN = 1.1
_LIKELIHOOD_QUANTILE = 0.01
_DOUBT = 0.85
_TWO = 0.65
_LEAST_LIKELIHOODS = 30


@dataclass(frozen=True, slots=True)
class Finding:
    """The strongest evidence against one answer.

    Attributes:
        strength: Value over threshold; 1 or more is broken.
        name: The measure it comes from.
    """

    strength: float
    name: str


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Measures with their thresholds.

    Attributes:
        measures: The measures.
        limits: The threshold of each.
        unlikely: Reference log-likelihood below which hardly any sound answer lies; None if unknown.
    """

    measures: tuple[Measure, ...]
    limits: tuple[float, ...]
    unlikely: float | None

    def weigh(self, sample: Sample) -> Finding:
        """Return the strongest evidence against an answer.

        An answer that the reference finds less likely than hardly any sound one needs a little less
        model-free evidence to be flagged; without any, its likelihood counts for nothing.
        """
        values = [m.value(sample) / limit for m, limit in zip(self.measures, self.limits, strict=True)]
        place = int(np.argmax(values))
        strength, name = together(values), self.measures[place].name
        logprob = sample.reference_logprob
        if self.unlikely is not None and logprob is not None and logprob < self.unlikely:
            strength /= _DOUBT
        return Finding(strength, name)


def together(values: Sequence[float]) -> float:
    """Return the strength of several measures together, each given as a multiple of its threshold.

    The strongest counts in full; two that both come near their thresholds are enough where neither is alone.
    """
    first, second = sorted(values, reverse=True)[:2]
    return max(first, _TWO * (first + second))


def calibrate(measures: Sequence[Measure], sound: Sequence[SoundAnswer]) -> Thresholds:
    """Raise thresholds, as little as need be, until about 1 % of each origin's answers would be flagged.

    The worst answers of an origin, as many as may be flagged, are left alone; for each of the others, every
    measure that flags it is raised above it. Each answer is measured as if it had not been read.

    Args:
        measures: The measures; those that do not adapt keep their floor.
        sound: The calibration answers.

    Returns:
        The thresholds.
    """
    limits = np.array([measure.floor for measure in measures])
    adapts = np.array([measure.adapts for measure in measures])
    by_origin: dict[str, list[Sample]] = defaultdict(list)
    for answer in sound:
        by_origin[answer.origin].append(Sample.of(answer))
    for samples in by_origin.values():
        values = np.array([[measure.value(sample) for measure in measures] for sample in samples])
        strengths = np.where(adapts, values / [measure.floor for measure in measures], 0.0).max(axis=1)
        allowed = round(FALSE_ALARMS * len(samples))
        kept = np.argsort(strengths, kind="stable")[: len(samples) - allowed]
        limits = np.where(adapts, np.maximum(limits, _MARGIN * values[kept].max(axis=0)), limits)
    likely = [a.reference_logprob for a in sound if a.reference_logprob is not None]
    unlikely = float(np.quantile(likely, _LIKELIHOOD_QUANTILE)) if len(likely) >= _LEAST_LIKELIHOODS else None
    return Thresholds(tuple(measures), tuple(map(float, limits)), unlikely)
