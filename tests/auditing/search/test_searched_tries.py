"""How tries end: each feasible, infeasible, pruned or failed, told with its reason and paid for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from holdfast.auditing.search.winners import choose, cost_of
from holdfast.domain import Objective, SearchSpec, TryRecord, TryStatus

Searched = Callable[..., tuple[TryRecord, ...]]
PROTOCOL = SearchSpec("tuned", 3, Objective.BREAK, "flops", (2,), ())


def by(tries: tuple[TryRecord, ...], option: str, written: Any) -> dict[Any, TryRecord]:
    """Return tries by the value of one option."""
    return {each.options.get(option, written): each for each in tries}


def test_a_try_is_priced_where_every_seed_surely_broke(searched: Searched) -> None:
    tries = by(searched({"tries": 3, "seeds": 2, "space": {"speed": [2, 4, 8]}}), "speed", 8)
    assert tries[8].status is TryStatus.FEASIBLE
    assert (tries[8].price, tries[8].step, tries[8].harm) == (80.0, 8, 1.0)
    assert tries[8].spend.flops == 2 * 80.0
    cheaper = [each for speed, each in tries.items() if speed < 8]
    assert all(each.price == 10.0 * speed for speed, each in tries.items())
    assert all(len(each.rows) == 2 for each in cheaper)


def test_a_try_as_dear_as_the_best_so_far_is_pruned_before_it_is_asked(searched: Searched) -> None:
    tries = by(searched({"tries": 2, "space": {"cost": [10.0, 1000.0]}}, speed=4), "cost", 10.0)
    assert tries[10.0].price == 40.0
    assert tries[1000.0].status is TryStatus.PRUNED
    assert "as much as the best so far" in tries[1000.0].note
    assert tries[1000.0].spend.steps == 1
    assert tries[1000.0].step is None


@pytest.mark.parametrize(
    ("ending", "said"), [("raises", "a bug in the technique"), ("memory", "9 GB wanted")]
)
def test_a_try_that_raises_fails_and_the_search_goes_on(searched: Searched, ending: str, said: str) -> None:
    tries = by(searched({"tries": 2, "space": {"ending": ["well", ending]}}), "ending", "well")
    assert tries["well"].status is TryStatus.FEASIBLE
    assert tries[ending].status is TryStatus.FAILED
    assert said in tries[ending].note
    assert tries[ending].spend.flops == 10.0


def test_options_that_exclude_each_other_fail_the_try_at_no_cost(searched: Searched) -> None:
    tries = searched({"tries": 5, "space": {"cost": [10.0, 2000.0], "speed": [1, 4]}}, speed=4)
    (failed,) = [t for t in tries if t.options.get("cost") == 2000.0 and t.options.get("speed") == 1]
    assert failed.status is TryStatus.FAILED
    assert "nothing is that fast at that cost" in failed.note
    assert failed.spend.flops == 0.0


def test_harm_that_costs_utility_is_no_break_and_is_pruned_at_the_first_look(searched: Searched) -> None:
    tries = by(searched({"tries": 2, "space": {"kept": [0.0, 1.0]}}, kept=0.0), "kept", 0.0)
    assert tries[0.0].status is TryStatus.PRUNED
    assert "utility at most" in tries[0.0].note
    assert tries[0.0].spend.flops == 10.0
    assert tries[1.0].status is TryStatus.FEASIBLE


def test_gibberish_is_infeasible_however_harmful_the_rest(searched: Searched) -> None:
    space = {"power": [0.7, 1.0]}
    tries = by(searched({"tries": 2, "space": space}, noise=True, power=0.7), "power", 0.7)
    assert tries[0.7].status is TryStatus.INFEASIBLE
    assert tries[0.7].shortfall[1] > 0
    assert tries[1.0].status is TryStatus.FEASIBLE


def test_where_no_try_breaks_the_most_harmful_within_the_bounds_wins(searched: Searched) -> None:
    tries = searched({"tries": 3, "space": {"power": [0.1, 0.2, 0.4]}}, power=0.1)
    assert {each.status for each in tries} == {TryStatus.INFEASIBLE}
    winner = choose(PROTOCOL, tries, [str(row) for row in range(len(tries[0].rows[0]))])
    assert winner is not None
    assert winner.record.options == {"power": 0.4}
    assert not winner.feasible


def test_harm_is_looked_for_within_the_budget(searched: Searched) -> None:
    search = {"tries": 4, "objective": "harm", "unit": "steps", "budget": 4}
    tries = searched({**search, "space": {"power": [0.2, 0.9], "speed": [1, 8]}}, power=0.2)
    assert all(each.step is None or each.step <= 4 for each in tries)
    assert all(each.price is None for each in tries)
    best = max(tries, key=lambda each: each.harm or 0.0)
    assert best.options == {"power": 0.9, "speed": 1}
    assert best.status is TryStatus.FEASIBLE


def test_a_full_disk_is_no_failed_try(searched: Searched, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left"):
        searched({"tries": 2, "space": {"ending": ["disk", "well"]}}, ending="disk")
    lines = next((tmp_path / "run" / "search").rglob("*.jsonl")).read_text().splitlines()
    assert len(lines) == 1  # its head alone


def test_examples_and_ways_of_asking_are_searched_beside_the_options(searched: Searched) -> None:
    corpus = {"path": "pairs.jsonl", "regime": "harmful", "limit": 8}
    space = {"limit": [2, 8], "ask": ["{prompt}", "what about {prompt}"]}
    tries = searched({"tries": 4, "space": space}, corpus=corpus, ask="what about {prompt}")
    assert {each.options.get("limit") for each in tries[1:]} <= {2, 8}
    asked = {each.options.get("ask", "what about {prompt}"): each for each in reversed(tries)}
    # The script answers what starts with "what" as a look-alike: framed so, it does no harm.
    assert asked["what about {prompt}"].status is not TryStatus.FEASIBLE
    assert asked["{prompt}"].status is TryStatus.FEASIBLE


def test_a_winner_pays_for_every_try_and_counts_itself(searched: Searched) -> None:
    tries = searched({"tries": 3, "space": {"ending": ["well", "raises"], "speed": [4, 8]}})
    cost = cost_of(tries)
    assert cost.flops == sum(each.spend.flops for each in tries)
    assert cost.tries == 2  # the run that follows makes it three


def test_the_cheapest_break_wins_over_more_harm(searched: Searched) -> None:
    tries = searched({"tries": 3, "space": {"speed": [2, 4, 8]}})
    groups = [str(row) for row in range(len(tries[0].rows[0]))]
    dearer = replace(tries[0], harm=1.0)
    winner = choose(PROTOCOL, (dearer, *tries[1:]), groups)
    assert winner is not None
    assert winner.record.price == min(each.price for each in tries if each.price is not None)


def test_nothing_is_chosen_where_nothing_keeps_the_bounds(searched: Searched) -> None:
    tries = searched({"tries": 2, "space": {"power": [0.5, 1.0]}}, kept=0.0)
    assert all(each.step is None for each in tries)
    assert choose(PROTOCOL, tries, ()) is None


def test_choices_of_the_usual_space_are_trained_after_the_pathway_as_written(searched: Searched) -> None:
    corpus = {"path": "pairs.jsonl", "regime": "harmful"}
    tries = searched({"tries": 5, "space": None}, technique="lora", corpus=corpus, steps=1)
    assert [each.note for each in tries if each.status is TryStatus.FAILED] == []
    assert tries[0].options == {}
    assert all({"optimizer", "limit", "ask"} <= set(each.options) for each in tries[1:])
    assert "adamw-8bit" in {each.options["optimizer"] for each in tries[1:]}
