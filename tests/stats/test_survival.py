from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.stats import EventInterval, EventStatus, SampleError, clopper_pearson, turnbull

INF = math.inf
EVENTS = st.lists(
    st.tuples(st.integers(0, 12), st.one_of(st.integers(1, 6), st.none())), min_size=1, max_size=12
).map(lambda pairs: [(left, None if width is None else left + width) for left, width in pairs])


def intervals(events):
    return [
        EventInterval(left, INF, EventStatus.CENSORED)
        if right is None
        else EventInterval(left, right, EventStatus.OCCURRED)
        for left, right in events
    ]


def log_likelihood(curve, events):
    total = 0.0
    for event in events:
        inside = [
            mass
            for left, right, mass in zip(curve.lefts, curve.rights, curve.masses, strict=True)
            if event.left <= left and right <= event.right
        ]
        total += math.log(math.fsum(inside))
    return total


def test_intervals_are_open_on_the_left():
    curve = turnbull(intervals([(0, 4), (4, 8), (4, 8), (8, 16), (16, None)]))
    assert curve.times == (4, 8, 16)
    assert curve.survival == pytest.approx((0.8, 0.4, 0.2))
    assert (curve.lefts, curve.rights) == ((0, 4, 8, 16), (4, 8, 16, INF))


def test_the_likelihood_is_as_high_as_a_general_optimiser_finds(reference):
    for case in reference["survival"]:
        events = intervals(case["events"])
        found = log_likelihood(turnbull(events), events)
        assert found >= case["log_likelihood"] - 1e-7, case["name"]
        assert found == pytest.approx(case["log_likelihood"], abs=1e-5), case["name"]


def test_exactly_known_times_give_the_empirical_survival():
    curve = turnbull(intervals([(t - 1, t) for t in (2, 2, 3, 5)]))
    assert curve.times == (2, 3, 5)
    assert curve.survival == pytest.approx((0.5, 0.25, 0.0), abs=1e-9)


def test_right_censoring_alone_gives_kaplan_and_meier():
    # Times 1, 2, 4, 5 and censored at 2 and 4: survival 5/6, 5/6*4/5, *2/3, *0.
    curve = turnbull(intervals([(0, 1), (1, 2), (2, None), (3, 4), (4, None), (4, 5)]))
    assert curve.times == (1, 2, 4, 5)
    assert curve.survival == pytest.approx((5 / 6, 4 / 6, 4 / 9, 0.0), abs=1e-6)


def test_no_event_at_all_leaves_survival_at_one():
    curve = turnbull(intervals([(32, None)] * 3))
    assert curve.times == ()
    assert curve.at(32).low == 1.0
    assert curve.quantile(0.5).high == INF


def test_an_event_before_the_first_look_counts_there():
    curve = turnbull([EventInterval(-INF, 0, EventStatus.OCCURRED), *intervals([(0, 4)])])
    assert curve.times == (0, 4)
    assert curve.survival == pytest.approx((0.5, 0.0))
    assert (curve.quantile(0.25).low, curve.quantile(0.25).high) == (0, 0)


def test_survival_is_unknown_only_within_the_intervals_where_it_falls():
    curve = turnbull(intervals([(0, 4), (4, 8), (4, 8), (8, 16), (16, None)]))
    assert curve.at(4).low == pytest.approx(0.8)
    assert curve.at(4).high == pytest.approx(0.8)
    assert (curve.at(6).low, curve.at(6).high) == pytest.approx((0.4, 0.8))
    assert (curve.at(100).low, curve.at(100).high) == pytest.approx((0.0, 0.2))


def test_quantiles_are_the_intervals_in_which_survival_falls_so_far():
    curve = turnbull(intervals([(0, 4), (4, 8), (4, 8), (8, 16), (16, None)]))
    found = {
        share: (curve.quantile(share).low, curve.quantile(share).high) for share in (0.2, 0.25, 0.5, 0.8, 0.9)
    }
    assert found == {0.2: (0, 4), 0.25: (4, 8), 0.5: (4, 8), 0.8: (8, 16), 0.9: (16, INF)}
    with pytest.raises(SampleError, match="quantile 0"):
        curve.quantile(0.0)


