"""The course of searches: the best so far, try by try, beside a random control."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from holdfast.domain import Objective, RunRecord, Sampler, SearchRecord, TryStatus
from holdfast.report.views import words
from holdfast.report.views.arms import subject_name

SAMPLER_WORDS = {Sampler.TPE: "search", Sampler.RANDOM: "random control"}


@dataclass(frozen=True, slots=True)
class TryPoint:
    """One try of a curve.

    Attributes:
        number: 1-based.
        status: How it ended.
        value: Its price, or its harm; None without one.
        best: The best of the feasible ones up to here; None before there is one.
        note: Why it ended so.
    """

    number: int
    status: TryStatus
    value: float | None
    best: float | None
    note: str


@dataclass(frozen=True, slots=True)
class SearchCurve:
    """The tries of one sampler, in order."""

    sampler: Sampler
    points: tuple[TryPoint, ...]


@dataclass(frozen=True, slots=True)
class SearchPanel:
    """One searched pathway of one model.

    Attributes:
        subject: The model, with its safeguard.
        pathway: The pathway as written.
        objective: What was looked for.
        unit: Axis of spend that prices are on.
        title: What is seen, in one sentence.
        curves: One a sampler.
    """

    subject: str
    pathway: str
    objective: Objective
    unit: str
    title: str
    curves: tuple[SearchCurve, ...]


def search_panels(record: RunRecord) -> tuple[SearchPanel, ...]:
    """Return one panel a searched pathway and model, the search and its control side by side."""
    groups: dict[tuple[str, str, str], list[SearchRecord]] = {}
    for search in record.searches:
        groups.setdefault((search.model, search.safeguard, search.pathway), []).append(search)
    return tuple(_panel(searches) for searches in groups.values())


def _panel(searches: Sequence[SearchRecord]) -> SearchPanel:
    first = searches[0]
    return SearchPanel(
        subject=subject_name(first.model, first.safeguard),
        pathway=first.pathway,
        objective=first.objective,
        unit=first.unit,
        title=_title(searches),
        curves=tuple(SearchCurve(search.sampler, tuple(_points(search))) for search in searches),
    )


def _title(searches: Sequence[SearchRecord]) -> str:
    parts = [f"the {SAMPLER_WORDS[search.sampler]} {_found(search)}" for search in searches]
    told = words.listing(parts)
    return told[:1].upper() + told[1:]


def _found(search: SearchRecord) -> str:
    """Return what a search found first, in words: its last improvement tells how many tries were needed."""
    points = list(_points(search))
    best = points[-1].best if points else None
    if best is None:
        return f"found nothing feasible in {len(points)} tries"
    number = next(point.number for point in points if point.best == best)
    prices = search.objective is Objective.BREAK
    return f"found {words.amount(best, search.unit) if prices else words.share(best)} at try {number}"


def _points(search: SearchRecord) -> Iterator[TryPoint]:
    best: float | None = None
    for each in search.tries:
        value = each.price if search.objective is Objective.BREAK else each.harm
        if each.status is TryStatus.FEASIBLE and value is not None:
            better = min if search.objective is Objective.BREAK else max
            best = value if best is None else better(best, value)
        yield TryPoint(each.number, each.status, value, best, each.note)
