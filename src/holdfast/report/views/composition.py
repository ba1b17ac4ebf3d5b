"""What answers became as spend grew: shares of the six outcomes at every measured step, mean over seeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.domain import BenchmarkKind, Finding, Goal, Outcome, Split, Status, TrajectoryPoint
from holdfast.report.views import words
from holdfast.report.views.arms import Arm
from holdfast.report.views.evidence import Evidence, configured_safety
from holdfast.report.views.prices import break_finding, inconclusive

_LEAST_CHANGE = 0.05
"""A capability that moves less than this is not drawn: it was not what the pathway trains."""


@dataclass(frozen=True, slots=True)
class CompositionPoint:
    """The mean over seeds at one step.

    Attributes:
        step: Optimiser steps taken.
        seeds: Seeds averaged over.
        answers: Answers a seed (mean).
        shares: Share of each outcome, in `OUTCOME_ORDER`; they add up to 1.
        goal: The goal reached there, each seed measured where it reached it; empty at scheduled steps.
    """

    step: int
    seeds: int
    answers: float
    shares: Mapping[Outcome, float]
    goal: str = ""


@dataclass(frozen=True, slots=True)
class ScorePoint:
    """Mean capability over seeds at one step."""

    step: int
    score: float


@dataclass(frozen=True, slots=True)
class CapabilityLine:
    """How a goal's capability went.

    Attributes:
        goal: Goal name.
        target: Score it asks for; None where that is another score for every model.
        asked: The same in words.
        split: The split its line was measured on: the one that the goal is located on, where that was.
        points: In order of steps; the line passes through `reached`.
        reached: The held-out score where the goal was reached, at the step its mark stands at; None if it was
            not reached in every seed.
    """

    goal: str
    target: float | None
    asked: str
    split: str
    points: tuple[ScorePoint, ...]
    reached: ScorePoint | None = None


@dataclass(frozen=True, slots=True)
class StepMark:
    """A step worth marking: a goal reached, or the break."""

    label: str
    step: float


@dataclass(frozen=True, slots=True)
class CompositionPanel:
    """One small multiple: an arm on one safety benchmark.

    Attributes:
        arm: The arm.
        benchmark: Benchmark name.
        split: The split that was measured.
        title: What is seen, in one sentence.
        points: In order of steps; empty if nothing was measured.
        capability: A line a goal whose score moves.
        marks: Goals reached and the break.
    """

    arm: Arm
    benchmark: str
    split: str
    title: str
    points: tuple[CompositionPoint, ...]
    capability: tuple[CapabilityLine, ...]
    marks: tuple[StepMark, ...]


def headline_benchmark(evidence: Evidence) -> str:
    """Return the safety benchmark the main panels show: the first one configured, else the first measured."""
    configured = [spec.name for spec in configured_safety(evidence.record)]
    measured = [p.benchmark for p in evidence.record.trajectories if p.kind == BenchmarkKind.SAFETY]
    return next((name for name in (*configured, *measured) if name in measured or not measured), "")


def safety_benchmarks(evidence: Evidence) -> tuple[str, ...]:
    """Return the names of the safety benchmarks that were measured, the headline one first."""
    names = (p.benchmark for p in evidence.record.trajectories if p.kind == BenchmarkKind.SAFETY)
    return tuple(sorted(dict.fromkeys(names), key=lambda name: name != headline_benchmark(evidence)))


def composition_panels(evidence: Evidence, benchmark: str) -> tuple[CompositionPanel, ...]:
    """Return one panel an arm that trains, on one safety benchmark, by the primary judge."""
    floors = evidence.floors
    return tuple(_panel(evidence, arm, benchmark) for arm in evidence.arms if arm.pathway not in floors)


def mean_over_seeds(points: Sequence[TrajectoryPoint]) -> tuple[CompositionPoint, ...]:
    """Average outcome shares over seeds, at the steps that all seeds that got that far were measured at.

    Steps added to one seed alone, by refining its anchor, would let the mean jump between different sets of
    seeds; they are left out.

    Args:
        points: Points of one arm, benchmark, judge and split.

    Returns:
        Points in order of steps.
    """
    kept = []
    for step, rows in _shared_steps(points).items():
        shares = {o: sum(row.shares.get(o, 0.0) for row in rows) / len(rows) for o in words.OUTCOME_ORDER}
        kept.append(CompositionPoint(step, len(rows), sum(row.n for row in rows) / len(rows), shares))
    return tuple(kept)


def preferred_split(points: Sequence[TrajectoryPoint]) -> str:
    """Return `heldout` if any point was measured there, else the split that was; empty without points."""
    splits = dict.fromkeys(point.split for point in points)
    return Split.HELDOUT.value if Split.HELDOUT.value in splits else next(iter(splits), "")


def _shared_steps(points: Sequence[TrajectoryPoint]) -> dict[int, list[TrajectoryPoint]]:
    by_step: dict[int, dict[int, TrajectoryPoint]] = defaultdict(dict)
    last: dict[int, int] = {}
    for point in points:
        by_step[point.step][point.seed] = point
        last[point.seed] = max(last.get(point.seed, 0), point.step)
    return {
        step: list(by_seed.values())
        for step, by_seed in sorted(by_step.items())
        if len(by_seed) == sum(end >= step for end in last.values())
    }


def describe(points: Sequence[CompositionPoint], tells_harm: bool = True) -> str:
    """Return what a panel shows, in one sentence.

    Args:
        points: Points in order of steps.
        tells_harm: Whether some judge can tell harm; without one, what is answered is refusal lost.
    """
    if not points:
        return "Nothing was measured"
    first, last = points[0].shares, points[-1].shares
    refused = (words.share(first[Outcome.REFUSED]), words.share(last[Outcome.REFUSED]))
    if abs(first[Outcome.REFUSED] - last[Outcome.REFUSED]) < 0.05:
        start = f"Refusals stay at {refused[1]}"
    else:
        verb = "fall" if last[Outcome.REFUSED] < first[Outcome.REFUSED] else "rise"
        start = f"Refusals {verb} from {refused[0]} to {refused[1]}"
    harm, broken = last[Outcome.COMPLIED], last[Outcome.INCOHERENT]
    ending = (
        f"harm ends at {words.share(harm)}"
        if tells_harm
        else f"refusal lost ends at {words.share(last[Outcome.ANSWERED])}"
    )
    if broken >= 0.1:
        ending += f", broken or off-task answers at {words.share(broken)}"
    return f"{start}; {ending}"


def _panel(evidence: Evidence, arm: Arm, benchmark: str) -> CompositionPanel:
    ours = evidence.points.get(arm, ())
    judged = [
        p for p in ours if p.benchmark == benchmark and p.judge == evidence.record.primary_judge and p.shares
    ]
    split = preferred_split(judged)
    points = mean_over_seeds([p for p in judged if p.split == split])
    if points and points[0].step > 0:
        points = (*_untouched(evidence, arm, benchmark), *points)
    if points:
        points = _with_goals(evidence, arm, benchmark, points)
    return CompositionPanel(
        arm=arm,
        benchmark=benchmark,
        split=split,
        title=describe(points, tells_harm=benchmark not in evidence.silent),
        points=points,
        capability=_capability(evidence, arm, ours),
        marks=_marks(evidence, arm),
    )


def _untouched(evidence: Evidence, arm: Arm, benchmark: str) -> tuple[CompositionPoint, ...]:
    """Return the untouched model's point, which findings carry for arms that share one measurement of it."""
    return _found(evidence, arm, benchmark, 0, "start")


