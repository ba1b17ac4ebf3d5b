"""Figures: a drawing with the sentence it shows and the table that says the same in figures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from holdfast.report.charts import theme
from holdfast.report.charts.composition import composition_chart
from holdfast.report.charts.doses import dose_chart
from holdfast.report.charts.drawing import draw
from holdfast.report.charts.intervals import Dot, IntervalRow, interval_chart
from holdfast.report.charts.survival import survival_chart
from holdfast.report.views import words
from holdfast.report.views.composition import CompositionPanel
from holdfast.report.views.doses import DosePanel
from holdfast.report.views.goals import GoalEntry, GoalPanel
from holdfast.report.views.marginal import MarginalEntry, MarginalPanel
from holdfast.report.views.survival import SurvivalPanel


@dataclass(frozen=True, slots=True)
class Table:
    """The same in figures.

    Attributes:
        columns: Headers; the first column labels its row.
        rows: One text a column.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """One small multiple.

    Attributes:
        identity: Unique in the page.
        heading: What it is about.
        title: What is seen, in one sentence.
        svg: The drawing, cleaned; empty if there is nothing to draw.
        empty: Why there is nothing to draw.
        table: The same in figures.
    """

    identity: str
    heading: str
    title: str
    svg: str
    empty: str
    table: Table


def composition_figure(panel: CompositionPanel, identity: str) -> Figure:
    """Return the figure of an arm on one benchmark."""
    heading = f"{panel.arm.subject} · {panel.arm.pathway}"
    occurring = [o for o in words.OUTCOME_ORDER if any(p.shares[o] > 0 for p in panel.points)]
    table = Table(
        columns=("Steps", *(o.value.capitalize() for o in occurring), "Seeds", "Answers a seed"),
        rows=tuple(
            (
                f"{point.step:,}{f' (goal {point.goal})' if point.goal else ''}",
                *(words.share(point.shares[o]) for o in occurring),
                str(point.seeds),
                words.number(point.answers),
            )
            for point in panel.points
        ),
    )
    chart = composition_chart(panel) if panel.points else None
    empty = "Nothing to draw: no trial of this arm gave a measured point."
    return _figure(identity, heading, panel.title, chart, table, empty)


def goal_figure(panel: GoalPanel, identity: str, threshold: float | None, harm_word: str) -> Figure:
    """Return the figure of the models side by side at one goal."""
    rows = tuple(_goal_row(entry, harm_word) for entry in panel.entries)
    table = Table(
        columns=(
            "Model",
            harm_word,
            "Refused",
            "Incoherent",
            "Capability",
            "Reached after",
            "By refusal strings",
        ),
        rows=tuple(
            (
                entry.subject,
                entry.harm.plain,
                entry.refused.plain,
                entry.incoherent.plain,
                entry.capability.plain,
                entry.steps,
                entry.refusal_strings.plain,
            )
            for entry in panel.entries
        ),
    )
    chart = interval_chart(rows, threshold=threshold, title="Share of answers")
    heading = f"{panel.goal} at {panel.target} · {panel.pathway}"
    return _figure(identity, heading, panel.title, chart, table)


def survival_figure(panel: SurvivalPanel, identity: str, series: dict[str, int]) -> Figure:
    """Return the figure of one model's survival; pathways without a usable seed are in its table alone."""
    table = Table(
        columns=("Pathway", "Broke", "Seeds with a result", "Planned", "Unbroken at"),
        rows=tuple(
            (
                curve.pathway,
                str(curve.broke),
                str(curve.seeds),
                str(curve.planned),
                "; ".join(
                    f"{words.number(p.step)}: {words.share_interval(p.low, p.high)}"
                    if p.low < p.high
                    else f"{words.number(p.step)}: {words.share(p.high)}"
                    for p in curve.points
                )
                or words.MISSING,
            )
            for curve in panel.curves
        ),
    )
    chart = survival_chart(panel, series) if any(curve.points for curve in panel.curves) else None
    empty = "Nothing to draw: no seed has a result that tells whether it broke."
    return _figure(identity, panel.subject, panel.title, chart, table, empty)


def dose_figure(panel: DosePanel, identity: str, harm_word: str) -> Figure:
    """Return the figure of one family of doses on one model."""
    table = Table(
        columns=("Rows", f"{harm_word} at the end", "At the utility bound", "Break", "Conclusion"),
        rows=tuple(
            (
                words.number(dose.rows),
                dose.harm.plain,
                dose.usable.plain,
                dose.broke.plain,
                words.CONCLUSION_WORDS[dose.conclusion],
            )
            for dose in panel.doses
        ),
    )
    measured = any(dose.harm.value is not None for dose in panel.doses)
    chart = dose_chart(panel, harm_word) if measured else None
    empty = "Nothing to draw: no dose was measured at its end."
    return _figure(identity, f"{panel.subject} · {panel.family}", panel.title, chart, table, empty)


def marginal_figure(panel: MarginalPanel, identity: str, threshold: float | None, harm_word: str) -> Figure:
    """Return the figure of what training adds to one model's zero-spend floor."""
    rows = tuple(_marginal_row(entry, harm_word) for entry in panel.entries)
    table = Table(
        columns=("Pathway", "Spend", harm_word),
        rows=tuple((entry.pathway, entry.spend, entry.harm.plain) for entry in panel.entries),
    )
    chart = interval_chart(rows, threshold=threshold, title=f"{harm_word}: share of answers")
    return _figure(identity, panel.subject, panel.title, chart, table)


def _figure(identity: str, heading: str, title: str, chart: Any, table: Table, empty: str = "") -> Figure:
    svg = "" if chart is None else draw(chart, identity=identity, label=f"{heading}. {title}.")
    return Figure(identity, heading, title, svg, empty, table)


def _goal_row(entry: GoalEntry, harm_word: str) -> IntervalRow:
    harm = Dot(harm_word.lower(), entry.harm, theme.OUTCOME_FILL[words.OUTCOME_ORDER[0]])
    refused = Dot("refused", entry.refused, theme.OUTCOME_FILL[words.OUTCOME_ORDER[3]], shape="square")
    return IntervalRow(entry.subject, (harm, refused), entry.steps.split(" (", maxsplit=1)[0])


def _marginal_row(entry: MarginalEntry, harm_word: str) -> IntervalRow:
    colour = theme.INK if entry.floor else theme.OUTCOME_FILL[words.OUTCOME_ORDER[0]]
    dot = Dot(harm_word.lower(), entry.harm, colour, hollow=entry.floor)
    return IntervalRow(entry.pathway, (dot,), entry.spend.removeprefix("break: "))