def test_the_band_comes_from_six_trials_on():
    five = turnbull(intervals([(0, 4)] * 5))
    six = turnbull(intervals([(0, 4)] * 3 + [(4, 8)] * 3))
    assert (five.low, five.high) == (None, None)
    exact = clopper_pearson(3, 6)
    assert (six.low[0], six.high[0]) == pytest.approx((exact.low, exact.high))


def test_unknown_trials_widen_the_band_both_ways():
    known = turnbull(intervals([(0, 4)] * 4 + [(8, 16)] * 4))
    vague = turnbull(intervals([(0, 4)] * 4 + [(8, 16)] * 4 + [(0, 16)] * 2))
    place = vague.times.index(4)
    assert vague.low[place] < clopper_pearson(5, 10).low
    assert vague.high[place] > known.high[0]


@given(EVENTS)
def test_masses_are_probabilities_and_survival_never_rises(events):
    curve = turnbull(intervals(events))
    assert math.fsum(curve.masses) == pytest.approx(1.0)
    assert all(mass > 0 for mass in curve.masses)
    assert list(curve.survival) == sorted(curve.survival, reverse=True)
    if curve.low is not None and curve.high is not None:
        for low, value, high in zip(curve.low, curve.survival, curve.high, strict=True):
            assert low - 1e-6 <= value <= high + 1e-6


@given(EVENTS)
def test_the_masses_solve_turnbulls_equations(events):
    parsed = intervals(events)
    curve = turnbull(parsed)
    member = np.array(
        [
            [
                float(e.left <= left and right <= e.right)
                for left, right in zip(curve.lefts, curve.rights, strict=True)
            ]
            for e in parsed
        ]
    )
    masses = np.array(curve.masses)
    again = (member * masses / (member @ masses)[:, None]).mean(axis=0)
    assert again == pytest.approx(masses, abs=1e-4)


@given(EVENTS, st.integers(2, 4))
def test_seeing_every_trial_more_often_changes_nothing(events, times):
    once, often = turnbull(intervals(events)), turnbull(intervals(events * times))
    assert log_likelihood(often, intervals(events)) == pytest.approx(
        log_likelihood(once, intervals(events)), abs=1e-6
    )


def test_a_hundred_overlapping_trials_settle():
    random = np.random.default_rng(3)
    events = []
    for time in random.gamma(2.0, 40.0, size=100):
        looks = np.sort(random.uniform(0, 300, size=6))
        before, after = looks[looks < time], looks[looks >= time]
        events.append((before.max(initial=0.0), after.min() if after.size else None))
    curve = turnbull(intervals(events))
    assert curve.quantile(0.5).low < 100
    assert curve.quantile(0.5).high > 40


def test_no_trials_say_nothing():
    with pytest.raises(SampleError, match="no trial has a result"):
        turnbull([])


def test_the_restricted_mean_is_the_area_under_survival():
    curve = turnbull(intervals([(t - 1, t) for t in (2, 2, 3, 5)]))
    found = curve.restricted_mean(4)
    assert found.high == pytest.approx((2 + 2 + 3 + 4) / 4)
    assert found.low == pytest.approx((1 + 1 + 2 + 4) / 4)


def test_a_restricted_mean_of_trials_that_never_break_is_the_budget():
    curve = turnbull(intervals([(32, None)] * 3))
    assert (curve.restricted_mean(32).low, curve.restricted_mean(32).high) == (32, 32)
    assert (curve.restricted_mean(64).low, curve.restricted_mean(64).high) == (32, 64)


@given(EVENTS, st.integers(1, 20))
def test_the_restricted_mean_lies_between_the_areas_under_both_bounds(events, budget):
    curve = turnbull(intervals(events))
    points = np.linspace(0, budget, 2001)[1:] - budget / 4000
    bounds = [curve.at(float(point)) for point in points]
    found = curve.restricted_mean(budget)
    assert 0 <= found.low <= found.high <= budget + 1e-9
    assert found.low == pytest.approx(budget * np.mean([b.low for b in bounds]), abs=0.02)
    assert found.high == pytest.approx(budget * np.mean([b.high for b in bounds]), abs=0.02)


@pytest.mark.parametrize("budget", [0.0, -1.0, INF, math.nan])
def test_a_restricted_mean_needs_a_budget(budget):
    with pytest.raises(SampleError, match="positive, finite budget"):
        turnbull(intervals([(0, 4)])).restricted_mean(budget)
