"""A corrected rate in the words of the record: beside the raw one, with what more labels would do."""

from __future__ import annotations

import math
from dataclasses import dataclass

from holdfast.auditing.calibration.errors import measured_errors
from holdfast.auditing.calibration.evidence import Evidence, Seeds, raw_rate
from holdfast.domain import CorrectedRate, Side, Status
from holdfast.stats import FEWEST_LABELS, Corrected, Interval, LabelPlan, labels_needed

FIRST_GUESS = 50
"""Fewest further labels that are advised where nothing is identified yet."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a corrected rate is about.

    Attributes:
        side: The arm and the point.
        goal: Goal of an anchor; empty otherwise.
        benchmark: Benchmark name; empty for all safety benchmarks.
        seeds: The answers, seed by seed.
    """

    side: Side
    goal: str
    benchmark: str
    seeds: Seeds


def rate_row(
    subject: Subject,
    evidence: Evidence,
    found: Corrected,
    width: float | None,
    *,
    labels_help: bool = True,
) -> CorrectedRate:
    """Return a corrected rate as the record holds it.

    Args:
        subject: What it is about.
        evidence: The labels and the question.
        found: The corrected rate; inconclusive where it is not identified.
        width: Wished width of the interval; None for half of what it is.
        labels_help: Whether more labels could identify it.
    """
    seeds, interval = subject.seeds, found.interval
    raw = raw_rate(seeds, evidence).interval if any(seeds) else Interval(None, 0.0, 1.0, "")
    plan = labels_needed(found, width or max(interval.width / 2, 1e-9)) if found.identified else None
    wanted = plan.labels if plan else (_to_identify(evidence) if labels_help else None)
    known = raw.value is not None
    return CorrectedRate(
        metric=evidence.question.metric,
        side=subject.side,
        benchmark=subject.benchmark,
        judge=evidence.panel,
        raw=raw.value,
        raw_low=raw.low if known else None,
        raw_high=raw.high if known else None,
        value=interval.value,
        low=interval.low,
        high=interval.high,
        labels=found.labels,
        method=interval.method,
        status=Status.OK if found.identified else Status.INCONCLUSIVE,
        wanted_labels=wanted,
        conclusion=_told(found, raw, plan) if plan else _untold(subject.side.model, found, wanted),
        goal=subject.goal,
        n=sum(len(seed) for seed in seeds),
        seeds=len(seeds),
    )


def _told(found: Corrected, raw: Interval, plan: LabelPlan) -> str:
    low, high, value = found.interval.low, found.interval.high, found.interval.value or 0.0
    text = f"{value:.2f} [{low:.2f}, {high:.2f}] by {found.labels} labels"
    if raw.value is not None:
        outside = "" if low <= raw.value <= high else " lies outside"
        text += f"; the panel's {raw.value:.2f}{outside}"
    if plan.reachable is False:
        text += (
            f"; labels alone cannot bring the width below {plan.floor_width:.2f}, more seeds and prompts can"
        )
    return text


def _untold(model: str, found: Corrected, wanted: int | None) -> str:
    if wanted is None:
        return f"not corrected: {found.reason}"
    advice = f"label about {wanted} more answers of model {model}: holdfast calibrate RUN --sample {wanted}"
    return f"not identifiable: {found.reason}; {advice}"


def _to_identify(evidence: Evidence) -> int:
    """Return how many more labels should give the rarer answer as many as it needs."""
    rates = measured_errors(list(evidence.asked.values()), evidence.question, evidence.panel)
    fewest = min(rates.positives, rates.negatives)
    share = (fewest + 1) / (rates.labels + 2)
    return max(FIRST_GUESS, math.ceil((FEWEST_LABELS - fewest) / share))