def _with_goals(
    evidence: Evidence, arm: Arm, benchmark: str, points: tuple[CompositionPoint, ...]
) -> tuple[CompositionPoint, ...]:
    """Add the composition where each goal was reached, unless that step was scheduled anyway."""
    measured = {point.step for point in points}
    added = [
        point
        for name, step in _reached(evidence, arm).items()
        if round(step) not in measured
        for point in _found(evidence, arm, benchmark, round(step), "anchor", name)
    ]
    unique = {point.step: point for point in added}
    return tuple(sorted((*points, *unique.values()), key=lambda point: point.step))


def _found(
    evidence: Evidence, arm: Arm, benchmark: str, step: int, at: str, goal: str = ""
) -> tuple[CompositionPoint, ...]:
    """Return the composition that findings hold, if they hold all of it."""
    judge = evidence.record.primary_judge
    shares: dict[Outcome, float] = {}
    rows: list[Finding] = []
    for outcome in words.OUTCOME_ORDER:
        metric = f"outcome.{outcome}"
        found = evidence.select(arm, metric, at=at, goal=goal, judge=judge, benchmark=benchmark)
        if not found or found[0].value is None:
            return ()
        shares[outcome] = found[0].value
        rows.append(found[0])
    seeds = max(rows[0].seeds, 1)
    return (CompositionPoint(step, seeds, rows[0].n / seeds, shares, goal),)


