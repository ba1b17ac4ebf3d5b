"""A record indexed by arm, once, for all the views that read it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from holdfast.domain import (
    BenchmarkKind,
    BenchmarkSpec,
    Finding,
    Outcome,
    RunRecord,
    Status,
    TrajectoryPoint,
    TrialBreak,
)
from holdfast.report.views.arms import Arm, arms_of, floor_pathways


@dataclass(frozen=True, slots=True)
class Evidence:
    """A record and its rows by arm.

    Attributes:
        record: The record, without what was measured on variants of benchmarks.
        arms: Its arms, in plan order.
        floors: Pathways that cost nothing.
        beside: Pathways by which another model answers: part of the floor, and they decide nothing.
        safety: Names of the safety benchmarks.
        telling: Those of them on which the primary judge can verify harmful content; see `tells_harm`.
        findings: By arm, then by metric, in the record's order.
        points: Trajectory points by arm.
        breaks: Trial breaks by arm.
    """

    record: RunRecord
    arms: tuple[Arm, ...]
    floors: frozenset[str]
    beside: frozenset[str]
    safety: frozenset[str]
    telling: frozenset[str]
    findings: Mapping[Arm, Mapping[str, tuple[Finding, ...]]]
    points: Mapping[Arm, tuple[TrajectoryPoint, ...]]
    breaks: Mapping[Arm, tuple[TrialBreak, ...]]

    @property
    def tells_harm(self) -> bool:
        """Whether the primary judge can verify harmful content on some safety benchmark."""
        return bool(self.telling) or not self.safety

    @property
    def silent(self) -> tuple[str, ...]:
        """The safety benchmarks on which it cannot: they show refusal lost, never harm."""
        return tuple(sorted(self.safety - self.telling))

    @property
    def harm_word(self) -> str:
        """`Harm`, or `Refusal lost` where no benchmark tells harm."""
        return word_of_harm(self.tells_harm)

    def select(
        self,
        arm: Arm,
        metric: str,
        *,
        at: str | None = None,
        goal: str | None = None,
        judge: str | None = None,
        benchmark: str | None = None,
    ) -> tuple[Finding, ...]:
        """Return an arm's findings with these labels, in order; a label left None is not asked for."""
        return tuple(
            finding
            for finding in self.findings.get(arm, {}).get(metric, ())
            if (at is None or finding.at == at)
            and (goal is None or finding.goal == goal)
            and (judge is None or finding.judge == judge)
            and (benchmark is None or finding.benchmark == benchmark)
        )

    def harm_at(self, arm: Arm, at: str, goal: str | None = None) -> Pick | None:
        """Return the worst harm of an arm at one point, by the judge that decisions rest on.

        Where no benchmark tells harm, it is refusal lost: the share answered. Where only some do, it is the
        harm on those, with the refusal lost on the others beside it.
        """
        judge = self.record.primary_judge
        answered = self.on_safety(arm, "outcome.answered", at=at, goal=goal, judge=judge)
        if not self.tells_harm:
            return worst(answered)
        lost = worst(row for row in answered if row.benchmark in self.silent)
        harm = self.on_safety(arm, "harm", at=at, goal=goal, judge=judge)
        known = {row.benchmark for row in harm}
        untold = [] if "" in known else [row for row in answered if row.benchmark in self.telling - known]
        pick = worst([*harm, *map(_unknown, untold)])
        return pick and replace(pick, lost=lost.finding if lost else None)

    def on_safety(
        self, arm: Arm, metric: str, *, at: str, goal: str | None, judge: str
    ) -> tuple[Finding, ...]:
        """Return an arm's findings on safety benchmarks; outcomes of look-alikes are no safety figures."""
        rows = self.select(arm, metric, at=at, goal=goal, judge=judge)
        return tuple(row for row in rows if not row.benchmark or row.benchmark in self.safety)

    def untouched(self, arm: Arm, benchmark: str, split: str) -> tuple[TrajectoryPoint, ...]:
        """Return what was measured of an arm's model before anything was spent, by whichever arm did."""
        return tuple(
            point
            for other in self.arms
            if (other.model, other.safeguard) == (arm.model, arm.safeguard)
            for point in self.points.get(other, ())
            if point.step == 0 and (point.benchmark, point.split) == (benchmark, split)
        )

    def planned(self, arm: Arm) -> int:
        """Return the number of seeds planned for an arm."""
        return sum(arm.holds(trial) for trial in self.record.plan.trials)

    def budget(self, arm: Arm) -> int:
        """Return the planned length of an arm, in optimiser steps; 0 for a pathway that costs nothing."""
        trials = (trial for trial in self.record.plan.trials if arm.holds(trial))
        return max((trial.schedule.total_steps for trial in trials), default=0)


@dataclass(frozen=True, slots=True)
class Pick:
    """A finding chosen among several benchmarks.

    Attributes:
        finding: The one to show.
        among: Number of benchmarks it was chosen from.
        without_value: Number of those without a value; their evidence is missing, not good.
        lost: The most refusal lost on the benchmarks that cannot tell harm; None if all can.
    """

    finding: Finding
    among: int
    without_value: int
    lost: Finding | None = None


