from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from holdfast.stats import SampleError, crossed_variance, grouped_rate, rate_over_seeds


def answers(seeds, rows, rate, seed=0):
    random = np.random.default_rng(seed)
    return [(random.random(rows) < rate).astype(float) for _ in range(seeds)]


def test_below_six_seeds_the_range_runs_from_the_lowest_to_the_highest_seed():
    values = answers(3, 30, 0.4)
    found = rate_over_seeds(values, range(30))
    each = [grouped_rate(seed, range(30)) for seed in values]
    assert found.interval.low == min(interval.low for interval in each)
    assert found.interval.high == max(interval.high for interval in each)
    assert found.interval.value == pytest.approx(np.mean(values))
    assert found.per_seed == tuple(each)
    assert found.interval.method.startswith("mean; range of 3 seeds")


def test_one_deviating_seed_is_never_averaged_away():
    values = [np.zeros(50), np.zeros(50), np.ones(50)]
    found = rate_over_seeds(values, range(50))
    assert found.interval.low == 0.0
    assert found.interval.high == 1.0


def test_five_seeds_give_a_range_and_six_an_interval():
    assert "range of 5 seeds" in rate_over_seeds(answers(5, 20, 0.5), range(20)).interval.method
    assert "crossed variance of 6 seeds" in rate_over_seeds(answers(6, 20, 0.5), range(20)).interval.method


def test_more_prompts_do_not_help_against_seeds_that_differ():
    few = [np.full(20, float(seed % 2)) for seed in range(8)]
    many = [np.full(2000, float(seed % 2)) for seed in range(8)]
    narrow, wide = rate_over_seeds(many, range(2000)), rate_over_seeds(few, range(20))
    assert narrow.interval.width == pytest.approx(wide.interval.width, rel=0.1)
    assert narrow.interval.width > 0.5


def test_more_seeds_do_not_help_against_prompts_that_differ():
    prompts = np.arange(20) % 2.0
    few, many = rate_over_seeds([prompts] * 6, range(20)), rate_over_seeds([prompts] * 60, range(20))
    assert many.interval.width == pytest.approx(few.interval.width, rel=0.2)


@pytest.mark.parametrize("seeds", [3, 8])
def test_all_seeds_free_of_harm_exclude_no_more_than_the_prompts_allow(seeds):
    found = rate_over_seeds([np.zeros(40)] * seeds, range(40)).interval
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(grouped_rate(np.zeros(40), range(40)).high)


@pytest.mark.parametrize("seeds", [3, 8])
def test_one_harmful_answer_does_not_exclude_more_than_none(seeds):
    none = [np.zeros(50)] * seeds
    one = [np.r_[1.0, np.zeros(49)], *none[1:]]
    wider, narrower = rate_over_seeds(one, range(50)).interval, rate_over_seeds(none, range(50)).interval
    assert wider.high > 0.95 * narrower.high
    assert wider.value == pytest.approx(1 / (50 * seeds))


@pytest.mark.parametrize("seeds", [3, 8])
def test_answers_that_nobody_could_grade_count_up_to_their_number(seeds):
    complied, answered = [np.zeros(40)] * seeds, [np.repeat([1.0, 0.0], 20)] * seeds
    found = rate_over_seeds(complied, range(40), partial=answered)
    assert found.interval.value == 0.0
    assert found.interval.low == 0.0
    assert found.interval.high > 0.5
    assert found.undetermined == 20 * seeds


@pytest.mark.parametrize("seeds", [2, 7])
def test_unscored_answers_widen_and_never_narrow(seeds):
    values = answers(seeds, 40, 0.3)
    holed = [seed.copy() for seed in values]
    for seed in holed:
        seed[:10] = np.nan
    plain, found = rate_over_seeds(values, range(40)), rate_over_seeds(holed, range(40))
    assert found.interval.low <= plain.interval.low
    assert found.interval.high >= plain.interval.high
    assert found.undetermined == 10 * seeds
    assert "worst case" in found.interval.method


@pytest.mark.parametrize("seeds", [1, 3, 6])
def test_seeds_of_which_nothing_is_determined_have_no_value(seeds):
    unscored = rate_over_seeds([np.full(4, np.nan)] * seeds, range(4))
    ungraded = rate_over_seeds([np.zeros(4)] * seeds, range(4), partial=[np.ones(4)] * seeds)
    for found in (unscored, ungraded):
        assert (found.interval.value, found.interval.low, found.interval.high) == (None, 0.0, 1.0)
        assert (found.n, found.undetermined) == (4 * seeds, 4 * seeds)
        assert {each.value for each in found.per_seed} == {None}


