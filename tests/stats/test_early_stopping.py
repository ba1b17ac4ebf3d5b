from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.domain import BreakRule
from holdfast.stats import (
    Bounds,
    BreakSample,
    CheckpointState,
    SampleError,
    sequential_share,
    sequential_verdict,
    wilson,
    worst_case,
)

RULE = BreakRule(harm=0.5, coherent=0.8, utility=0.8)


def singles(rows):
    return dict.fromkeys(range(rows), 1)


def population(random, rows, share):
    values = np.zeros(rows)
    values[: round(share * rows)] = 1.0
    return random.permutation(values)


def first(values, count):
    return worst_case(values[:count])


def safety(harm, coherent, count, utility=None):
    kept = np.ones(4) if utility is None else utility
    return BreakSample(
        8.0, first(harm, count), first(coherent, count), range(count), worst_case(kept), range(kept.size)
    )


def verdict(sample, rows, bound=0.6, **options):
    return sequential_verdict(sample, singles(rows), RULE, bound, utility_sizes=singles(4), **options)


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.9])
def test_looking_again_and_again_misses_the_truth_no_more_often_than_it_says(share):
    random = np.random.default_rng(1)
    missed = 0
    for _ in range(100):
        values = population(random, 50, share)
        looks = (
            sequential_share(first(values, n), range(n), singles(50), confidence=0.9) for n in range(2, 51, 4)
        )
        missed += any(not found.low - 1e-9 <= values.mean() <= found.high + 1e-9 for found in looks)
    assert missed / 100 <= 0.1


def test_once_everything_is_asked_the_share_is_known():
    values = population(np.random.default_rng(2), 40, 0.35)
    found = sequential_share(first(values, 40), range(40), singles(40))
    assert (found.low, found.value, found.high) == pytest.approx((0.35, 0.35, 0.35))


def test_it_costs_little_more_than_an_interval_that_allows_one_look():
    values = population(np.random.default_rng(3), 200, 0.3)
    found = sequential_share(first(values, 60), range(60), singles(200))
    assert found.width < 1.5 * wilson(values[:60].sum(), 60).width


def test_groups_are_drawn_whole_and_a_group_counts_once():
    values = np.repeat(population(np.random.default_rng(4), 20, 0.4), 5)
    sizes = dict.fromkeys(range(20), 5)
    grouped = sequential_share(first(values, 50), np.repeat(range(10), 5).tolist(), sizes)
    once = sequential_share(first(values[::5], 10), range(10), singles(20))
    assert (grouped.low, grouped.high) == pytest.approx((once.low, once.high))


def test_groups_of_several_sizes_weigh_by_their_rows():
    random = np.random.default_rng(5)
    sizes = {group: 1 + group % 4 for group in range(24)}
    share = {group: float(random.random() < 0.2 + 0.2 * (size - 1)) for group, size in sizes.items()}
    truth = sum(share[g] * sizes[g] for g in sizes) / sum(sizes.values())
    missed = 0
    for _ in range(150):
        order = random.permutation(24).tolist()
        for asked in (4, 12, 20):
            rows = [group for group in order[:asked] for _ in range(sizes[group])]
            found = sequential_share(worst_case([share[g] for g in rows]), rows, sizes, confidence=0.9)
            if not found.low <= truth <= found.high:
                missed += 1
                break
    assert missed / 150 <= 0.1


@given(st.integers(0, 500), st.integers(1, 29), st.floats(0, 1))
def test_bounds_hold_what_was_seen_and_narrow_with_less_confidence(seed, asked, share):
    values = population(np.random.default_rng(seed), 30, share)
    wide, narrow = (
        sequential_share(first(values, asked), range(asked), singles(30), confidence=level)
        for level in (0.99, 0.8)
    )
    assert 0 <= wide.low <= narrow.low + 1e-9
    assert narrow.high <= wide.high + 1e-9 <= 1 + 1e-9
    assert wide.low >= values[:asked].sum() / 30 - 1e-9
    assert wide.high <= 1 - (1 - values[:asked]).sum() / 30 + 1e-9


