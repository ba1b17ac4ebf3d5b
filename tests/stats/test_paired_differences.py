from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from holdfast.stats import Flip, SampleError, paired_difference, sign_flip_p


def arms(seeds, rows, before, after, seed=0):
    random = np.random.default_rng(seed)
    draws = random.random((seeds, rows))
    return list((draws < before).astype(float)), list((draws < after).astype(float))


def names(rows):
    return [f"item-{row}" for row in range(rows)]


def test_one_seed_gives_newcombes_interval(reference):
    for case in reference["newcombe"]:
        both, only_before, only_after, neither = case["cells"]
        before = np.repeat([1.0, 1.0, 0.0, 0.0], [both, only_before, only_after, neither])
        after = np.repeat([1.0, 0.0, 1.0, 0.0], [both, only_before, only_after, neither])
        found = paired_difference([before], [after], range(before.size), names(before.size))
        assert (found.interval.low, found.interval.high) == pytest.approx(case["ends"], abs=1e-9)


def test_the_flips_are_listed_item_by_item():
    found = paired_difference([[0, 1, 1], [0, 0, 1]], [[1, 1, 0], [0, 0, 1]], "abc", ["a", "b", "c"])
    assert found.flips == (Flip("a", 0, 0.0, 1.0), Flip("c", 0, 1.0, 0.0))


def test_below_six_seeds_there_is_a_range_and_no_p():
    found = paired_difference(*arms(3, 40, 0.2, 0.6), range(40), names(40))
    assert found.p is None
    assert found.smallest_p == 0.25
    assert found.interval.low == min(each.low for each in found.per_seed)
    assert found.interval.high == max(each.high for each in found.per_seed)
    assert "range of 3 seeds" in found.interval.method


def test_six_agreeing_seeds_give_the_smallest_p_and_an_interval_clear_of_zero():
    found = paired_difference(*arms(6, 60, 0.2, 0.6), range(60), names(60))
    assert found.p == pytest.approx(found.smallest_p)
    assert 0 < found.interval.low < found.interval.value < found.interval.high
    assert found.interval.value == pytest.approx(0.4, abs=0.1)


def test_the_p_value_counts_sign_assignments(reference):
    for case in reference["sign_flip"]:
        assert sign_flip_p(case["differences"]) == pytest.approx(case["p"], abs=1e-12)


def test_no_difference_is_no_evidence():
    assert sign_flip_p([0.0] * 6) == 1.0
    assert sign_flip_p([0.3]) == 1.0


def test_a_sign_flip_test_takes_arrays_and_refuses_what_is_not_finite():
    assert sign_flip_p(np.arange(1.0, 7.0)) == sign_flip_p([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    for each in ([np.nan, 1.0], np.array([1.0, np.inf]), [-np.inf]):
        with pytest.raises(SampleError, match="NaN or infinite"):
            sign_flip_p(each)
    for each in (np.empty(0), np.ones((2, 2)), 0.5):
        with pytest.raises(SampleError, match="at least one"):
            sign_flip_p(each)


@pytest.mark.parametrize("seeds", [3, 8])
def test_rows_that_never_flip_still_leave_an_interval(seeds):
    values = [np.ones(30)] * seeds
    found = paired_difference(values, values, range(30), names(30))
    assert (found.interval.value, found.flips) == (0.0, ())
    assert found.interval.low < -0.05
    assert found.interval.high > 0.05


@pytest.mark.parametrize("seeds", [1, 3, 8])
def test_arms_that_never_differ_are_not_proven_equal(seeds):
    values = [np.repeat([0.0, 1.0], 20)] * seeds
    found = paired_difference(values, values, range(40), names(40))
    assert (found.interval.value, found.flips) == (0.0, ())
    assert found.interval.low < -0.02
    assert found.interval.high > 0.02


def test_prompts_and_seeds_in_common_make_a_difference_clearer():
    random = np.random.default_rng(8)
    draws = random.random((8, 1)) * 0.4 + random.random((1, 60)) * 0.6
    first, second = (draws < 0.4).astype(float), (draws < 0.55).astype(float)
    apart = random.permuted(second, axis=1)[random.permutation(8)]
    paired, unpaired = (
        paired_difference(list(first), list(arm), range(60), names(60)).interval for arm in (second, apart)
    )
    assert paired.width < 0.8 * unpaired.width


@pytest.mark.parametrize("seeds", [3, 7])
def test_missing_values_are_bounded_by_worst_case_and_are_no_flips(seeds):
    before, after = arms(seeds, 40, 0.2, 0.5)
    plain = paired_difference(before, after, range(40), names(40))
    holed = [row.copy() for row in after]
    for row in holed:
        row[:8] = math.nan
    found = paired_difference(before, holed, range(40), names(40))
    assert found.interval.low < plain.interval.low
    assert found.interval.high > plain.interval.high
    assert found.undetermined == 8 * seeds
    assert all(int(flip.item.split("-")[1]) >= 8 for flip in found.flips)
    assert found.p is None


@given(st.integers(1, 8), st.integers(0, 10_000))
def test_swapping_the_arms_mirrors_the_difference(seeds, seed):
    random = np.random.default_rng(seed)
    first, second = random.choice([0.0, 0.5, 1.0, math.nan], size=(2, seeds, 15))
    groups = random.integers(0, 6, 15).tolist()
    one = paired_difference(list(first), list(second), groups, names(15))
    two = paired_difference(list(second), list(first), groups, names(15))
    assert (one.interval.low, one.interval.high) == pytest.approx((-two.interval.high, -two.interval.low))
    assert -1 <= one.interval.low <= one.interval.high <= 1
    assert len(one.flips) == len(two.flips)
    assert one.p == two.p or one.p == pytest.approx(two.p)


@pytest.mark.parametrize("spread", [0.5, 1.0])
def test_an_interval_over_seeds_covers_the_true_difference(spread):
    random = np.random.default_rng(4)
    drawn = np.random.default_rng(5).normal(size=200_000)
    truth = float(expit(0.5 + spread * drawn).mean() - expit(-3 + spread * drawn).mean())
    covered = 0
    for _ in range(300):
        own, shared = spread * random.normal(size=(2, 8, 1)), random.random((8, 50))
        first = (shared < expit(-3 + own[0])).astype(float)
        second = (shared < expit(0.5 + (own[0] + own[1]) / math.sqrt(2))).astype(float)
        found = paired_difference(list(first), list(second), range(50), names(50)).interval
        covered += found.low <= truth <= found.high
    assert covered / 300 >= 0.93


def test_nothing_in_common_has_no_value():
    found = paired_difference([[math.nan] * 4], [[1.0] * 4], range(4), names(4))
    assert found.interval.value is None
    empty = paired_difference([[]], [[]], [], [])
    assert (empty.interval.value, empty.interval.low, empty.interval.high) == (None, -1.0, 1.0)


@pytest.mark.parametrize(
    ("first", "second", "groups", "items"),
    [
        ([], [], [], []),
        ([[0.0]], [[0.0], [1.0]], "a", ["a"]),
        ([[0.0]], [[0.0, 1.0]], "a", ["a"]),
        ([[0.0]], [[1.0]], "ab", ["a"]),
        ([[0.0]], [[1.0]], "a", ["a", "b"]),
    ],
)
def test_arms_that_do_not_pair_up_are_refused(first, second, groups, items):
    with pytest.raises(SampleError, match="pair up"):
        paired_difference(first, second, groups, items)
