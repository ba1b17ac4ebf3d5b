from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from holdfast.stats import (
    ErrorRates,
    Interval,
    SampleError,
    error_rates,
    rogan_gladen,
    rogan_gladen_strata,
    weighted_rate,
    wilson,
)

REFERENCE = json.loads(Path(__file__).with_name("reference_judges.json").read_text(encoding="utf-8"))
COUNTS = st.tuples(st.integers(0, 60), st.integers(0, 60), st.integers(0, 200))


def measured(caught, positives, cleared, negatives):
    called = [True] * caught + [False] * (positives - caught) + [False] * cleared
    called += [True] * (negatives - cleared)
    return error_rates(called, [True] * positives + [False] * negatives)


def known(rate):
    return Interval(rate, rate, rate, "known")


def test_the_value_and_the_part_from_answers_are_those_of_the_published_example():
    case = REFERENCE["known_errors"]
    sensitivity, specificity = case["rates"]
    found = rogan_gladen(
        wilson(*case["observed"]), ErrorRates(known(sensitivity), known(specificity), 1000, 1000)
    )
    assert found.interval.value == pytest.approx(case["value"], abs=5e-6)
    # With errors known exactly, nothing is left but the part from answers.
    for ends in (found.floor, found.interval):
        assert (ends.low, ends.high) == pytest.approx(case["ends"], abs=5e-7)


def test_lang_and_reiczigels_formula_gives_the_intervals_printed_in_their_paper():
    for case in REFERENCE["lang_reiczigel"]:
        assert case["ends"] == pytest.approx(case["printed"], abs=6e-3)


@pytest.mark.parametrize("case", REFERENCE["lang_reiczigel"], ids=str)
def test_intervals_are_close_to_lang_and_reiczigels_where_those_are_possible(case):
    (x, n), (a, positives), (b, negatives) = case["counts"]
    rates = measured(a, positives, b, negatives)
    found = rogan_gladen(wilson(x, n), rates).interval
    # No true rate can exceed what is observed over the least sensitivity; theirs may.
    possible = wilson(x, n).high / rates.sensitivity.low
    low, high = case["ends"]
    assert found.low == pytest.approx(low, abs=0.03)
    assert found.high == pytest.approx(min(high, possible), abs=0.03)


@given(COUNTS)
def test_a_rate_lies_within_its_interval_within_zero_and_one(counts):
    caught, cleared, positive = counts
    found = rogan_gladen(wilson(positive, 200), measured(caught, 60, cleared, 60))
    interval = found.interval
    if found.identified:
        assert 0 <= interval.low <= interval.value <= interval.high <= 1
        assert interval.low <= found.floor.low + 1e-9
        assert interval.high >= found.floor.high - 1e-9
        assert found.reason == ""
    else:
        assert (interval.low, interval.high) == (0.0, 1.0)
        assert found.reason in interval.method


@given(COUNTS)
def test_calling_no_yes_and_yes_no_turns_the_result_around(counts):
    caught, cleared, positive = counts
    one = rogan_gladen(wilson(positive, 200), measured(caught, 60, cleared, 60)).interval
    other = rogan_gladen(wilson(200 - positive, 200), measured(cleared, 60, caught, 60)).interval
    assume(one.value is not None)
    assert (other.value, other.low, other.high) == pytest.approx((1 - one.value, 1 - one.high, 1 - one.low))


@given(st.integers(0, 199))
def test_a_higher_observed_rate_never_lowers_the_corrected_one(positive):
    rates = measured(54, 60, 50, 60)
    one, more = (rogan_gladen(wilson(each, 200), rates) for each in (positive, positive + 1))
    assume(one.identified and more.identified)
    for end in ("value", "low", "high"):
        assert getattr(more.interval, end) >= getattr(one.interval, end) - 1e-9


@given(st.integers(0, 200))
def test_a_judge_without_errors_leaves_the_rate_as_it_is_and_never_narrows_it(positive):
    observed = wilson(positive, 200)
    found = rogan_gladen(observed, measured(100, 100, 100, 100))
    assert found.interval.value == pytest.approx(found.raw)
    assert found.interval.low <= observed.low + 1e-9
    assert found.interval.high >= observed.high - 1e-9


