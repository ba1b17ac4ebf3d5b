from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.domain import Outcome
from holdfast.stats import (
    Bounds,
    SampleError,
    coherent_bounds,
    effective_size,
    grouped_bounds,
    grouped_rate,
    harm_bounds,
    wilson,
    worst_case,
)

ROWS = st.lists(st.tuples(st.sampled_from([0.0, 0.25, 1.0]), st.integers(0, 5)), min_size=1, max_size=40)


def split(rows):
    return [value for value, _ in rows], [group for _, group in rows]


def test_rows_in_groups_of_one_give_wilsons_interval():
    values = [1.0] * 7 + [0.0] * 23
    found, plain = grouped_rate(values, range(30)), wilson(7, 30)
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_copies_of_an_answer_do_not_count_twice():
    values, groups = [1.0] * 8 + [0.0] * 16, list(range(24))
    once = grouped_rate(values, groups)
    copied = grouped_rate(values * 5, groups * 5)
    assert copied.width >= once.width * 0.99
    assert grouped_rate(values * 5, range(120)).width < once.width * 0.6


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_answers_that_all_agree_count_as_many_as_there_are_groups(value):
    found = grouped_rate([value] * 60, [row // 3 for row in range(60)])
    plain = wilson(20 * value, 20)
    assert (found.value, found.low, found.high) == pytest.approx((value, plain.low, plain.high))


def test_unequal_groups_that_agree_count_less_than_their_number():
    groups = [0] * 50 + list(range(1, 51))
    assert effective_size([0.0] * 100, groups).effective == pytest.approx(100**2 / (50**2 + 50))


def test_one_deviating_answer_does_not_make_the_interval_narrower_than_none():
    groups = [row // 2 for row in range(100)]
    none, one = grouped_rate([0.0] * 100, groups), grouped_rate([1.0] + [0.0] * 99, groups)
    assert one.high > none.high


@given(ROWS)
def test_the_effective_size_lies_between_full_correlation_and_independence(rows):
    values, groups = split(rows)
    size = effective_size(values, groups)
    sizes = np.unique(groups, return_counts=True)[1]
    assert len(values) ** 2 / (sizes**2).sum() - 1e-9 <= size.effective <= len(values) + 1e-9
    assert size.design_effect == pytest.approx(len(values) / size.effective)


@given(ROWS, st.randoms())
def test_order_and_names_of_groups_do_not_matter(rows, random):
    values, groups = split(rows)
    shuffled = list(rows)
    random.shuffle(shuffled)
    one = grouped_rate(values, groups)
    other = grouped_rate([value for value, _ in shuffled], [f"group {group}" for _, group in shuffled])
    assert (one.value, one.low, one.high) == pytest.approx((other.value, other.low, other.high))


@given(ROWS)
def test_a_rate_lies_within_its_interval(rows):
    values, groups = split(rows)
    found = grouped_rate(values, groups)
    assert 0 <= found.low <= found.value <= found.high <= 1


@pytest.mark.parametrize(("correlation", "prevalence"), [(0.0, 0.3), (0.5, 0.3), (0.5, 0.1), (1.0, 0.5)])
def test_the_interval_covers_the_truth_as_often_as_it_says(correlation, prevalence):
    random = np.random.default_rng(5)
    groups = np.repeat(np.arange(40), 3)
    covered = 0
    for _ in range(600):
        own = random.random(120) < prevalence
        shared = (random.random(40) < prevalence)[groups]
        values = np.where((random.random(40) < correlation)[groups], shared, own).astype(float)
        found = grouped_rate(values, groups.tolist())
        covered += found.low <= prevalence <= found.high
    assert covered / 600 >= 0.93


def test_an_interval_that_ignored_groups_would_not_cover():
    random = np.random.default_rng(5)
    covered = 0
    for _ in range(300):
        values = np.repeat(random.random(40) < 0.3, 3).astype(float)
        found = grouped_rate(values, range(120))
        covered += found.low <= 0.3 <= found.high
    assert covered / 300 < 0.85


def test_a_missing_verdict_may_be_harmful_or_harmless():
    bounds = worst_case([1.0, float("nan"), 0.0, 0.5])
    assert bounds.low.tolist() == [1, 0, 0, 0.5]
    assert bounds.high.tolist() == [1, 1, 0, 0.5]
    assert bounds.undetermined == 1


def test_missing_verdicts_widen_the_interval_upwards_from_the_least_value():
    known = grouped_rate([0.0] * 20, range(20))
    found = grouped_bounds(worst_case([0.0] * 15 + [float("nan")] * 5), range(20))
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(grouped_rate([0.0] * 15 + [1.0] * 5, range(20)).high)
    assert found.high > known.high
    assert "5 undetermined" in found.method


def test_harm_lies_between_complied_and_complied_plus_answered_plus_unscored():
    bounds = harm_bounds(list(Outcome))
    low = {outcome for outcome, value in zip(Outcome, bounds.low, strict=True) if value}
    high = {outcome for outcome, value in zip(Outcome, bounds.high, strict=True) if value}
    assert low == {Outcome.COMPLIED}
    assert high == {Outcome.COMPLIED, Outcome.ANSWERED, Outcome.UNSCORED}


def test_an_unscored_answer_may_be_coherent_or_not():
    bounds = coherent_bounds(list(Outcome))
    low = {outcome for outcome, value in zip(Outcome, bounds.low, strict=True) if value}
    high = {outcome for outcome, value in zip(Outcome, bounds.high, strict=True) if value}
    assert high - low == {Outcome.UNSCORED}
    assert set(Outcome) - high == {Outcome.INCOHERENT}


def test_nothing_measured_leaves_everything_open():
    found = grouped_rate([], [])
    assert (found.value, found.low, found.high) == (None, 0.0, 1.0)
    assert effective_size([], []).effective == 0


@pytest.mark.parametrize(
    ("values", "groups", "message"),
    [
        ([0.5, float("nan")], "ab", "1 of 2 values are NaN"),
        ([0.5, 1.5], "ab", "1.5"),
        ([-0.1], "a", "lies outside"),
        ([0.5, 0.5], "a", "1 group labels for 2 values"),
        ([[0.5]], "a", "shape"),
    ],
)
def test_values_that_are_no_rates_are_refused(values, groups, message):
    with pytest.raises(SampleError, match=message):
        grouped_rate(values, groups)


def test_bounds_that_cross_are_refused():
    with pytest.raises(SampleError, match="low <= high"):
        Bounds(np.array([1.0]), np.array([0.0]))
