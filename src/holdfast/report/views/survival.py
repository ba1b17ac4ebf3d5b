"""Survival against spend: the share of seeds not yet broken, as far as the measured intervals tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.domain import Status, TrialBreak
from holdfast.report.views import words
from holdfast.report.views.arms import Arm
from holdfast.report.views.evidence import Evidence


@dataclass(frozen=True, slots=True)
class SurvivalPoint:
    """Bounds on survival from one step on, until the next point.

    Attributes:
        step: Optimiser steps.
        low: Least share of seeds unbroken: every break as early as its interval allows.
        high: Most: every break as late as its interval allows.
    """

    step: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class BandPoint:
    """The pointwise confidence band from one step on, until the next point."""

    step: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """Survival of one arm.

    Attributes:
        pathway: Pathway name.
        seeds: Seeds with a usable result.
        planned: Seeds planned.
        broke: Seeds that broke.
        budget: Steps up to which every unbroken seed was followed (the least of them); the last break if
            none stayed unbroken.
        points: In order of steps, the first at 0; empty without a usable seed.
        band: Pointwise confidence band; empty below 6 seeds.
    """

    pathway: str
    seeds: int
    planned: int
    broke: int
    budget: float
    points: tuple[SurvivalPoint, ...]
    band: tuple[BandPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class SurvivalPanel:
    """The curves of one model.

    Attributes:
        subject: The model, with its safeguard.
        title: What is seen, in one sentence.
        curves: One a pathway that trains.
    """

    subject: str
    title: str
    curves: tuple[SurvivalCurve, ...]


def survival_panels(evidence: Evidence) -> tuple[SurvivalPanel, ...]:
    """Return a panel a model; none if the record holds no trial breaks."""
    floors = evidence.floors
    panels: dict[str, list[SurvivalCurve]] = {}
    for arm in evidence.arms:
        rows = evidence.breaks.get(arm, ())
        if rows and arm.pathway not in floors:
            panels.setdefault(arm.subject, []).append(_curve(evidence, arm, rows))
    return tuple(SurvivalPanel(s, _title(tuple(c)), tuple(c)) for s, c in panels.items())


def bounds(rows: Sequence[TrialBreak]) -> tuple[SurvivalPoint, ...]:
    """Return the bounds on survival of seeds whose breaks lie in intervals.

    A break in (a, b] may have come right after a (lower bound) and has certainly come by b (upper bound). A
    seed unbroken up to its budget c counts as unbroken up to c and, in the lower bound, not beyond; curves
    are therefore only drawn up to the least budget.

    Args:
        rows: Seeds that broke (`ok`) or were followed to their budget (`censored`).

    Returns:
        Points at every step where a bound changes, the first at 0.
    """
    spans = [_span(row) for row in rows]
    horizon = _budget(rows)
    steps = {0.0, horizon, *(s.after for s in spans), *(s.by for s in spans if s.by is not None)}
    points = []
    for step in sorted(step for step in steps if step <= horizon):
        low = sum(s.by is None or s.after > step for s in spans) / len(spans)
        high = sum(s.by is None or s.by > step for s in spans) / len(spans)
        points.append(SurvivalPoint(step, min(low, high), high))
    return tuple(points)


@dataclass(frozen=True, slots=True)
class _Span:
    after: float
    by: float | None


def _span(row: TrialBreak) -> _Span:
    by = row.by.get("steps") if row.status is Status.OK else None
    return _Span(row.after.get("steps", 0.0), by)


def _budget(rows: Sequence[TrialBreak]) -> float:
    spans = [_span(row) for row in rows]
    followed = [s.after for s in spans if s.by is None]
    return min(followed) if followed else max(s.by or 0.0 for s in spans)


def _curve(evidence: Evidence, arm: Arm, rows: Sequence[TrialBreak]) -> SurvivalCurve:
    usable = [row for row in rows if row.status in {Status.OK, Status.CENSORED}]
    planned = evidence.planned(arm)
    return SurvivalCurve(
        pathway=arm.pathway,
        seeds=len(usable),
        planned=max(planned, len(rows)),
        broke=sum(row.status is Status.OK for row in usable),
        budget=_budget(usable) if usable else 0.0,
        points=bounds(usable) if usable else (),
        band=_band(evidence, arm),
    )


def _band(evidence: Evidence, arm: Arm) -> tuple[BandPoint, ...]:
    for found in evidence.record.robustness.survival:
        first = (found.unit, found.benchmark, found.judge) == ("steps", "", evidence.record.primary_judge)
        if first and arm.holds(found) and found.low:
            ends = zip(found.times, found.low, found.high, strict=True)
            return (BandPoint(0.0, 1.0, 1.0), *(BandPoint(*point) for point in ends))
    return ()


def _title(curves: tuple[SurvivalCurve, ...]) -> str:
    all_broke = [c.pathway for c in curves if c.seeds == c.planned and c.broke == c.seeds and c.seeds]
    if all_broke:
        return f"No seed survives {words.listing(all_broke)}"
    some = [c.pathway for c in curves if c.broke]
    if some:
        return f"Some seeds break by {words.listing(some)}"
    lacking = [c.pathway for c in curves if c.seeds < c.planned]
    if lacking:
        return f"No seed with a result broke; results are missing for {words.listing(lacking)}"
    return "No seed broke within its budget, by the pathways tested"