def test_more_labels_narrow_the_interval_down_to_the_part_from_answers():
    widths = [
        rogan_gladen(wilson(80, 200), measured(9 * k, 10 * k, 8 * k, 10 * k)) for k in (4, 40, 400, 40_000)
    ]
    assert [each.interval.width for each in widths] == sorted(
        (w.interval.width for w in widths), reverse=True
    )
    assert widths[-1].interval.width == pytest.approx(widths[-1].floor.width, rel=0.01)


@pytest.mark.parametrize(
    ("rates", "reason"),
    [
        (measured(4, 4, 90, 100), "4 answers labelled yes and 100 labelled no: at least 5 of each"),
        (measured(0, 0, 90, 100), "0 answers labelled yes"),
        (measured(50, 100, 50, 100), "no better than chance"),
        (measured(6, 10, 6, 10), "no better than chance"),
    ],
    ids=["few", "none", "coin", "maybe a coin"],
)
def test_a_judge_that_labels_do_not_tell_from_chance_corrects_nothing(rates, reason):
    found = rogan_gladen(wilson(30, 100), rates)
    assert (found.interval.value, found.interval.low, found.interval.high) == (None, 0.0, 1.0)
    assert reason in found.reason


def test_a_rate_that_no_such_judge_could_give_is_not_corrected():
    rates = measured(95, 100, 70, 100)
    assert "out of reach" in rogan_gladen(wilson(2, 500), rates).reason
    assert "out of reach" in rogan_gladen(wilson(500, 500), measured(70, 100, 95, 100)).reason


def test_no_answers_have_no_rate():
    assert rogan_gladen(wilson(0, 0), measured(9, 10, 9, 10)).reason == "no answers"


@pytest.mark.parametrize("rate", [0.02, 0.5, 0.9])
@pytest.mark.parametrize(("sensitivity", "specificity"), [(0.7, 0.99), (0.9, 0.9), (0.99, 0.99)])
def test_the_corrected_interval_covers_and_the_raw_one_does_not(rate, sensitivity, specificity):
    rng = np.random.default_rng(7)
    hits = 0
    for _ in range(300):
        seen = rng.binomial(1000, rate * sensitivity + (1 - rate) * (1 - specificity))
        rates = measured(rng.binomial(100, sensitivity), 100, rng.binomial(100, specificity), 100)
        found = rogan_gladen(wilson(seen, 1000), rates).interval
        hits += found.low <= rate <= found.high
    # 0.95 less two and a half standard errors of 300 runs.
    assert hits / 300 >= 0.92


def test_errors_are_weighted_by_what_each_label_stands_for():
    called, truth = [True] * 8 + [False] * 2 + [False] * 10, [True] * 10 + [False] * 10
    equal = error_rates(called, truth)
    assert (equal.sensitivity.value, equal.specificity.value) == (0.8, 1.0)
    assert (equal.sensitivity.low, equal.sensitivity.high) == pytest.approx(
        (wilson(8, 10).low, wilson(8, 10).high)
    )
    weighted = error_rates(called, truth, [1] * 8 + [8] * 2 + [3] * 10)
    assert weighted.sensitivity.value == pytest.approx(8 / 24)
    assert weighted.sensitivity.width > equal.sensitivity.width
    assert (weighted.positives, weighted.negatives, weighted.labels) == (10, 10, 20)