@given(st.integers(0, 500), st.integers(1, 29))
def test_yes_and_no_mirror_each_other(seed, asked):
    values = population(np.random.default_rng(seed), 30, 0.3)
    one = sequential_share(first(values, asked), range(asked), singles(30))
    two = sequential_share(first(1 - values, asked), range(asked), singles(30))
    assert (one.low, one.high) == pytest.approx((1 - two.high, 1 - two.low), abs=1e-9)


def test_unscored_answers_widen_both_ends():
    values = population(np.random.default_rng(6), 60, 0.5)
    holed = values.copy()
    holed[:6] = np.nan
    plain, found = (sequential_share(first(v, 40), range(40), singles(60)) for v in (values, holed))
    assert found.low < plain.low
    assert found.high > plain.high


def test_nothing_asked_says_nothing():
    found = sequential_share(Bounds(np.empty(0), np.empty(0)), [], singles(10))
    assert (found.value, found.low, found.high) == (None, 0.0, 1.0)


def test_answers_that_are_all_unscored_have_no_value():
    found = sequential_share(worst_case([np.nan] * 4), range(4), singles(10))
    assert (found.value, found.low, found.high) == (None, 0.0, 1.0)


def test_a_clear_break_is_called_long_before_the_end():
    random = np.random.default_rng(7)
    harm, coherent = population(random, 200, 0.95), population(random, 200, 1.0)
    assert verdict(safety(harm, coherent, 60), 200).state is CheckpointState.BROKEN
    assert verdict(safety(harm, coherent, 4), 200).state is CheckpointState.UNDECIDED


@pytest.mark.parametrize(
    ("harm", "coherent", "utility", "reason"),
    [(0.05, 1.0, 1.0, "harm"), (0.95, 0.2, 1.0, "coherence"), (0.95, 1.0, 0.25, "utility")],
)
def test_any_figure_that_falls_short_is_enough_for_no_break(harm, coherent, utility, reason):
    random = np.random.default_rng(8)
    sample = safety(
        population(random, 100, harm), population(random, 100, coherent), 50, population(random, 4, utility)
    )
    found = verdict(sample, 100)
    assert found.state is CheckpointState.UNBROKEN
    assert found.reason.startswith(reason)


@pytest.mark.parametrize(("harm", "broken"), [(0.5, True), (0.48, False), (0.4, False), (0.62, True)])
def test_false_decisions_are_rarer_than_the_level_and_the_end_decides(harm, broken):
    random = np.random.default_rng(9)
    false = CheckpointState.UNBROKEN if broken else CheckpointState.BROKEN
    wrong = 0
    for _ in range(40):
        values, coherent = population(random, 50, harm), population(random, 50, 0.9)
        states = [verdict(safety(values, coherent, n), 50, confidence=0.9).state for n in range(2, 51, 4)]
        wrong += false in states
        last = verdict(safety(values, coherent, 50), 50).state
        assert last is (CheckpointState.BROKEN if broken else CheckpointState.UNBROKEN)
    assert wrong / 40 <= 0.1


def test_unscored_answers_and_unknown_utility_stay_undecided():
    coherent, harm = np.ones(50), np.full(50, np.nan)
    assert verdict(safety(harm, coherent, 50), 50).state is CheckpointState.UNDECIDED
    assert verdict(safety(np.ones(50), coherent, 50), 50, math.nan).state is CheckpointState.UNDECIDED
    assert verdict(safety(np.ones(50), coherent, 50), 50, None).state is CheckpointState.UNDECIDED


@pytest.mark.parametrize(
    ("groups", "sizes", "message"),
    [
        ("aab", {"a": 3, "b": 1}, "2 rows of group 'a' were asked, and the benchmark has 3"),
        ("aac", {"a": 2, "b": 1}, "the benchmark has 0"),
        ("ab", {"a": 2, "b": 1}, "2 group labels for 3 answers"),
        ("aab", {"a": 2, "b": 1, "c": 0}, "at least one row"),
        ("aab", {}, "at least one row"),
    ],
)
def test_part_of_a_group_is_refused(groups, sizes, message):
    with pytest.raises(SampleError, match=message):
        sequential_share(worst_case([0.0, 1.0, 1.0]), groups, sizes)
