"""Comparisons at the same capability: how two sides differ on the same prompts, and what flipped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.domain import Comparison, Status
from holdfast.report.views import words
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.flips import FlipsView, flips_view
from holdfast.report.views.sides import Kind, contrast
from holdfast.report.views.tracks import Dot, Tone, direction


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """One comparison.

    Attributes:
        what: What is subtracted from what.
        where: What both sides share.
        benchmark: Benchmark name.
        judge: Judge or panel; empty for scored benchmarks.
        difference: In percentage points, or why there is none.
        interval: Its interval; may be empty.
        dots: The same, to be drawn; empty without an interval.
        tone: Its direction.
        p: p-value and Holm's, or that there is none.
        smallest_p: Smallest attainable with so many seeds.
        capabilities: Capability of first and second; may be empty.
        reason: What keeps it from being conclusive; empty if nothing does.
        status: What it is worth.
        flips: What flipped; None if nothing did, or it is not listed.
    """

    what: str
    where: str
    benchmark: str
    judge: str
    difference: str
    interval: str
    dots: tuple[Dot, ...]
    tone: Tone
    p: str
    smallest_p: str
    capabilities: str
    reason: str
    status: Status
    flips: FlipsView | None


@dataclass(frozen=True, slots=True)
class ComparisonPanel:
    """Comparisons of one kind by one metric.

    Attributes:
        identity: Unique in the page.
        heading: What is compared.
        title: What is seen, in one sentence.
        family: Comparisons with a p-value that are adjusted together.
        rows: The comparisons.
    """

    identity: str
    heading: str
    title: str
    family: int
    rows: tuple[ComparisonRow, ...]


@dataclass(frozen=True, slots=True)
class ComparisonsView:
    """The section.

    Attributes:
        main: What counts most, by the judge that decides; at most one panel a kind.
        further: Other metrics by the same judge.
        others: The same metrics by other judges, row by row.
        why_empty: Why there is nothing to compare; empty if there is something.
        seeds: Most seeds of any comparison.
    """

    main: tuple[ComparisonPanel, ...]
    further: tuple[ComparisonPanel, ...]
    others: tuple[ComparisonPanel, ...]
    why_empty: str
    seeds: int


def comparisons_view(evidence: Evidence) -> ComparisonsView:
    """Return the comparisons of a record, those of the main metric at the goal first."""
    main_metric = "harm" if evidence.tells_harm else "outcome.refused"
    primary = evidence.record.primary_judge
    found = evidence.record.robustness.comparisons
    ours = [each for each in found if each.judge in {primary, ""}]
    panels = _panels(ours, "compare")
    main = [panel for panel, metric in panels if metric == main_metric]
    return ComparisonsView(
        main=tuple(main),
        further=tuple(panel for panel, metric in panels if metric != main_metric),
        others=tuple(panel for panel, _ in _panels([e for e in found if e not in ours], "compare-others")),
        why_empty="" if found else _why_empty(evidence),
        seeds=max((each.seeds for each in found), default=0),
    )


def sentence(rows: Iterable[ComparisonRow], metric: str) -> str:
    """Return what comparisons of one metric show together, in one sentence."""
    rows = tuple(rows)
    told = [row for row in rows if row.status is Status.OK]
    apart = [row for row in told if row.tone is not Tone.OPEN]
    refused = sum(row.difference == REFUSED for row in rows)
    parts = [f"{metric} differs in {len(apart)} of {words.count(len(rows), 'comparison')}"]
    if refused:
        parts.append(f"{refused} refused, because capabilities differ")
    if len(told) + refused < len(rows):
        parts.append(f"{len(rows) - len(told) - refused} inconclusive")
    return "; ".join(parts)


REFUSED = "refused: capabilities differ"
"""What stands in place of a difference between sides of different capability."""


def _why_empty(evidence: Evidence) -> str:
    if not evidence.record.plan.audit.goals:
        return "No capability goal was set, so nothing can be compared at matched capability: add `goals:`."
    return "The record holds no comparisons: no two sides were measured on the same prompts and seeds."


def _panels(comparisons: Iterable[Comparison], prefix: str) -> list[tuple[ComparisonPanel, str]]:
    groups: dict[tuple[Kind, str, str], list[Comparison]] = {}
    for each in comparisons:
        kind = contrast(each.first, each.second, each.goal).kind
        groups.setdefault((kind, each.metric, each.judge), []).append(each)
    ordered = sorted(groups, key=lambda key: list(Kind).index(key[0]))
    return [
        (_panel(f"{prefix}-{index}", kind, metric, judge, groups[kind, metric, judge]), metric)
        for index, (kind, metric, judge) in enumerate(ordered)
    ]


def _panel(identity: str, kind: Kind, metric: str, judge: str, found: list[Comparison]) -> ComparisonPanel:
    rows = tuple(_row(each) for each in found)
    name = words.metric(metric)
    return ComparisonPanel(
        identity=identity,
        heading=f"{kind}: {name.lower()}" + (f", by {judge}" if judge else ""),
        title=sentence(rows, name),
        family=max(each.family_size for each in found),
        rows=rows,
    )


def _row(found: Comparison) -> ComparisonRow:
    said = contrast(found.first, found.second, found.goal)
    told = found.value is not None or found.low is not None
    conclusive = found.status is Status.OK
    tone = direction(found.low, found.high) if conclusive else Tone.OPEN
    dot = Dot(found.value, found.low, found.high, tone, hollow=not conclusive)
    return ComparisonRow(
        what=said.what,
        where=said.where,
        benchmark=found.benchmark,
        judge=found.judge,
        difference=_difference(found),
        interval=words.points_interval(found.low, found.high),
        dots=(dot,) if told else (),
        tone=tone,
        p=words.p_value_pair(found.p, found.p_adjusted),
        smallest_p=words.p_value(found.smallest_p),
        capabilities=" and ".join(words.share(score) for score in found.capabilities),
        reason="" if conclusive else _reason(found),
        status=found.status,
        flips=flips_view(found.flips, found.n),
    )


def _difference(found: Comparison) -> str:
    if found.value is not None:
        return words.points(found.value)
    if not found.matched:
        return REFUSED if found.capabilities else "refused: capability unknown"
    return words.status_word(found.status) or "inconclusive"


def _reason(found: Comparison) -> str:
    if found.matched:
        return found.conclusion
    if found.value is None:
        return "" if found.capabilities else found.conclusion
    return "no goal was reached, so this is not at matched capability"