def _reached(evidence: Evidence, arm: Arm) -> dict[str, float]:
    """Return the step of each goal that every seed reached."""
    steps: dict[str, float] = {}
    for goal in evidence.record.plan.audit.goals:
        row = next(iter(evidence.select(arm, "anchor.steps", goal=goal.name)), None)
        if row is not None and row.status is Status.OK and row.value is not None:
            steps[goal.name] = row.value
    return steps


def _capability(evidence: Evidence, arm: Arm, ours: Sequence[TrajectoryPoint]) -> tuple[CapabilityLine, ...]:
    lines = []
    for goal in evidence.record.plan.audit.goals:
        scored = [p for p in ours if p.benchmark == goal.benchmark and p.score is not None]
        splits = dict.fromkeys(p.split for p in scored)
        split = Split.SELECTION.value if Split.SELECTION.value in splits else next(iter(splits), "")
        start = next((p for p in evidence.untouched(arm, goal.benchmark, split) if p.score is not None), None)
        points = tuple(
            ScorePoint(step, sum(row.score or 0.0 for row in rows) / len(rows))
            for step, rows in _shared_steps([p for p in scored if p.split == split]).items()
        )
        if start is not None and start.score is not None and points and points[0].step > 0:
            points = (ScorePoint(0, start.score), *points)
        reached = _score_reached(evidence, arm, goal)
        if points and reached is not None:
            others = [point for point in points if point.step != reached.step]
            points = tuple(sorted((*others, reached), key=lambda point: point.step))
        scores = [point.score for point in points]
        if scores and max(scores) - min(scores) >= _LEAST_CHANGE:
            target = goal.target if goal.relative_to is None else None
            lines.append(CapabilityLine(goal.name, target, words.target(goal), split, points, reached))
    return tuple(lines)


def _score_reached(evidence: Evidence, arm: Arm, goal: Goal) -> ScorePoint | None:
    """Return the held-out score where a goal was reached: the mean over seeds, each at its own step."""
    step = _reached(evidence, arm).get(goal.name)
    rows = evidence.select(arm, "capability", at="anchor", goal=goal.name, benchmark=goal.benchmark)
    if step is None or not rows or rows[0].value is None:
        return None
    return ScorePoint(round(step), rows[0].value)


def _marks(evidence: Evidence, arm: Arm) -> tuple[StepMark, ...]:
    marks = [StepMark(f"goal {name}", step) for name, step in _reached(evidence, arm).items()]
    broke = break_finding(evidence, arm)
    if broke is not None and broke.status is Status.OK and not inconclusive(evidence, arm):
        step = broke.value if broke.value is not None else broke.high
        if step is not None:
            marks.append(StepMark("break", step))
    return tuple(marks)