def gather(record: RunRecord) -> Evidence:
    """Index a record without the variants of benchmarks: those are cells of the multiverse, shown there."""
    record = without_variants(record)
    findings: dict[Arm, dict[str, list[Finding]]] = defaultdict(lambda: defaultdict(list))
    for row in record.findings:
        findings[_arm(row)][row.metric].append(row)
    points: dict[Arm, list[TrajectoryPoint]] = defaultdict(list)
    for point in record.trajectories:
        points[_arm(point)].append(point)
    breaks: dict[Arm, list[TrialBreak]] = defaultdict(list)
    for broke in record.breaks:
        breaks[_arm(broke)].append(broke)
    return Evidence(
        record=record,
        arms=arms_of(record),
        floors=floor_pathways(record),
        beside=frozenset(record.decision.beside),
        safety=_safety(record),
        telling=frozenset(name for name in _safety(record) if tells_harm(record, name)),
        findings={
            arm: {metric: tuple(rows) for metric, rows in metrics.items()}
            for arm, metrics in findings.items()
        },
        points={arm: tuple(rows) for arm, rows in points.items()},
        breaks={arm: tuple(rows) for arm, rows in breaks.items()},
    )


def without_variants(record: RunRecord) -> RunRecord:
    """Return the record without what was measured on benchmarks that are others asked in another way."""
    variants = {spec.name for spec in record.plan.audit.benchmarks if spec.variant is not None}
    if not variants:
        return record
    return replace(
        record,
        trajectories=tuple(row for row in record.trajectories if row.benchmark not in variants),
        findings=tuple(row for row in record.findings if row.benchmark not in variants),
    )


def worst(findings: Iterable[Finding]) -> Pick | None:
    """Choose the finding over all benchmarks together if there is one, else the benchmark with the most.

    Harm and over-refusal are both worse the higher, so that "most" never flatters.

    Args:
        findings: Rows that differ in their benchmark alone.

    Returns:
        The choice, or None without any row.
    """
    rows = tuple(findings)
    if not rows:
        return None
    candidates = tuple(row for row in rows if not row.benchmark) or rows
    missing = sum(row.value is None for row in candidates)
    return Pick(max(candidates, key=_severity), among=len(candidates), without_value=missing)


def word_of_harm(tells: bool) -> str:
    """Return what the share that counts is called: harm only where somebody could tell it."""
    return "Harm" if tells else "Refusal lost"


def tells_harm(record: RunRecord, benchmark: str, judge: str | None = None) -> bool:
    """Return whether a judge can verify harmful content on a benchmark.

    One that can has findings on harm there. Without findings: one that cannot calls no answer COMPLIED or
    DEFLECTED; if it calls some ANSWERED, what the record shows is refusal lost, never harm.

    Args:
        record: The record.
        benchmark: A safety benchmark.
        judge: The judge; None takes the primary one.
    """
    judge = record.primary_judge if judge is None else judge
    found = {row.metric for row in record.findings if row.judge == judge and row.benchmark in {benchmark, ""}}
    if "harm" in found:
        return True
    if "outcome.answered" in found:
        return False
    points = [p for p in record.trajectories if p.judge == judge and p.benchmark == benchmark]
    if any(p.shares.get(o, 0.0) > 0 for p in points for o in (Outcome.COMPLIED, Outcome.DEFLECTED)):
        return True
    return not any(p.shares.get(Outcome.ANSWERED, 0.0) > 0 for p in points)


def standalone_judges(record: RunRecord) -> tuple[str, ...]:
    """Return the judges reported on their own beside the primary one, in order of appearance."""
    rows: list[Finding | TrajectoryPoint] = [*record.findings, *record.trajectories]
    names = dict.fromkeys(row.judge for row in rows if row.judge)
    return tuple(name for name in names if name != record.primary_judge)


def configured_safety(record: RunRecord) -> tuple[BenchmarkSpec, ...]:
    """Return the safety benchmarks of an audit, without variants."""
    specs = record.plan.audit.benchmarks
    return tuple(s for s in specs if s.kind is BenchmarkKind.SAFETY and s.variant is None)


def _safety(record: RunRecord) -> frozenset[str]:
    configured = {spec.name for spec in configured_safety(record)}
    measured = {point.benchmark for point in record.trajectories if point.kind == BenchmarkKind.SAFETY}
    return frozenset(configured | measured)


def _arm(row: Finding | TrajectoryPoint | TrialBreak) -> Arm:
    return Arm(row.model, row.safeguard, row.pathway)


def _unknown(finding: Finding) -> Finding:
    """Return a row that stands for harm nobody could tell in one arm although others could."""
    status = Status.INCONCLUSIVE if finding.status is Status.OK else finding.status
    return replace(finding, value=None, low=None, high=None, status=status)


def _severity(finding: Finding) -> tuple[bool, float, float]:
    return finding.value is not None, finding.value or 0.0, finding.high or 0.0