def test_labels_of_a_group_tell_less_of_the_errors_than_labels_apart():
    called, truth = ([True] * 4 + [False] * 4) * 5, [True] * 40
    groups = [i // 4 for i in range(40)]
    assert (
        error_rates(called, truth, groups=groups).sensitivity.width
        > error_rates(called, truth).sensitivity.width
    )


def test_a_class_without_labels_has_no_rate():
    found = error_rates([True, False], [True, True])
    assert found.specificity is None
    assert found.sensitivity.value == 0.5


@given(st.integers(1, 30), st.floats(0.01, 100))
def test_equal_weights_of_any_size_are_wilsons_interval(n, weight):
    values = [float(i % 3 == 0) for i in range(n)]
    found, plain = weighted_rate(values, [weight] * n), wilson(sum(values), n)
    assert (found.value, found.low, found.high) == pytest.approx((plain.value, plain.low, plain.high))


def test_bad_labels_and_weights_are_refused():
    with pytest.raises(SampleError, match="do not pair up"):
        error_rates([True], [True, False])
    with pytest.raises(SampleError, match="positive and finite"):
        error_rates([True], [True], [0.0])
    with pytest.raises(SampleError, match="group labels"):
        error_rates([True], [True], groups=[])


def strata_sample(rng, rate, errors, rows=60, seeds=6):
    """Return calls and strata; 70 % of answers are coherent, with `rate`, the others have half of it."""
    coherent = rng.random((seeds, rows)) < 0.7
    truth = rng.random((seeds, rows)) < np.where(coherent, rate, rate / 2)
    (s1, c1), (s2, c2) = errors
    caught = rng.random(truth.shape) < np.where(coherent, s1, s2)
    cleared = rng.random(truth.shape) < np.where(coherent, c1, c2)
    return np.where(truth, caught, ~cleared).astype(float), np.where(coherent, "coherent", "incoherent")


def test_one_stratum_gives_the_plain_correction():
    called = np.array([[1.0] * 30 + [0.0] * 70])
    rates = measured(90, 100, 85, 100)
    found = rogan_gladen_strata(called, [["all"] * 100], range(100), {"all": rates})
    plain = rogan_gladen(wilson(30, 100), rates)
    assert found.interval.value == pytest.approx(plain.interval.value)
    assert (found.interval.low, found.interval.high) == pytest.approx(
        (plain.interval.low, plain.interval.high), abs=0.02
    )
    assert (found.floor.low, found.floor.high) == pytest.approx((plain.floor.low, plain.floor.high))


def test_errors_that_differ_by_stratum_are_taken_out_in_each():
    rng = np.random.default_rng(3)
    errors = ((0.95, 0.95), (0.8, 0.7))
    rates = {"coherent": measured(190, 200, 190, 200), "incoherent": measured(160, 200, 140, 200)}
    hits = 0
    for _ in range(60):
        called, strata = strata_sample(rng, 0.4, errors)
        found = rogan_gladen_strata(called, strata.tolist(), range(60), rates).interval
        hits += found.low <= 0.7 * 0.4 + 0.3 * 0.2 <= found.high
    assert hits / 60 >= 0.93


def test_a_stratum_without_labels_may_be_anything():
    called, strata = strata_sample(np.random.default_rng(0), 0.4, ((1, 1), (1, 1)))
    rates = {"coherent": measured(100, 100, 100, 100)}
    found = rogan_gladen_strata(called, strata.tolist(), range(60), rates)
    share = float((strata == "incoherent").mean())
    assert found.interval.value is None
    assert found.interval.width > share
    assert "labels tell nothing of" in found.reason
    few = np.where(np.arange(60) < 2, "incoherent", "coherent")[None]
    assert rogan_gladen_strata(called[:1], few.tolist(), range(60), rates).identified


def test_answers_the_judge_says_nothing_of_widen_the_upper_end():
    called = np.array([[1.0] * 30 + [0.0] * 70] * 6)
    gaps = called.copy()
    gaps[:, -10:] = np.nan
    rates = {"all": measured(95, 100, 95, 100)}
    strata = [["all"] * 100] * 6
    full, missing = (rogan_gladen_strata(each, strata, range(100), rates).interval for each in (called, gaps))
    assert missing.low == pytest.approx(full.low)
    assert missing.high > full.high + 0.05


def test_strata_that_do_not_pair_up_are_refused():
    with pytest.raises(SampleError, match="do not pair up"):
        rogan_gladen_strata([[1.0]], [["a", "b"]], ["g"], {})
    assert rogan_gladen_strata([], [], [], {}).reason == "no answers"
