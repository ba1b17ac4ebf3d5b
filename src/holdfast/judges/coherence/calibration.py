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

        An answer that the reference finds less likely than hardly any sound one needs a little less model-free
        evidence to be flagged; without any, its likelihood counts for nothing.
        """
        strength, name = 0.0, ""
        for measure, limit in zip(self.measures, self.limits, strict=True):
            value = measure.value(sample) / limit
            if value > strength:
                strength, name = value, measure.name
        logprob = sample.reference_logprob
        if self.unlikely is not None and logprob is not None and logprob < self.unlikely:
            strength /= _DOUBT
        return Finding(strength, name)


def calibrate(measures: Sequence[Measure], sound: Sequence[SoundAnswer]) -> Thresholds:
    """Raise thresholds until at most about 1 % of each origin's sound answers would be flagged by any measure.

    Args:
        measures: The measures; those that do not adapt keep their floor.
        sound: The calibration answers; each is measured as if it had not been read.

    Returns:
        The thresholds. An origin's own share of the 1 % is divided among the measures that adapt.
    """
    by_origin: dict[str, list[Sample]] = defaultdict(list)
    for answer in sound:
        by_origin[answer.origin].append(Sample.of(answer))
    adapting = sum(measure.adapts for measure in measures)
    limits = []
    for measure in measures:
        limit = measure.floor
        if measure.adapts:
            level = 1 - FALSE_ALARMS / adapting
            for samples in by_origin.values():
                values = [measure.value(sample) for sample in samples]
                limit = max(limit, _MARGIN * float(np.quantile(values, level, method="higher")))
        limits.append(limit)
    likely = [a.reference_logprob for a in sound if a.reference_logprob is not None]
    unlikely = float(np.quantile(likely, _LIKELIHOOD_QUANTILE)) if len(likely) >= _LEAST_LIKELIHOODS else None
    return Thresholds(tuple(measures), tuple(limits), unlikely)
