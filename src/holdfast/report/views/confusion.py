"""How wrong a panel is: labels against its outcomes, and how often it errs on one question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.domain import Confusion, ErrorRate, Outcome, confusion_key
from holdfast.report.views import words
from holdfast.report.views.tracks import Dot, Tone

LEVELS = 5
"""Shades of a heat map, beside the empty one."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One label and outcome.

    Attributes:
        count: Labelled answers.
        share: Their share of the answers with this label.
        level: Shade, 0 for no answers up to `LEVELS`.
        right: Whether label and outcome are the same.
    """

    count: int
    share: str
    level: int
    right: bool


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One label: its cells, in the order of the columns, and how many answers have it."""

    label: Outcome
    cells: tuple[HeatCell, ...]
    total: int


@dataclass(frozen=True, slots=True)
class HeatMap:
    """Labels against outcomes in one stratum of one model's answers.

    Attributes:
        heading: Model and stratum.
        title: What is seen, in one sentence.
        columns: Outcomes that the panel gave.
        rows: Labels that were given.
    """

    heading: str
    title: str
    columns: tuple[Outcome, ...]
    rows: tuple[HeatRow, ...]


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """How often the panel is right on one question.

    Attributes:
        where: Model and stratum.
        question: What the label says yes to.
        sensitivity: Share of the yes-labelled that the panel calls yes, or that it cannot be said.
        sensitivity_interval: Its interval; may be empty.
        specificity: Share of the no-labelled that it calls no.
        specificity_interval: Its interval; may be empty.
        positives: Answers labelled yes.
        negatives: Answers labelled no.
        sensitivity_dots: To be drawn.
        specificity_dots: To be drawn.
    """

    where: str
    question: str
    sensitivity: str
    sensitivity_interval: str
    specificity: str
    specificity_interval: str
    positives: int
    negatives: int
    sensitivity_dots: tuple[Dot, ...]
    specificity_dots: tuple[Dot, ...]


def heat_map(confusion: Confusion) -> HeatMap:
    """Return the heat map of one stratum; shades follow the share of each label's answers."""
    counts = confusion.counts
    labels = [o for o in words.OUTCOME_ORDER if any(counts.get(confusion_key(o, p)) for p in Outcome)]
    outcomes = [o for o in words.OUTCOME_ORDER if any(counts.get(confusion_key(p, o)) for p in Outcome)]
    rows = tuple(_heat_row(counts, label, outcomes) for label in labels)
    return HeatMap(
        heading=_where(confusion.model, confusion.stratum),
        title=_title(confusion, rows),
        columns=tuple(outcomes),
        rows=rows,
    )


def error_row(error: ErrorRate) -> ErrorRow:
    """Return how often the panel is right on one question."""
    found = (error.sensitivity, error.sensitivity_low, error.sensitivity_high)
    spared = (error.specificity, error.specificity_low, error.specificity_high)
    return ErrorRow(
        where=_where(error.model, error.stratum),
        question=words.metric(error.question).lower(),
        sensitivity=_rate(error.sensitivity, "yes"),
        sensitivity_interval=_interval(*found),
        specificity=_rate(error.specificity, "no"),
        specificity_interval=_interval(*spared),
        positives=error.positives,
        negatives=error.negatives,
        sensitivity_dots=_dots(*found),
        specificity_dots=_dots(*spared),
    )


def _where(model: str, stratum: str) -> str:
    answers = "all answers" if stratum == "all" else f"answers called {stratum}"
    return f"{model} · {answers}" if model else answers


def _heat_row(counts: Mapping[str, int], label: Outcome, outcomes: Sequence[Outcome]) -> HeatRow:
    found = [counts.get(confusion_key(label, outcome), 0) for outcome in outcomes]
    total = sum(found)
    cells = tuple(
        HeatCell(n, words.share(n / total), _level(n / total), outcome is label)
        for n, outcome in zip(found, outcomes, strict=True)
    )
    return HeatRow(label, cells, total)


def _level(share: float) -> int:
    return 0 if share == 0 else min(LEVELS, 1 + int(share * LEVELS))


def _title(confusion: Confusion, rows: Sequence[HeatRow]) -> str:
    right = sum(cell.count for row in rows for cell in row.cells if cell.right)
    if not confusion.n:
        return "No answer was labelled here"
    return (
        f"{right} of {words.count(confusion.n, 'labelled answer')} called what the label says; "
        f"they stand for {confusion.population:,} answers"
    )


def _rate(value: float | None, word: str) -> str:
    return words.share(value) if value is not None else f"no {word} labels"


def _interval(value: float | None, low: float, high: float) -> str:
    return "" if value is None else words.share_interval(low, high)


def _dots(value: float | None, low: float, high: float) -> tuple[Dot, ...]:
    return () if value is None else (Dot(value, low, high, Tone.SKILL),)
