from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.domain import Status
from holdfast.stats import EventInterval, EventStatus, SampleError, event_estimate, event_summary

INF = math.inf


def broke(left, right):
    return EventInterval(left, right, EventStatus.OCCURRED)


def survived(left):
    return EventInterval(left, INF, EventStatus.CENSORED)


def unclear(left=-INF):
    return EventInterval(left, INF, EventStatus.INCONCLUSIVE, "worker died")


TIMES = st.lists(st.integers(0, 60), min_size=1, max_size=14)


def test_three_seeds_give_a_range_and_nothing_more():
    found = event_summary([broke(4, 8), broke(2, 4), broke(8, 16)])
    assert (found.span.low, found.span.high) == (2, 16)
    assert (found.median.low, found.median.high) == (4, 8)
    assert (found.bound, found.interval) == (None, None)
    assert found.method == "range of 3 seeds"
    assert found.tally == "3 of 3 seeds"


def test_five_seeds_give_a_one_sided_bound_and_six_an_interval():
    times = [(2, 4), (4, 8), (8, 16), (8, 16), (16, 32), (32, 64)]
    five = event_summary([broke(*time) for time in times[:5]])
    six = event_summary([broke(*time) for time in times])
    assert (five.bound, five.interval) == (2, None)
    assert six.bound == 2
    assert (six.interval.low, six.interval.high) == (2, 64)


def test_censored_seeds_leave_the_range_open_and_the_median_only_if_few():
    few = event_summary([broke(2, 4), broke(4, 8), survived(32)])
    many = event_summary([broke(2, 4), survived(32), survived(32)])
    assert few.span.high == many.span.high == INF
    assert (few.median.low, few.median.high) == (4, 8)
    assert (many.median.low, many.median.high) == (32, INF)
    assert (many.earliest.low, many.earliest.high) == (2, 4)


def test_an_inconclusive_seed_may_have_broken_at_any_time():
    found = event_summary([survived(32), survived(32), unclear()])
    assert found.survived == 0
    assert found.tally == "0 to 1 of 3 seeds"
    assert event_estimate(found).status is Status.INCONCLUSIVE
    assert event_estimate(found).value is None


def test_an_estimate_follows_the_convention_of_findings():
    every = event_estimate(event_summary([broke(2, 4), broke(4, 8), broke(4, 8)]))
    assert (every.status, every.value, every.low, every.high) == (Status.OK, 8, 2, 8)
    some = event_estimate(event_summary([broke(2, 4), survived(32), survived(32)]))
    assert (some.status, some.value, some.low, some.high) == (Status.CENSORED, 4, 2, None)
    none = event_estimate(event_summary([survived(32), survived(16)]))
    assert (none.status, none.value, none.low, none.high) == (Status.CENSORED, None, 16, None)
    mixed = event_estimate(event_summary([broke(2, 4), unclear(), unclear()]))
    assert (mixed.status, mixed.value, mixed.low) == (Status.CENSORED, 4, 0)
    assert (every.n, every.seeds) == (3, 3)


def test_an_event_at_the_first_point_costs_nothing():
    found = event_estimate(event_summary([broke(-INF, 0)] * 3))
    assert (found.status, found.value, found.low, found.high) == (Status.OK, 0, 0, 0)


@given(TIMES, st.integers(1, 20))
def test_every_order_statistic_lies_within_its_bounds(times, width):
    """True times are known here; only the interval between looks is given."""
    events = [
        EventInterval((t - 1) // width * width if t else -INF, -(-t // width) * width, EventStatus.OCCURRED)
        for t in times
    ]
    found = event_summary(events)
    median = sorted(times)[math.ceil(len(times) / 2) - 1]
    assert found.median.low <= median <= found.median.high
    assert found.span.low <= min(times) <= found.earliest.high
    assert max(times) <= found.span.high


@given(TIMES)
def test_a_shorter_budget_never_makes_a_price_lower(times):
    long = event_summary([broke(t, t + 1) for t in times])
    short = event_summary([broke(t, t + 1) if t < 20 else survived(20) for t in times])
    assert short.median.high >= long.median.high
    assert short.median.low <= long.median.low


def test_the_bound_fails_no_more_often_than_it_says():
    import numpy as np

    random = np.random.default_rng(1)
    for n in (5, 6, 9, 12):
        misses = 0
        for _ in range(1500):
            times = random.exponential(size=n)
            found = event_summary([broke(t, t + 1e-9) for t in times])
            misses += found.bound > math.log(2)
        assert misses / 1500 <= 0.06, n


def test_another_axis_of_spend_moves_the_ends():
    axis = {0: 0.0, 4: 40.0, 8: 80.0}
    found = broke(4, 8).on(axis)
    assert (found.left, found.right) == (40, 80)
    assert broke(-INF, 0).on(axis).left == -INF
    assert survived(8).on(axis).right == INF


@pytest.mark.parametrize(
    ("axis", "message"), [({4: 1.0}, "step 8 is unknown"), ({4: 1.0, 8: 1.0}, "spend went from 1 at step 4")]
)
def test_an_axis_that_cannot_carry_the_event_is_refused(axis, message):
    with pytest.raises(SampleError, match=message):
        broke(4, 8).on(axis)


@pytest.mark.parametrize(
    ("left", "right", "status"),
    [
        (4, 4, EventStatus.OCCURRED),
        (8, 4, EventStatus.OCCURRED),
        (math.nan, 4, EventStatus.OCCURRED),
        (4, INF, EventStatus.OCCURRED),
        (4, 8, EventStatus.CENSORED),
        (4, 8, EventStatus.INCONCLUSIVE),
    ],
)
def test_an_event_that_contradicts_itself_cannot_be_made(left, right, status):
    with pytest.raises(SampleError):
        EventInterval(left, right, status)


def test_no_seeds_say_nothing():
    with pytest.raises(SampleError, match="no seed has a result"):
        event_summary([])
