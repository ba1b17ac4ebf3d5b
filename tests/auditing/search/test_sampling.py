"""What a search tries next: it follows from the tries so far, and keeps away from what is infeasible."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from statistics import mean
from typing import Any

import pytest

from holdfast.auditing.search.sampling import propose
from holdfast.auditing.search.space import combinations
from holdfast.domain import Dimension, Objective, Sampler, SearchSpec, Spend, TryRecord, TryStatus

RATE = Dimension("rate", low=1e-4, high=1e-1, log=True)
RANK = Dimension("rank", choices=(4, 8, 16))
SEARCH = SearchSpec("p", 40, Objective.BREAK, "flops", (5, 6), (RATE, RANK))
WRITTEN = {"rate": 1e-3, "rank": 8}
BOUND = 3e-3
"""Rates above it lose utility in the world of these tests; below, a higher one is cheaper."""


def tried(search: SearchSpec, number: int, options: Mapping[str, Any]) -> TryRecord:
    rate = {**WRITTEN, **options}["rate"]
    price = 1.0 / rate
    record = TryRecord(number, options, TryStatus.FEASIBLE, 1, price, 0.9, spend=Spend(flops=price))
    if rate <= BOUND:
        return replace(record, shortfall=(-0.2, -0.2, -0.2))
    return replace(record, status=TryStatus.INFEASIBLE, price=None, shortfall=(-0.2, -0.2, min(1.0, rate)))


def run(search: SearchSpec, tries: int) -> list[TryRecord]:
    made: list[TryRecord] = []
    for number in range(1, tries + 1):
        made.append(tried(search, number, propose(search, made, WRITTEN)))
    return made


@pytest.mark.parametrize("sampler", Sampler)
def test_the_same_tries_give_the_same_proposal_whoever_asks(sampler: Sampler) -> None:
    search = replace(SEARCH, sampler=sampler)
    made = run(search, 12)
    for cut in (1, 5, 11):
        assert propose(search, made[:cut], WRITTEN) == dict(made[cut].options)


def test_the_first_try_is_the_pathway_as_written() -> None:
    assert propose(SEARCH, [], WRITTEN) == {}


def test_samplers_draw_differently_after_the_first_try() -> None:
    random = run(replace(SEARCH, sampler=Sampler.RANDOM), 12)
    assert [t.options for t in run(SEARCH, 12)][1:] != [t.options for t in random][1:]


def test_infeasible_tries_keep_the_search_away_though_they_seem_cheap() -> None:
    """Constraints that a library takes and ignores would let it follow the price over the bound."""
    late = {s: run(replace(SEARCH, sampler=s), 40)[20:] for s in Sampler}
    feasible = {s: mean(t.status is TryStatus.FEASIBLE for t in tries) for s, tries in late.items()}
    assert feasible[Sampler.TPE] > feasible[Sampler.RANDOM]
    assert feasible[Sampler.TPE] >= 0.6


def test_values_of_every_kind_come_back_as_they_were_written() -> None:
    space = (Dimension("a", choices=(1, 1.5, "1")), Dimension("b", choices=(["q"], ["q", "v"])))
    search = replace(SEARCH, space=space, sampler=Sampler.RANDOM)
    drawn = []
    for number in range(2, 12):
        record = TryRecord(1, {}, TryStatus.FAILED)
        before = [replace(record, number=n) for n in range(1, number)]
        drawn.append(propose(search, before, None))
    assert {type(options["a"]) for options in drawn} == {int, float, str}
    assert all(isinstance(options["b"], list) for options in drawn)


def test_no_options_are_tried_twice_while_there_are_others() -> None:
    space = (Dimension("rank", choices=(4, 8, 16)), Dimension("depth", low=1, high=2, whole=True))
    search = replace(SEARCH, space=space)
    made = [TryRecord(1, {}, TryStatus.FAILED)]
    for number in range(2, int(combinations(space)) + 1):
        made.append(TryRecord(number, propose(search, made, {"rank": 8, "depth": 1}), TryStatus.FAILED))
    options = [dict(each.options) or {"rank": 8, "depth": 1} for each in made]
    assert all(option not in options[:i] for i, option in enumerate(options))


def test_a_pathway_outside_its_space_is_tried_and_told_nobody() -> None:
    made = [TryRecord(1, {}, TryStatus.FAILED)]
    proposed = propose(SEARCH, made, None)
    assert RATE.holds(proposed["rate"])
    assert RANK.holds(proposed["rank"])
