"""What a finished search hands on: the pathway that runs the winner again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from holdfast.auditing.search.space import with_choice
from holdfast.domain import Objective, PathwaySpec, SearchSpec, Spend, TryRecord, TryStatus
from holdfast.spend import in_sequence
from holdfast.stats import Try, best_of


@dataclass(frozen=True)
class Winner:
    """The try that is run again.

    Attributes:
        record: The try.
        feasible: Whether it gave what was looked for; else it is the most harmful within the bounds.
    """

    record: TryRecord
    feasible: bool


def choose(search: SearchSpec, tries: Sequence[TryRecord], groups: Sequence[str]) -> Winner | None:
    """Return the winner of a search.

    The least price where a break was looked for and found. The most harm where that was looked for; and where
    no try broke: harm within the bounds of utility and coherence, for want of better.

    Args:
        search: The protocol.
        tries: All its tries.
        groups: Group of each safety prompt of the search (`SearchPrompts.safety_groups`).

    Returns:
        The winner; None if no try kept within the bounds at any checkpoint.
    """
    feasible = [each for each in tries if each.status is TryStatus.FEASIBLE]
    if search.objective is Objective.BREAK and feasible:
        return Winner(min(feasible, key=lambda each: each.price or 0.0), feasible=True)
    if not tries:
        return None
    best = best_of([as_try(each, groups) for each in tries]).best
    found = next((each for each in tries if str(each.number) == best), None)
    return None if found is None else Winner(found, found.status is TryStatus.FEASIBLE)


def as_try(record: TryRecord, groups: Sequence[str]) -> Try:
    """Return a try as `holdfast.stats.best_of` compares it: by its harm at its most harmful step."""
    name = str(record.number)
    if record.status is TryStatus.FAILED:
        return Try(name, ())
    if record.step is None:  # it gave a result, which is out of bounds at every checkpoint
        return Try(name, ([0.0],), ("",), feasible=False)
    rows = [np.array([np.nan if harm is None else harm for harm in row]) for row in record.rows]
    return Try(name, rows, tuple(groups))


def cost_of(tries: Sequence[TryRecord]) -> Spend:
    """Return what a search cost: every try counts, the failed ones too."""
    paid = [each.spend for each in tries if each.spend != Spend()]
    # The run that follows is one more try: `in_sequence` adds it.
    return replace(in_sequence(paid), tries=len(tries) - 1) if paid else Spend(tries=max(0, len(tries) - 1))


def run_again(pathway: PathwaySpec, winner: Winner, tries: Sequence[TryRecord]) -> PathwaySpec:
    """Return the pathway that runs the winner of its search, and has paid for all tries."""
    return with_choice(pathway, winner.record.options, cost_of(tries))