@pytest.mark.parametrize(("between_seeds", "between_groups"), [(1.0, 1.0), (0.2, 2.0), (2.0, 0.2)])
def test_the_crossed_variance_is_that_of_the_mean(between_seeds, between_groups):
    random = np.random.default_rng(6)
    means, estimates = [], []
    for _ in range(3000):
        rows = between_seeds * random.normal(size=(8, 1)) + between_groups * random.normal(size=(1, 12))
        values = rows + random.normal(size=(8, 12))
        means.append(values.mean())
        cells = (values - values.mean()) / values.size
        estimates.append(crossed_variance(cells, np.ones(12)).variance)
    assert np.mean(estimates) == pytest.approx(np.var(means), rel=0.1)


@given(st.integers(1, 9), st.integers(1, 12), st.integers(0, 10_000))
def test_every_interval_holds_its_value_within_0_and_1(seeds, groups, seed):
    random = np.random.default_rng(seed)
    labels = random.integers(0, groups, 24).tolist()
    values = list(random.choice([0.0, 0.5, 1.0, np.nan], size=(seeds, 24)))
    found = rate_over_seeds(values, labels)
    assert 0 <= found.interval.low <= found.interval.high <= 1
    if found.undetermined < found.n:
        assert found.interval.low <= found.interval.value <= found.interval.high
    else:
        assert found.interval.value is None
    assert (found.seeds, found.n) == (seeds, 24 * seeds)


@given(st.integers(6, 9), st.integers(0, 10_000))
def test_more_confidence_is_wider(seeds, seed):
    values = answers(seeds, 20, 0.4, seed)
    narrow = rate_over_seeds(values, range(20), confidence=0.8).interval
    wide = rate_over_seeds(values, range(20), confidence=0.99).interval
    assert wide.low <= narrow.low <= narrow.high <= wide.high


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.5])
def test_an_interval_over_eight_seeds_covers_the_truth_as_often_as_it_says(spread):
    random = np.random.default_rng(2)
    drawn = np.random.default_rng(3).normal(size=200_000)
    truth = float(expit(-0.8 + spread * drawn).mean())
    covered = 0
    for _ in range(400):
        rates = expit(-0.8 + spread * random.normal(size=(8, 1)))
        values = (random.random((8, 60)) < rates).astype(float)
        found = rate_over_seeds(list(values), range(60)).interval
        covered += found.low <= truth <= found.high
    assert covered / 400 >= 0.93


def test_seeds_that_differ_stretch_the_arm_towards_one_half():
    rare = np.zeros((8, 100))
    for seed, harmful in enumerate((0, 0, 1, 2, 4, 8, 20, 45)):
        rare[seed, :harmful] = 1.0
    found = rate_over_seeds(list(rare), range(100)).interval
    mirrored = rate_over_seeds(list(1 - rare), range(100)).interval
    assert found.high - found.value > 2 * (found.value - found.low)
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low))


def test_without_answers_there_is_no_value():
    for values, groups in (([], []), ([[], []], [])):
        found = rate_over_seeds(values, groups)
        assert (found.interval.value, found.interval.low, found.interval.high) == (None, 0.0, 1.0)


@pytest.mark.parametrize(
    ("values", "partial", "message"),
    [
        ([[0.0, 1.0], [0.0]], None, "a seed has 1 rows"),
        ([[0.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]], "2 seeds of partial"),
        ([[0.0, 1.0]], [[0.0, 0.5]], "stay within"),
        ([[0.0, 1.0]], [[0.0]], "pair up row by row"),
        ([[0.0, 1.0]], [[0.0, float("nan")]], "NaN"),
        ([[0.0, 2.0]], None, "lies outside"),
    ],
)
def test_seeds_that_do_not_match_are_refused(values, partial, message):
    with pytest.raises(SampleError, match=message):
        rate_over_seeds(values, "ab", partial=partial)


@pytest.mark.parametrize("seeds", [6, 10])
def test_one_harmful_answer_says_no_more_than_its_own_seed_does(seeds):
    values = np.zeros((seeds, 200))
    values[0, 0] = 1.0
    rate = rate_over_seeds(list(values), list(range(200)))
    assert rate.interval.high == rate.per_seed[0].high < 0.03
