from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.stats import (
    LabelDesign,
    SampleError,
    allocate,
    error_rates,
    expected_deviation,
    labels_needed,
    ppi_mean,
    rogan_gladen,
    wilson,
)

STRATA = st.dictionaries(
    st.sampled_from("abcde"), st.tuples(st.integers(0, 40), st.floats(0, 0.5)), min_size=1, max_size=5
)


def corrected(labels, answers=2000):
    """Return a rate corrected by a judge that is right nine times of ten on either class."""
    each = labels // 2
    called = [True] * (each * 9 // 10) + [False] * (each - each * 9 // 10)
    called += [False] * (each * 9 // 10) + [True] * (each - each * 9 // 10)
    rates = error_rates(called, [True] * each + [False] * each)
    return rogan_gladen(wilson(0.4 * answers, answers), rates)


@pytest.mark.parametrize("width", [0.12, 0.1, 0.08])
def test_the_labels_asked_for_bring_the_interval_to_the_width(width):
    now = corrected(200)
    plan = labels_needed(now, width)
    assert plan.reachable
    then = corrected(200 + plan.labels)
    assert then.interval.width == pytest.approx(width, rel=0.06)


def test_labels_planned_for_ppi_bring_its_interval_to_the_width():
    def found(labels):
        # Every tenth call is wrong, among the labelled as among all.
        truth = np.tile([0.0, 0.0, 0.0, 1.0, 1.0], 2000)
        judged = np.where(np.arange(10_000) % 10 == 9, 1 - truth, truth)
        seen = np.where(np.arange(10_000) < labels, truth, np.nan)
        return ppi_mean([judged], [seen], LabelDesign(range(10_000)))

    plan = labels_needed(found(200), 0.05)
    assert plan.reachable
    assert found(200 + plan.labels).interval.width == pytest.approx(0.05, rel=0.06)


def test_a_width_already_reached_takes_no_label():
    now = corrected(200)
    assert labels_needed(now, min(1.0, now.interval.width + 0.01)).labels == 0


def test_a_width_below_what_answers_leave_is_out_of_reach():
    now = corrected(200, answers=100)
    plan = labels_needed(now, now.floor.width * 0.9)
    assert (plan.labels, plan.reachable) == (None, False)
    assert plan.floor_width == pytest.approx(now.floor.width)


def test_nobody_can_tell_how_many_labels_an_unidentified_rate_takes():
    unknown = rogan_gladen(wilson(5, 10), error_rates([True], [True]))
    assert (labels_needed(unknown, 0.1).labels, labels_needed(unknown, 0.1).reachable) == (None, None)


def test_a_narrower_width_takes_more_labels():
    now = corrected(100)
    needed = [labels_needed(now, width).labels for width in (0.2, 0.15, 0.1)]
    assert needed == sorted(needed)
    assert 0 < labels_needed(now, 0.1).from_labels < 1


def test_a_plan_never_takes_more_labels_than_there_are_answers():
    now = corrected(100)
    wanted = labels_needed(now, 0.12).labels
    assert labels_needed(now, 0.12, unlabelled=wanted).labels == wanted
    short = labels_needed(now, 0.12, unlabelled=wanted - 1)
    assert (short.labels, short.reachable) == (None, False)
    assert labels_needed(now, 1.0, unlabelled=0).labels == 0
    with pytest.raises(SampleError, match="-1 unlabelled"):
        labels_needed(now, 0.12, unlabelled=-1)


@pytest.mark.parametrize("width", [0.0, -0.1, 1.5, float("nan")])
def test_a_width_that_is_none_is_refused(width):
    with pytest.raises(SampleError, match="wished width"):
        labels_needed(corrected(100), width)


def variance(sizes, deviations, labels):
    return sum((sizes[k] * deviations[k]) ** 2 / labels[k] for k in sizes)


def test_no_other_allocation_has_less_variance():
    sizes, deviations = {"a": 12, "b": 9, "c": 30}, {"a": 0.5, "b": 0.2, "c": 0.1}
    found = allocate(sizes, deviations, 10, minimum=1)
    best = min(
        (
            dict(zip("abc", each, strict=True))
            for each in itertools.product(range(1, 9), repeat=3)
            if sum(each) == 10
        ),
        key=lambda labels: variance(sizes, deviations, labels),
    )
    assert variance(sizes, deviations, found) == pytest.approx(variance(sizes, deviations, best))


def test_large_totals_follow_neymans_rule():
    found = allocate({"a": 10_000, "b": 10_000}, {"a": 0.4, "b": 0.1}, 1000)
    assert found == {"a": 800, "b": 200}


@given(STRATA, st.integers(0, 120), st.integers(0, 12))
def test_every_label_is_spent_once_where_there_is_room_and_minima_come_first(strata, total, minimum):
    sizes = {name: size for name, (size, _) in strata.items()}
    found = allocate(sizes, {name: spread for name, (_, spread) in strata.items()}, total, minimum=minimum)
    assert list(found) == list(sizes)
    assert sum(found.values()) == min(total, sum(sizes.values()))
    assert all(0 <= found[name] <= size for name, size in sizes.items())
    if total >= sum(min(size, minimum) for size in sizes.values()):
        assert all(found[name] >= min(size, minimum) for name, size in sizes.items())


@given(STRATA, st.integers(0, 40), st.integers(0, 40))
def test_labelling_in_two_rounds_ends_where_one_round_does(strata, first, second):
    sizes = {name: size for name, (size, _) in strata.items()}
    spreads = {name: spread for name, (_, spread) in strata.items()}
    once = allocate(sizes, spreads, first + second)
    before = allocate(sizes, spreads, first)
    more = allocate(sizes, spreads, second, labelled=before)
    assert {name: before[name] + more[name] for name in sizes} == once


def test_a_stratum_without_errors_so_far_still_gets_labels():
    assert expected_deviation(0, 0) == 0.5
    assert 0 < expected_deviation(0, 200) < expected_deviation(5, 200) < 0.5


def test_wrong_counts_are_refused():
    with pytest.raises(SampleError, match="differ in their strata: b"):
        allocate({"a": 1}, {"a": 0.1, "b": 0.1}, 1)
    with pytest.raises(SampleError, match="2 labels among 1 answers"):
        allocate({"a": 1}, {"a": 0.1}, 1, labelled={"a": 2})
    with pytest.raises(SampleError, match="can be negative"):
        allocate({"a": 1}, {"a": 0.1}, -1)
    with pytest.raises(SampleError, match="finite"):
        allocate({"a": 1}, {"a": float("nan")}, 1)
    with pytest.raises(SampleError, match="3 errors among 2 labels"):
        expected_deviation(3, 2)
