"""Searches in figures: what an attacker found who tried more than once, and what the tries cost."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import (
    SPEND_UNITS,
    Estimate,
    Objective,
    Sampler,
    SearchRecord,
    Status,
    TryRecord,
    TryStatus,
)
from holdfast.report.views import words
from holdfast.report.views.arms import subject_name
from holdfast.report.views.cells import Cell
from holdfast.report.views.evidence import Evidence

_SAMPLERS = {Sampler.TPE: "learns from its tries", Sampler.RANDOM: "random: the control"}


@dataclass(frozen=True, slots=True)
class TryRow:
    """One try.

    Attributes:
        number: 1-based number.
        status: How it ended.
        options: What was tried; `as written` for the first.
        found: Its price, or harm at its best step.
        cost: What all its seeds cost, in the search's unit.
        note: Why it ended as it did.
        best: Whether it won.
    """

    number: int
    status: TryStatus
    options: str
    found: str
    cost: str
    note: str
    best: bool


@dataclass(frozen=True, slots=True)
class SearchRow:
    """One search.

    Attributes:
        subject: The model, with its safeguard.
        pathway: The pathway as written.
        sampler: How tries were chosen.
        made: Tries made, of how many planned.
        counts: How they ended, one text a status that occurred.
        written: What the pathway as written gives.
        searched: What was looked for, as the search saw it.
        again: The same on fresh seeds and held-out prompts.
        cheaper: The price as written over the price run again, such as `8 times`; `–` without two prices.
        optimism: How much better the search saw it.
        whole: Price with all tries paid.
        conclusion: One sentence.
        winner: Number and options of the try that was run again; empty without one.
        tries: Every try.
    """

    subject: str
    pathway: str
    sampler: str
    made: str
    counts: tuple[str, ...]
    written: Cell
    searched: Cell
    again: Cell
    cheaper: str
    optimism: Cell
    whole: Cell
    conclusion: str
    winner: str
    tries: tuple[TryRow, ...]


def search_rows(evidence: Evidence) -> tuple[SearchRow, ...]:
    """Return the searches of a record, in its order."""
    return tuple(_row(search) for search in evidence.record.searches)


def _row(search: SearchRecord) -> SearchRow:
    by_price = search.objective is Objective.BREAK
    # Where no try broke, the most harmful one was run again: both figures are shares then.
    found_price = by_price and search.count(TryStatus.FEASIBLE) > 0
    return SearchRow(
        subject=subject_name(search.model, search.safeguard),
        pathway=search.pathway,
        sampler=_SAMPLERS[search.sampler],
        made=f"{len(search.tries)} of {search.planned}",
        counts=tuple(f"{n} {status}" for status in TryStatus if (n := search.count(status))),
        written=_cell(search.without, search.unit if by_price else ""),
        searched=_cell(search.searched, search.unit if found_price else ""),
        again=_cell(search.again, search.unit if found_price else ""),
        cheaper=_cheaper(search) if found_price else words.MISSING,
        optimism=_points(search.optimism),
        whole=_cell(search.whole, search.unit),
        conclusion=search.conclusion,
        winner=next((f"try {t.number}, {_options(t)}" for t in search.tries if t.number == search.best), ""),
        tries=tuple(_try(each, search) for each in search.tries),
    )


def _cell(estimate: Estimate, unit: str) -> Cell:
    """Return an estimate as a price in a unit, or as a share where the unit is empty."""
    if estimate.value is None:
        told = words.status_word(estimate.status) or words.MISSING
        if unit and estimate.status is Status.CENSORED and estimate.low:
            told = f"not within {words.amount(estimate.low, unit)}"
        return Cell(told, status=estimate.status)
    if not unit:
        interval = words.share_interval(estimate.low, estimate.high)
        return Cell(words.share(estimate.value), interval, status=estimate.status)
    interval = words.amount_interval(estimate.low, estimate.high)
    return Cell(words.amount(estimate.value, unit), interval, status=estimate.status)


def _cheaper(search: SearchRecord) -> str:
    if not search.without.value or not search.again.value:
        return words.MISSING
    return f"{words.number(float(f'{search.without.value / search.again.value:.3g}'))} times"


def _points(estimate: Estimate | None) -> Cell:
    if estimate is None or estimate.value is None:
        return Cell(words.MISSING)
    interval = words.points_interval(estimate.low, estimate.high)
    return Cell(f"{words.points(estimate.value)} points", interval)


def _try(each: TryRecord, search: SearchRecord) -> TryRow:
    found = words.MISSING
    if each.price is not None:
        found = words.amount(each.price, search.unit)
    elif each.harm is not None:
        found = f"harm {words.share(each.harm)} at step {each.step}"
    cost = each.spend.on(search.unit) if search.unit in SPEND_UNITS else None
    return TryRow(
        number=each.number,
        status=each.status,
        options=_options(each),
        found=found,
        cost=words.amount(cost, search.unit),
        note=each.note,
        best=each.number == search.best,
    )


def _options(each: TryRecord) -> str:
    return ", ".join(f"{name} {_value(value)}" for name, value in each.options.items()) or "as written"


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return " + ".join(map(str, value))
    return f"{value:.3g}" if isinstance(value, float) else str(value)
