"""Rates corrected by the errors that a panel makes on all reported answers of a model."""

from __future__ import annotations

import math

from holdfast.auditing.calibration.errors import measured_errors
from holdfast.auditing.calibration.evidence import (
    Evidence,
    Seeds,
    groups_of,
    raw_rate,
    whatever_is_missing,
)
from holdfast.auditing.calibration.labels import Asked
from holdfast.auditing.calibration.population import STRATA, coherence
from holdfast.auditing.calibration.questions import INCOHERENT
from holdfast.domain import Outcome
from holdfast.stats import (
    MOST_UNKNOWN,
    Corrected,
    ErrorRates,
    Interval,
    rate_over_seeds,
    rogan_gladen_strata,
    weighted_rate,
)
from holdfast.stats.corrected import not_identified

_CERTAIN = Interval(1.0, 1.0, 1.0, "by definition")
_BY_DEFINITION = ErrorRates(_CERTAIN, _CERTAIN, 0, 0)


def by_model_errors(seeds: Seeds, evidence: Evidence) -> Corrected:
    """Return a side's rate, corrected by the errors that the panel makes on the model's answers.

    It takes for granted that the errors, within coherence, are the same at every point of the model. What the
    panel calls coherent is corrected by Rogan and Gladen's estimator; what it calls incoherent it can only
    miss, and the labels say how much of it. Whether answers are incoherent is corrected over all of them.
    """
    asked = list(evidence.asked.values())
    estimate = _overall if evidence.question is INCOHERENT else _within_coherence
    found = whatever_is_missing(lambda filled: estimate(seeds, evidence, filled), asked, evidence.question)
    calls = [evidence.call(unit) for seed in seeds for unit in seed]
    left_open = sum(math.isnan(call) for call in calls)
    if left_open <= MOST_UNKNOWN * len(calls):
        return found
    reason = f"the panel leaves {left_open} of {len(calls)} answers open"
    return not_identified(reason, found.interval.method, found.raw, found.labels)


def _overall(seeds: Seeds, evidence: Evidence, filled: float) -> Corrected:
    errors = measured_errors(list(evidence.asked.values()), evidence.question, evidence.panel, filled)
    calls = [[evidence.call(unit) for unit in seed] for seed in seeds]
    everything = [["all"] * len(seed) for seed in seeds]
    return rogan_gladen_strata(calls, everything, groups_of(seeds), {"all": errors})


def _within_coherence(seeds: Seeds, evidence: Evidence, filled: float) -> Corrected:
    sound, broken = STRATA
    kinds = [[coherence(evidence.outcome(unit)) for unit in seed] for seed in seeds]
    labelled: dict[str, list[Asked]] = {sound: [], broken: [], Outcome.UNSCORED.value: []}
    for each in evidence.asked.values():
        labelled[coherence(evidence.outcome(each.unit))].append(each)
    errors = measured_errors(labelled[sound], evidence.question, evidence.panel, filled)
    # First the share of answers that are called coherent and are a yes: of those called incoherent none are.
    calls = [[evidence.call(unit) for unit in seed] for seed in seeds]
    found = rogan_gladen_strata(calls, kinds, groups_of(seeds), {sound: errors, broken: _BY_DEFINITION})
    truths = [(evidence.truth(each.unit, filled), each) for each in labelled[broken]]
    known = [(truth, each) for truth, each in truths if not math.isnan(truth)]
    missed = weighted_rate(
        [truth for truth, _ in known], [a.weight for _, a in known], [a.unit.group for _, a in known]
    )
    share = rate_over_seeds([[float(k == broken) for k in seed] for seed in kinds], groups_of(seeds)).interval
    if not found.identified or not share.value:
        return found
    if missed.value is None and share.value > MOST_UNKNOWN:
        reason = "no label tells of the answers that the panel calls incoherent"
        return not_identified(reason, found.interval.method, found.raw, found.labels)
    return Corrected(
        interval=_plus(found.interval, share, missed),
        floor=_plus(found.floor, share, Interval(missed.value, missed.value or 0.0, missed.value or 0.0, "")),
        raw=raw_rate(seeds, evidence).interval.value,
        labels=found.labels + len(known),
    )


def _plus(first: Interval, share: Interval, missed: Interval) -> Interval:
    """Return a share, and the yes of another share of the answers added; distances squared and added.

    Where no label tells what of it is a yes, all of it may be.
    """
    value, part, yes = first.value or 0.0, share.value or 0.0, missed.value or 0.0
    down = math.hypot(value - first.low, part * (yes - missed.low), yes * (part - share.low))
    up = math.hypot(first.high - value, part * (missed.high - yes), yes * (share.high - part))
    total = min(1.0, value + part * yes)
    method = f"{first.method}; and {yes:.3g} of those called incoherent"
    return Interval(total, max(0.0, total - down), min(1.0, total + up), method)
