from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.stats import EventInterval, EventStatus, SampleError, log_rank

INF = math.inf
TIMES = st.lists(
    st.tuples(st.integers(0, 8), st.one_of(st.integers(1, 4), st.none())), min_size=6, max_size=7
).map(lambda pairs: [(left, None if width is None else left + width) for left, width in pairs])


def events(pairs):
    return [
        EventInterval(left, INF, EventStatus.CENSORED)
        if right is None
        else EventInterval(left, right, EventStatus.OCCURRED)
        for left, right in pairs
    ]


def unknown(left=-INF):
    return EventInterval(left, INF, EventStatus.INCONCLUSIVE, "crashed")


def test_with_exact_times_it_is_the_log_rank_test(reference):
    for case in reference["log_rank"]:
        first, second = (
            [(t - 1, t) if seen else (t, None) for t, seen in case[arm]] for arm in ("first", "second")
        )
        found = log_rank(events(first), events(second))
        assert found.statistic == pytest.approx(case["statistic"], abs=1e-9)
        assert found.p == pytest.approx(case["p"], abs=1e-12)


def test_two_arms_that_never_overlap_give_the_smallest_p():
    found = log_rank(events([(8, 16)] * 6), events([(0, 4)] * 6))
    assert found.statistic > 0
    assert found.p == found.smallest_p == pytest.approx(2 / math.comb(12, 6))


def test_arms_of_two_sizes_have_one_division_as_far():
    found = log_rank(events([(8, 16)] * 7), events([(0, 4)] * 6))
    assert found.p == found.smallest_p == pytest.approx(1 / math.comb(13, 6))


def test_arms_with_the_same_times_are_no_evidence():
    found = log_rank(events([(0, 4), (4, None)] * 3), events([(0, 4), (4, None)] * 3))
    assert found.statistic == pytest.approx(0, abs=1e-9)
    assert found.p == 1.0
    assert log_rank(events([(4, 8)] * 6), events([(4, 8)] * 6)).p == 1.0


def test_below_six_seeds_there_is_no_p():
    found = log_rank(events([(0, 4)] * 5), events([(8, 16)] * 6))
    assert found.p is None
    assert found.statistic < 0
    assert "no p-value below 6 seeds" in found.method


def test_many_seeds_are_divided_at_random_and_repeatably():
    random = np.random.default_rng(3)
    first = events([(int(t), int(t) + 1) for t in random.integers(0, 40, 14)])
    second = events([(int(t), int(t) + 1) for t in random.integers(10, 50, 14)])
    found = log_rank(first, second)
    assert "100,000 random" in found.method
    assert 1 / 100_001 <= found.p < 0.2
    assert log_rank(first, second) == found


def test_a_seed_that_crashed_never_makes_a_difference_clearer():
    early, late = events([(0, 4)] * 6), events([(8, 16)] * 6)
    clear = log_rank(late, early)
    assert log_rank([*late[:5], unknown()], early).p > clear.p
    assert log_rank([*late[:5], unknown(8)], early).p == clear.p


def test_seeds_that_crashed_can_leave_open_which_arm_is_earlier():
    found = log_rank([*events([(8, 16)] * 2), *[unknown()] * 4], events([(4, 8)] * 6))
    assert found.p is None
    assert "leave open which arm is earlier" in found.method


@given(TIMES, TIMES)
def test_swapping_the_arms_turns_the_sign_and_keeps_the_p(first, second):
    one, two = log_rank(events(first), events(second)), log_rank(events(second), events(first))
    assert one.statistic == pytest.approx(-two.statistic, abs=1e-6)
    assert one.p == pytest.approx(two.p, abs=1e-12)
    assert one.smallest_p <= one.p <= 1.0


@given(TIMES, TIMES)
def test_only_the_order_of_times_counts(first, second):
    def squared(pairs):
        return [(left**2, None if right is None else right**2) for left, right in pairs]

    plain = log_rank(events(first), events(second))
    found = log_rank(events(squared(first)), events(squared(second)))
    assert found.statistic == pytest.approx(plain.statistic, abs=1e-6)
    assert found.p == pytest.approx(plain.p)


def test_equal_arms_are_rejected_no_more_often_than_the_level_says():
    random = np.random.default_rng(5)
    rejected = 0
    ends = np.array([0, 1, 2, 4, 8, 16, 32])
    for _ in range(300):
        arms = []
        for _ in range(2):
            place = np.searchsorted(ends, random.exponential(10.0, 6))
            arms.append([(int(ends[i - 1]), int(ends[i]) if i < ends.size - 1 else None) for i in place])
        rejected += log_rank(events(arms[0]), events(arms[1])).p <= 0.05
    assert rejected / 300 <= 0.08


def test_an_arm_without_seeds_is_refused():
    for first, second in itertools.permutations([[], events([(0, 4)])]):
        with pytest.raises(SampleError, match="needs some in each arm"):
            log_rank(first, second)
