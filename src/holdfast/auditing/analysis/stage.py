"""The analysis stage: from stored answers and verdicts to trajectories, findings and a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import yaml

from holdfast.auditing.analysis.anchors import arm_anchors
from holdfast.auditing.analysis.arms import form_arms
from holdfast.auditing.analysis.breaks import BreakReader, anchor_findings
from holdfast.auditing.analysis.rates import Roles, rate_findings
from holdfast.auditing.analysis.robustness import Survey, robustness_of
from holdfast.auditing.analysis.trajectories import (
    PanelMembers,
    TrialCells,
    form_panels,
    points_of,
    trial_cells,
)
from holdfast.auditing.analysis.usable import usable_findings
from holdfast.auditing.judging import JudgeVerdicts, is_done, load_verdicts
from holdfast.auditing.planner import judge_names, variant_names
from holdfast.decide import ExpectedLine, Policy, decide
from holdfast.domain import (
    AuditSpec,
    Benchmark,
    Decision,
    Finding,
    Plan,
    Robustness,
    TrajectoryPoint,
    TrialBreak,
)
from holdfast.store import (
    RunDirectory,
    file_digest,
    read_record,
    write_json,
    write_json_rows,
    write_trajectories,
)


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged run in memory.

    Attributes:
        plan: Its plan.
        benchmarks: Its benchmarks by name.
        verdicts: Verdicts by trial key and judge.
        panels: The panels, the primary one first.
        cells: What was measured, by trial key; trials without a result are absent.
    """

    plan: Plan
    benchmarks: Mapping[str, Benchmark]
    verdicts: Mapping[str, Mapping[str, JudgeVerdicts]]
    panels: tuple[PanelMembers, ...]
    cells: Mapping[str, TrialCells]

    @property
    def primary_judge(self) -> str:
        """The panel that breaks and decisions rest on; empty if nothing was judged."""
        return self.panels[0].name if self.panels else ""


def load_judged(run: RunDirectory, plan: Plan, benchmarks: Mapping[str, Benchmark]) -> Judged:
    """Read the answers and verdicts of every done trial.

    Raises:
        RunError: If a stored file is missing or damaged.
    """
    done = [trial for trial in plan.trials if is_done(run, trial)]
    verdicts = {trial.key: load_verdicts(run, trial) for trial in done}
    panels = tuple(form_panels(verdicts.values(), judge_names(plan.audit)))
    cells = {t.key: trial_cells(run, t, benchmarks, panels, verdicts[t.key]) for t in done}
    return Judged(plan, benchmarks, verdicts, panels, cells)


@dataclass(frozen=True, slots=True)
class Analysis:
    """What analysis makes of a run's answers and verdicts.

    Attributes:
        points: Every measured point.
        findings: Every finding.
        breaks: Where each trial breaks, by the primary judge.
        robustness: Comparisons, agreement, multiverse and survival.
    """

    points: tuple[TrajectoryPoint, ...]
    findings: tuple[Finding, ...]
    breaks: tuple[TrialBreak, ...]
    robustness: Robustness


def analyse(run: RunDirectory, judged: Judged) -> None:
    """Write what follows from a judged run, and the decision on it."""
    analysis = compute(judged)
    write_trajectories(run.file("trajectories.parquet"), analysis.points)
    write_json_rows(run.file("findings.json"), analysis.findings)
    write_json(run.file("breaks.json"), analysis.breaks)
    write_json(run.file("robustness.json"), analysis.robustness)
    write_json(run.file("decision.json"), apply_policy(run, judged.plan))


def apply_policy(run: RunDirectory, plan: Plan) -> Decision:
    """Return the decision that the run's policy takes on its findings; nothing is analysed again."""
    path = run.file("policy.yaml")
    policy = Policy.from_dict(yaml.safe_load(path.read_text(encoding="utf-8")), str(path))
    findings = read_record(run.file("findings.json"), tuple[Finding, ...])
    arms = form_arms(plan, {})
    expected = [
        ExpectedLine(arm.model, arm.safeguard, arm.pathway, len(arm.planned), zero_spend=not arm.moves)
        for arm in arms
    ]
    return decide(
        policy,
        own_findings(findings, plan.audit),
        expected,
        policy_digest=file_digest(path),
        beside=tuple(dict.fromkeys(arm.pathway for arm in arms if arm.other)),
    )


def own_findings(findings: Sequence[Finding], audit: AuditSpec) -> list[Finding]:
    """Return the findings but for those on variants: cells of the multiverse, which decide nothing."""
    varied = variant_names(audit)
    return [finding for finding in findings if finding.benchmark not in varied]


def compute(judged: Judged) -> Analysis:
    """Return what the stored answers and verdicts say."""
    audit, panels = judged.plan.audit, judged.panels
    varied = variant_names(audit)
    own = {name: each for name, each in judged.benchmarks.items() if name not in varied}
    roles = Roles(frozenset(g.benchmark for g in audit.goals), frozenset(audit.utility), varied)
    reader = BreakReader(audit.break_rule, own, roles)
    arms = form_arms(judged.plan, judged.cells)
    survey = Survey(audit, own, panels, arms, arm_anchors(arms, audit.goals))
    findings: list[Finding] = []
    breaks: list[TrialBreak] = []
    for arm, anchors in zip(survey.arms, survey.anchors, strict=True):
        for benchmark in judged.benchmarks.values():
            findings += rate_findings(arm, benchmark, panels, roles, anchors)
        if not arm.moves:
            continue
        for goal in audit.goals if arm.whole else ():
            findings += anchor_findings(arm, goal, anchors[goal.name])
        for panel in panels:
            findings += reader.findings(arm, panel)
        if panels:
            breaks += reader.trial_breaks(arm, panels[0])
    if panels:
        findings += usable_findings(arms, reader, panels[0])
    points = tuple(point for trial in judged.cells.values() for point in points_of(trial))
    robustness = robustness_of(survey, reader) if panels else Robustness()
    return Analysis(points, tuple(findings), tuple(breaks), robustness)
