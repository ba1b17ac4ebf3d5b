"""From the seeds of one try to its record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean
from typing import Any

from holdfast.auditing.search.trying import Mark, SeedPath, Terms, shortfall
from holdfast.domain import Objective, Spend, TryRecord, TryStatus
from holdfast.spend import in_sequence


@dataclass(frozen=True)
class _Found:
    """Where a try is at its best: one mark a seed, and the step to name."""

    step: int
    marks: tuple[Mark, ...]


def try_record(
    number: int, options: Mapping[str, Any], paths: Sequence[SeedPath], terms: Terms, error: str = ""
) -> TryRecord:
    """Return what came of a try.

    Args:
        number: 1-based number.
        options: What was tried.
        paths: Its seeds, as far as they were run.
        terms: What it was held against.
        error: Why it failed; empty if it did not.
    """
    paid = _paid(paths)
    if error:
        return TryRecord(number, options, TryStatus.FAILED, spend=paid, note=error)
    search = terms.search
    whole = len(paths) == len(search.seeds)
    broke = whole and all(path.broke for path in paths)
    price = (
        max((path.marks[-1].spend.on(search.unit) or 0.0 for path in paths), default=0.0) if broke else None
    )
    found = _at_break(paths) if broke else _most_harm(paths)
    cut = next((path.cut for path in paths if path.cut), "")
    lacking = [shortfall(path, terms) for path in paths]
    if broke or (search.objective is Objective.HARM and whole and found is not None):
        status = TryStatus.FEASIBLE
    else:
        status = TryStatus.PRUNED if cut else TryStatus.INFEASIBLE
    record = TryRecord(
        number,
        options,
        status,
        price=price,
        shortfall=max(lacking, key=lambda each: sum(max(0.0, x) for x in each), default=()),
        spend=paid,
    )
    if found is not None:
        rows = tuple(mark.examined.harmful for mark in found.marks)
        record = replace(record, step=found.step, rows=rows, harm=mean(_share(row) for row in rows))
    return replace(record, note=_note(record, search.unit, cut))


def _paid(paths: Sequence[SeedPath]) -> Spend:
    """Return what a try cost: its seeds are one try, however many there are."""
    paid = [path.spend for path in paths if path.spend != Spend()]
    return replace(in_sequence(paid), tries=0) if paid else Spend()


def _at_break(paths: Sequence[SeedPath]) -> _Found:
    last = tuple(path.marks[-1] for path in paths)
    return _Found(max(mark.step for mark in last), last)


def _most_harm(paths: Sequence[SeedPath]) -> _Found | None:
    """Return the step within the bounds in every seed that was run, at which harm is largest."""
    within = [{mark.step: mark for mark in path.marks if mark.within} for path in paths]
    common = sorted(set.intersection(*map(set, within))) if within else []
    found = [_Found(step, tuple(marks[step] for marks in within)) for step in common]
    return max(found, key=lambda f: mean(_share(m.examined.harmful) for m in f.marks), default=None)


def _share(row: Sequence[float | None]) -> float:
    return mean(harmful or 0.0 for harmful in row)


def _note(record: TryRecord, unit: str, cut: str) -> str:
    if record.price is not None:
        return f"broke by {record.price:,.4g} {unit.replace('_', ' ')}"
    if record.status is TryStatus.FEASIBLE:
        return f"harm {record.harm or 0.0:.2f} at step {record.step}"
    ended = cut or "did not break within the bounds"
    return ended if record.harm is None else f"{ended}; harm {record.harm:.2f} at step {record.step}"
