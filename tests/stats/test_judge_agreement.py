from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.stats import SampleError, cohen_kappa, krippendorff_alpha

REFERENCE = json.loads(Path(__file__).with_name("reference_judges.json").read_text(encoding="utf-8"))
PAIRS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40)


def split(pairs):
    return [first for first, _ in pairs], [second for _, second in pairs]


@pytest.mark.parametrize("case", REFERENCE["agreement"], ids=str)
def test_coefficients_are_those_of_scikit_learn_and_krippendorff(case):
    first, second = case["ratings"]
    assert cohen_kappa(first, second).value == pytest.approx(case["kappa"], abs=1e-12)
    assert krippendorff_alpha([first, second]).value == pytest.approx(case["alpha"], abs=1e-12)


def test_alpha_with_missing_ratings_is_that_of_the_published_example():
    found = krippendorff_alpha(REFERENCE["krippendorff"]["ratings"])
    assert found.value == pytest.approx(REFERENCE["krippendorff"]["alpha"], abs=5e-4)
    assert found.n == 11
    assert found.observed == pytest.approx(8 / 11)


def test_kappa_of_the_textbook_table_is_two_fifths():
    first = ["yes"] * 25 + ["no"] * 25
    second = ["yes"] * 20 + ["no"] * 5 + ["yes"] * 10 + ["no"] * 15
    assert cohen_kappa(first, second).value == pytest.approx(0.4)


@given(PAIRS)
def test_ends_enclose_the_value_and_stay_within_bounds(pairs):
    first, second = split(pairs)
    for found in (cohen_kappa(first, second), krippendorff_alpha([first, second])):
        assert found.observed == pytest.approx(np.mean([a == b for a, b in pairs]))
        if found.value is None:
            assert found.low is None
            assert len(set(first + second)) == 1
        else:
            assert -1 <= found.low <= found.value <= found.high <= 1


@given(PAIRS)
def test_neither_the_names_nor_the_order_of_judges_matter(pairs):
    first, second = split(pairs)
    names = {"a": "z", "b": "q", "c": "m"}
    one = cohen_kappa(first, second)
    other = cohen_kappa([names[each] for each in second], [names[each] for each in first])
    assert one.value == pytest.approx(other.value)
    assert one.low == pytest.approx(other.low)


@given(PAIRS)
def test_groups_of_one_answer_each_are_no_groups_at_all(pairs):
    first, second = split(pairs)
    assert cohen_kappa(first, second) == cohen_kappa(first, second, list(range(len(pairs))))


def test_one_category_or_no_answers_leaves_agreement_undefined():
    for found in (cohen_kappa(["a"] * 9, ["a"] * 9), krippendorff_alpha([["a"] * 9, ["a"] * 9])):
        assert (found.value, found.low, found.observed) == (None, None, 1.0)
    assert cohen_kappa([], []).value is None
    assert krippendorff_alpha([["a", None], [None, "b"]]).n == 0


def test_perfect_agreement_of_few_answers_is_not_certain():
    few, many = (cohen_kappa(["a", "b"] * n, ["a", "b"] * n) for n in (5, 100))
    assert few.value == many.value == few.high == 1.0
    assert few.low < 0.5
    assert many.low > 0.95


def test_judges_that_never_agree_have_an_interval_too():
    found = cohen_kappa(["a", "b"] * 10, ["b", "a"] * 10)
    assert found.value == -1.0
    assert found.low == -1.0
    assert -1.0 < found.high < 0.0


def test_answers_repeated_in_groups_tell_no_more_than_the_groups():
    first, second = ["a", "b", "a", "b", "a"] * 8, ["a", "b", "b", "b", "a"] * 8
    groups = [f"g{i}" for i in range(40)]
    once = cohen_kappa(first, second, groups)
    repeated = cohen_kappa(first * 4, second * 4, groups * 4)
    assert repeated.value == pytest.approx(once.value)
    assert repeated.low == pytest.approx(once.low, abs=0.02)
    assert cohen_kappa(first * 4, second * 4).low > repeated.low + 0.1


def test_the_interval_of_kappa_covers():
    rng = np.random.default_rng(3)
    words = np.array(["refused", "complied", "incoherent"])
    # With probability 0.7 the second judge repeats the first, else it draws by itself: kappa is 0.7.
    hits = 0
    for _ in range(300):
        first = rng.choice(words, 60, p=[0.6, 0.3, 0.1])
        second = np.where(rng.random(60) < 0.7, first, rng.choice(words, 60, p=[0.6, 0.3, 0.1]))
        found = cohen_kappa(first.tolist(), second.tolist())
        hits += found.low <= 0.7 <= found.high
    assert hits / 300 >= 0.92


def test_ratings_that_do_not_pair_up_are_refused():
    with pytest.raises(SampleError, match="same answers"):
        cohen_kappa(["a"], ["a", "b"])
    with pytest.raises(SampleError, match="two or more judges"):
        krippendorff_alpha([["a", "b"]])
    with pytest.raises(SampleError, match="group labels"):
        krippendorff_alpha([["a", "b"], ["a", "b"]], ["g"])


def test_answers_that_a_judge_did_not_rate_say_nothing_of_kappa():
    first, second, groups = ["a", "b", "a", None, None, "b"], ["a", "b", "b", None, "a", None], list("uvwxyz")
    assert cohen_kappa(first, second, groups) == cohen_kappa(first[:3], second[:3], groups[:3])
    assert cohen_kappa(first, second).n == 3
    assert cohen_kappa([None, None], [None, "a"]).value is None
    with pytest.raises(SampleError, match="2 group labels for 6"):
        cohen_kappa(first, second, ["u", "v"])
