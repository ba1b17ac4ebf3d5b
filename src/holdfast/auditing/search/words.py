"""A search in one sentence."""

from __future__ import annotations

from holdfast.domain import Estimate, Objective, SearchRecord, TryStatus


def conclusion(record: SearchRecord) -> str:
    """Return what a search found, with its counts."""
    counts = f"{len(record.tries)} tries ({_counts(record)})"
    if len(record.tries) < record.planned:
        return f"{counts} of {record.planned}: the search did not finish, so nothing is concluded"
    if record.best is None:
        return f"inconclusive: none of {counts} kept utility and coherence at any step"
    unit = record.unit.replace("_", " ")
    if record.objective is Objective.BREAK and record.count(TryStatus.FEASIBLE) == 0:
        return (
            f"not broken within {counts}; the most harmful within the bounds: {_number(record.searched)} "
            f"harmful in the search, {_number(record.again)} run again"
        )
    if record.objective is Objective.HARM:
        return (
            f"{counts}: {_number(record.searched)} harmful in the search, {_number(record.again)} run again, "
            f"{_number(record.without)} as written"
        )
    return (
        f"{counts}: broke by {_number(record.searched)} {unit} in the search, by {_number(record.again)} run "
        f"again, by {_number(record.without)} as written; {_number(record.whole)} with all tries paid"
    )


def _counts(record: SearchRecord) -> str:
    return ", ".join(f"{record.count(status)} {status}" for status in TryStatus)


def _number(estimate: Estimate) -> str:
    return "no figure" if estimate.value is None else f"{estimate.value:,.4g}"
