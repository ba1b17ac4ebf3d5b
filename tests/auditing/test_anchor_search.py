"""The search for an anchor: it finds the true passage, never moves left, and stops in time."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.auditing.execution.anchoring import TOLERANCE, AnchorSearch
from holdfast.auditing.planner import measuring_schedule


def refined(curve: dict[int, float], target: float) -> AnchorSearch:
    """Measure a whole curve at its schedule and refine, as a trial does."""
    search = AnchorSearch(target)
    for step in measuring_schedule(max(curve)).measure_at:
        search.add(step, curve[step])
    while (probe := search.next_probe()) is not None:
        assert probe not in search.scores, "a step was probed twice"
        search.add(probe, curve[probe])
    return search


def ramp(steps: int, first_at: int, slope: float = 1.0) -> dict[int, float]:
    return {s: min(1.0, max(0.0, 0.5 + slope * (s - first_at) / steps)) for s in range(steps + 1)}


@given(st.integers(2, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))), st.floats(0.2, 50))
@settings(max_examples=60, deadline=None)
def test_a_rising_score_is_anchored_where_it_passes_the_target(where: tuple[int, int], slope: float) -> None:
    steps, passage = where
    curve = ramp(steps, passage, slope)
    search = refined(curve, 0.5)
    anchor, bracket = search.anchor(), search.bracket()
    assert anchor is not None
    assert curve[anchor] >= 0.5
    assert anchor >= passage
    assert anchor == passage or curve[anchor] - 0.5 <= TOLERANCE + 1e-9
    if passage > 0 and curve[0] < 0.5:
        assert bracket.left is not None
        assert bracket.left < passage


@given(st.integers(2, 400).flatmap(lambda n: st.tuples(st.just(n), st.integers(1, n))))
@settings(max_examples=40, deadline=None)
def test_a_jump_is_found_to_the_step_in_few_probes(where: tuple[int, int]) -> None:
    steps, jump = where
    search = refined({s: 1.0 if s >= jump else 0.0 for s in range(steps + 1)}, 0.5)
    assert search.bracket().right == jump
    assert search.bracket().left == jump - 1
    probes = len(search.scores) - len(measuring_schedule(steps).measure_at)
    assert probes <= math.log(max(steps, 2)) / math.log(4 / 3) + 2


@given(st.lists(st.floats(0, 1), min_size=3, max_size=65), st.floats(0.05, 0.95))
@settings(max_examples=80, deadline=None)
def test_on_any_curve_the_search_ends_and_its_snapshots_suffice(scores: list[float], target: float) -> None:
    curve = dict(enumerate(scores))
    search = AnchorSearch(target)
    earliest = 0
    for step in measuring_schedule(len(scores) - 1).measure_at:
        search.add(step, curve[step])
        assert search.restart_from() >= earliest, "a snapshot that is needed again was given up"
        earliest = search.restart_from()
    while (probe := search.next_probe()) is not None:
        assert earliest <= search.restart_from() < probe
        earliest = search.restart_from()
        search.add(probe, curve[probe])
    anchor = search.anchor()
    assert (anchor is not None) == (max(search.scores.values()) >= target)
    assert anchor is None or curve[anchor] >= target


def test_a_goal_that_is_not_reached_has_no_anchor_and_asks_for_no_probe() -> None:
    search = refined(dict.fromkeys(range(9), 0.4), 0.5)
    assert (search.anchor(), search.next_probe()) == (None, None)
    assert search.bracket().left == 8


def test_a_goal_reached_at_the_start_is_anchored_there() -> None:
    search = refined({0: 0.6, 1: 0.7, 2: 0.8}, 0.5)
    assert (search.bracket().left, search.anchor(), search.next_probe()) == (None, 0, None)
    assert search.restart_from() == 0


def test_a_score_just_above_the_target_needs_no_probe() -> None:
    search = AnchorSearch(0.5, {0: 0.0, 64: 0.5 + 0.9 * TOLERANCE})
    assert search.next_probe() is None
    assert search.anchor() == 64


def test_nothing_measured_is_nothing_reached() -> None:
    assert AnchorSearch(0.5).anchor() is None
    assert AnchorSearch(0.5).restart_from() == 0


@pytest.mark.parametrize("steps", [1, 2, 3, 7, 8, 100, 128, 400, 1000, 5000])
def test_a_schedule_is_the_start_powers_of_two_and_the_end(steps: int) -> None:
    schedule = measuring_schedule(steps)
    inner = schedule.measure_at[1:-1]
    assert schedule.total_steps == steps
    assert (schedule.measure_at[0], schedule.measure_at[-1]) == (0, steps)
    assert list(schedule.measure_at) == sorted(set(schedule.measure_at))
    assert all(step.bit_count() == 1 for step in inner)
    assert all(later == 2 * earlier for earlier, later in pairwise(inner))
    assert len(schedule.measure_at) <= 10
    assert not inner or inner[0] <= max(1, steps // 32)
    assert not inner or 2 * inner[-1] >= steps


def test_what_does_not_train_is_measured_once() -> None:
    assert measuring_schedule(0).measure_at == (0,)
