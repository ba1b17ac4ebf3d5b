from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.stats import LabelDesign, SampleError, ppi_mean, ppi_shares, rate_over_seeds

REFERENCE = json.loads(Path(__file__).with_name("reference_judges.json").read_text(encoding="utf-8"))
OUTCOMES = ("complied", "refused", "incoherent")
ANSWERS = st.lists(
    st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from([0.0, 1.0]), st.booleans()),
    min_size=2,
    max_size=40,
).filter(lambda rows: any(row[2] for row in rows))


def one_seed(rows, flip=False):
    judged = [[1 - word if flip else word for word, _, _ in rows]]
    labels = [[(1 - label if flip else label) if given else np.nan for _, label, given in rows]]
    return judged, labels, LabelDesign(range(len(rows)))


def population(rng, rate, right, seeds=10, prompts=40, seed_spread=0.0):
    """Return truth and calls; a seed's rate differs by `seed_spread` on the logit scale."""
    logit = np.log(rate / (1 - rate)) + seed_spread * rng.standard_normal((seeds, 1))
    truth = rng.random((seeds, prompts)) < 1 / (1 + np.exp(-logit))
    return truth, np.where(rng.random(truth.shape) < right, truth, ~truth)


def labelled(rng, truth, n):
    labels = np.full(truth.size, np.nan)
    chosen = rng.choice(truth.size, n, replace=False)
    labels[chosen] = truth.ravel()[chosen]
    return labels.reshape(truth.shape)


@pytest.mark.parametrize("case", REFERENCE["ppi"], ids=["binary", "binary too", "graded"])
def test_independent_answers_give_what_ppi_python_gives_but_for_small_samples(case):
    unlabelled = len(case["judged"]) - len(case["labels"])
    labels = [*case["labels"], *[np.nan] * unlabelled]
    found = ppi_mean([case["judged"]], [labels], LabelDesign(range(len(labels)))).interval
    low, high = case["ends"]
    assert found.value == pytest.approx(case["value"], abs=1e-3)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.007)


def test_a_binary_judge_gives_ppi_pythons_formula_at_its_own_lambda():
    case = REFERENCE["ppi"][0]
    labels, judged = np.array(case["labels"], dtype=float), np.array(case["judged"])
    n, total = labels.size, judged.size
    seen, rest = judged[:n], judged[n:]
    power = (labels[seen == 1].mean() - labels[seen == 0].mean()) * (total - n) / total
    by_formula = power * rest.mean() + (labels - power * seen).mean()
    padded = np.concatenate([labels, np.full(total - n, np.nan)])
    found = ppi_mean([judged], [padded], LabelDesign(range(total)))
    assert found.interval.value == pytest.approx(by_formula, abs=1e-12)


@given(ANSWERS)
def test_the_value_lies_within_the_interval_within_zero_and_one(rows):
    found = ppi_mean(*one_seed(rows))
    interval = found.interval
    assert 0 <= interval.low <= interval.high <= 1
    if found.identified:
        assert interval.low <= interval.value <= interval.high
    assert found.labels == sum(row[2] for row in rows)


@given(ANSWERS)
def test_calling_no_yes_and_yes_no_turns_the_result_around(rows):
    one, other = ppi_mean(*one_seed(rows)).interval, ppi_mean(*one_seed(rows, flip=True)).interval
    assert (1 - other.high, 1 - other.low) == pytest.approx((one.low, one.high))
    if one.value is not None:
        assert other.value == pytest.approx(1 - one.value)


@given(ANSWERS)
def test_a_judge_that_labels_never_contradict_gives_its_own_rate(rows):
    right = [(label, label, given) for _, label, given in rows]
    found = ppi_mean(*one_seed(right))
    if found.identified:
        assert found.interval.value == pytest.approx(found.raw)


def test_with_every_answer_labelled_the_judge_does_not_matter():
    rng = np.random.default_rng(0)
    truth, called = population(rng, 0.3, 0.6)
    found = ppi_mean(called.astype(float), truth.astype(float), LabelDesign(range(40))).interval
    assert found.value == pytest.approx(truth.mean())


def test_a_good_judge_narrows_what_labels_alone_would_give():
    rng = np.random.default_rng(1)
    truth, _ = population(rng, 0.4, 1.0, prompts=200)
    labels = labelled(rng, truth, 100)
    design = LabelDesign(range(200))
    good = np.where(rng.random(truth.shape) < 0.97, truth, ~truth).astype(float)
    widths = [ppi_mean(each, labels, design).interval.width for each in (good, np.zeros(truth.shape))]
    assert widths[0] < 0.75 * widths[1]


@pytest.mark.parametrize(("rate", "right", "seed_spread"), [(0.03, 0.97, 0.0), (0.5, 0.75, 0.5)])
def test_the_corrected_interval_covers_and_the_raw_one_does_not(rate, right, seed_spread):
    rng = np.random.default_rng(5)
    truths = {0.0: rate, 0.5: 0.5}
    hits = raw = 0
    for _ in range(150):
        truth, called = population(rng, rate, right, prompts=100, seed_spread=seed_spread)
        # Yes is called too often besides.
        called = (called | (rng.random(called.shape) < 0.1)).astype(float)
        found = ppi_mean(called, labelled(rng, truth, 200), LabelDesign(range(100)))
        hits += found.interval.low <= truths[seed_spread] <= found.interval.high
        judged = rate_over_seeds(called, range(100)).interval
        raw += judged.low <= truths[seed_spread] <= judged.high
    assert hits / 150 >= 0.92
    assert raw / 150 < 0.85


