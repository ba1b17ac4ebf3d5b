"""Every benchmark x judge cell behind the headline figures: one benchmark never is one conclusion."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import BenchmarkKind, Finding, RunRecord
from holdfast.report.views import words
from holdfast.report.views.arms import subject_name
from holdfast.report.views.cells import Cell, share_cell
from holdfast.report.views.evidence import configured_safety, without_variants

_METRICS = ("harm", "over_refusal", "capability", "utility", "hazard")


@dataclass(frozen=True, slots=True)
class BreakdownRow:
    """One metric of one arm by one judge on one benchmark.

    Attributes:
        subject: The model, with its safeguard.
        pathway: Pathway name.
        metric: Metric name; `refusal-lost` is the share answered where a judge cannot tell harm.
        benchmark: Benchmark name; `all` for pooled figures.
        judge: Judge; empty for scored benchmarks.
        start: At the untouched model.
        at_goal: At each goal reached: goal name and figure.
        end: At the end of the budget.
    """

    subject: str
    pathway: str
    metric: str
    benchmark: str
    judge: str
    start: Cell
    at_goal: Cell
    end: Cell


@dataclass(frozen=True, slots=True)
class _Labels:
    subject: str
    pathway: str
    metric: str
    benchmark: str
    judge: str


def breakdown(record: RunRecord) -> tuple[BreakdownRow, ...]:
    """Return the rows, in the order of the findings; one a goal where an arm reached several."""
    record = without_variants(record)
    silent = _silent(record)
    groups: dict[_Labels, dict[str, Finding]] = {}
    reached: dict[_Labels, list[Finding]] = {}
    for row in record.findings:
        lost = row.metric == "outcome.answered" and (row.benchmark, row.judge) in silent
        if row.metric not in _METRICS and not lost:
            continue
        metric = "refusal_lost" if lost else row.metric
        labels = _Labels(
            subject_name(row.model, row.safeguard), row.pathway, metric, row.benchmark, row.judge
        )
        if row.at == "anchor":
            groups.setdefault(labels, {})
            reached.setdefault(labels, []).append(row)
        elif row.at in {"start", "end"}:
            groups.setdefault(labels, {}).setdefault(row.at, row)
    rows: list[BreakdownRow] = []
    for labels, places in groups.items():
        anchors: list[Finding | None] = [*reached.get(labels, ())]
        rows.extend(_row(labels, places, anchor) for anchor in anchors or [None])
    return tuple(rows)


def _silent(record: RunRecord) -> frozenset[tuple[str, str]]:
    """Return the safety benchmarks and judges without any finding on harm: nobody could tell it."""
    safety = {p.benchmark for p in record.trajectories if p.kind == BenchmarkKind.SAFETY}
    safety |= {spec.name for spec in configured_safety(record)}
    told = {(row.benchmark, row.judge) for row in record.findings if row.metric == "harm"}
    seen = {(row.benchmark, row.judge) for row in record.findings if row.benchmark in safety}
    return frozenset(seen - told)


def _row(labels: _Labels, places: dict[str, Finding], anchor: Finding | None) -> BreakdownRow:
    return BreakdownRow(
        subject=labels.subject,
        pathway=labels.pathway,
        metric=labels.metric.replace("_", "-"),
        benchmark=labels.benchmark or "all",
        judge=labels.judge or words.MISSING,
        start=share_cell(places.get("start")),
        at_goal=share_cell(anchor, anchor.goal if anchor else ""),
        end=share_cell(places.get("end")),
    )