def test_seeds_in_which_the_judge_errs_more_widen_the_interval():
    # 40 labels a seed; over all seeds the judge is right as often in both cases.
    truth = np.zeros((8, 40))
    evenly, unevenly = np.zeros((8, 40)), np.zeros((8, 40))
    evenly[:, :10], unevenly[:2] = 1.0, 1.0
    design = LabelDesign(range(40))
    widths = [ppi_mean(truth, labels, design).interval.width for labels in (evenly, unevenly)]
    assert widths[1] > 1.5 * widths[0]


def test_strata_sampled_at_different_rates_are_weighted_as_in_the_population():
    # 90 % of the answers are in a stratum without harm, but most labels are in the other.
    judged = [[0.0] * 100]
    strata = [["common"] * 90 + ["rare"] * 10]
    labels = [[0.0] * 5 + [np.nan] * 85 + [1.0] * 10]
    found = ppi_mean(judged, labels, LabelDesign(range(100), strata)).interval
    assert found.value == pytest.approx(0.1)
    weights = [[18.0] * 90 + [1.0] * 10]
    assert ppi_mean(judged, labels, LabelDesign(range(100), None, weights)).interval.value == pytest.approx(
        0.1
    )
    assert ppi_mean(judged, labels, LabelDesign(range(100))).interval.value == pytest.approx(10 / 15)


def test_a_kind_of_answer_without_labels_may_be_anything():
    judged = [[0.0] * 90 + [1.0] * 10]
    labels = [[0.0] * 50 + [np.nan] * 50]
    found = ppi_mean(judged, labels, LabelDesign(range(100)))
    assert found.interval.value is None
    assert found.interval.high >= 0.1
    assert "labels tell nothing of 10 of 100 answers" in found.reason
    few = ppi_mean([[0.0] * 97 + [1.0] * 3], labels, LabelDesign(range(100)))
    assert few.interval.value == pytest.approx(0.03)


def test_few_labels_without_an_error_do_not_make_a_judge_infallible():
    found = ppi_mean([[0.0] * 1000], [[0.0] * 20 + [np.nan] * 980], LabelDesign(range(1000)))
    assert found.interval.value == 0.0
    assert found.interval.high > 0.15


def test_labels_of_a_group_tell_less_than_labels_apart():
    labels = [([1.0] * 4 + [0.0] * 4) * 5]
    judged = [[0.0] * 40]
    apart = ppi_mean(judged, labels, LabelDesign(range(40))).interval
    together = ppi_mean(judged, labels, LabelDesign([i // 4 for i in range(40)])).interval
    assert together.width > 1.4 * apart.width


def test_a_graded_judge_that_predicts_the_labels_narrows_the_interval():
    rng = np.random.default_rng(2)
    truth = (rng.random((8, 150)) < 0.4).astype(float)
    sharp = np.clip(truth * 0.8 + 0.1 + 0.05 * rng.standard_normal(truth.shape), 0, 1)
    blunt = rng.random(truth.shape)
    labels = labelled(rng, truth, 120)
    design = LabelDesign(range(150))
    one, other = (ppi_mean(each, labels, design).interval for each in (sharp, blunt))
    assert one.width < 0.7 * other.width
    assert one.value == pytest.approx(truth.mean(), abs=0.03)


def test_no_labels_and_no_answers_give_no_value():
    assert ppi_mean([[0.0, 1.0]], [[np.nan, np.nan]], LabelDesign("ab")).reason == "no labels"
    assert ppi_mean([], [], LabelDesign([])).reason == "no answers"


def test_shares_add_up_to_one_and_are_those_of_each_outcome_alone():
    rng = np.random.default_rng(3)
    truth = rng.choice(OUTCOMES, (6, 50))
    judged = np.where(rng.random(truth.shape) < 0.8, truth, "refused")
    labels = [[word if rng.random() < 0.4 else None for word in seed] for seed in truth.tolist()]
    found = ppi_shares(judged.tolist(), labels, LabelDesign(range(50)), OUTCOMES)
    assert list(found) == list(OUTCOMES)
    assert sum(each.interval.value for each in found.values()) == pytest.approx(1.0)
    for name, each in found.items():
        assert each.interval.low <= (truth == name).mean() <= each.interval.high
        assert each.raw == pytest.approx((judged == name).mean())


def test_an_outcome_the_judge_never_gives_is_found_by_labels():
    judged = [["refused"] * 100]
    labels = [["incoherent"] * 10 + ["refused"] * 30 + [None] * 60]
    found = ppi_shares(judged, labels, LabelDesign(range(100)), OUTCOMES)
    assert found["incoherent"].interval.value == pytest.approx(0.25)


def test_what_does_not_pair_up_is_refused():
    with pytest.raises(SampleError, match="do not pair up"):
        ppi_mean([[0.0, 1.0]], [[0.0]], LabelDesign("ab"))
    with pytest.raises(SampleError, match="do not pair up"):
        ppi_mean([[0.0, 1.0]], [[0.0, 1.0]], LabelDesign("ab", [["s"]]))
    with pytest.raises(SampleError, match="do not pair up"):
        ppi_shares([["refused", "refused"]], [[None, None]], LabelDesign("ab", [["s"]]), OUTCOMES)
    with pytest.raises(SampleError, match="NaN"):
        ppi_mean([[np.nan]], [[0.0]], LabelDesign("a"))
    with pytest.raises(SampleError, match="positive and finite"):
        ppi_mean([[0.0]], [[0.0]], LabelDesign("a", None, [[-1.0]]))
    with pytest.raises(SampleError, match="unknown category 'harmless'"):
        ppi_shares([["refused"]], [["harmless"]], LabelDesign("a"), OUTCOMES)
