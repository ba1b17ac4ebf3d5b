from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from holdfast.stats import (
    SampleError,
    design_power,
    sign_flip_p,
    smallest_confident_share,
    smallest_detectable_difference,
    smallest_sign_flip_p,
    wilson,
)


@pytest.mark.parametrize("seeds", [1, 2, 3, 6, 12])
def test_the_smallest_p_is_that_of_seeds_which_all_agree(seeds):
    assert smallest_sign_flip_p(seeds) == 2 / 2**seeds
    assert sign_flip_p([0.1 + seed / 100 for seed in range(seeds)]) == pytest.approx(2 / 2**seeds)


def test_three_seeds_can_show_no_difference_and_six_can():
    three, six = design_power(50, 3), design_power(50, 6)
    assert (three.smallest_p, three.detectable) == (0.25, None)
    assert six.smallest_p < 0.05
    assert 0 < six.detectable < 1
    assert "no difference can be called significant" in " ".join(three.statements)
    assert f"{six.detectable:.2f}" in " ".join(six.statements)


@pytest.mark.parametrize(
    ("seeds", "bound", "interval", "rank"),
    [(3, False, False, False), (5, True, False, False), (6, True, True, False), (12, True, True, True)],
)
def test_claims_need_their_number_of_seeds(seeds, bound, interval, rank):
    found = design_power(50, seeds)
    assert (found.one_sided_bound, found.two_sided_interval, found.rank) == (bound, interval, rank)


def test_many_seeds_without_spread_need_the_textbook_difference():
    found = smallest_detectable_difference(100, 400, seed_sd=0.0)
    textbook = (stats.norm.isf(0.025) + stats.norm.ppf(0.8)) * math.sqrt(2 * 0.25 / 40_000)
    assert found == pytest.approx(textbook, rel=0.01)


def test_six_seeds_must_all_agree():
    # All of six differences are positive with chance 0.8 where each is with chance 0.8^(1/6).
    expected = stats.norm.ppf(0.8 ** (1 / 6)) * math.sqrt(2 * (0.01 + 0.25 / 60))
    assert smallest_detectable_difference(60, 6, seed_sd=0.1) == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(
    ("prompts", "seeds", "sd"), [(50, 6, 0.0), (50, 6, 0.1), (60, 8, 0.1), (200, 10, 0.1), (100, 14, 0.05)]
)
def test_a_difference_of_that_size_is_found_about_as_often_as_stated(prompts, seeds, sd):
    random = np.random.default_rng(0)
    gap = smallest_detectable_difference(prompts, seeds, seed_sd=sd)
    hits = 0
    for _ in range(600):
        arms = []
        for rate in (0.5 - gap / 2, 0.5 + gap / 2):
            own = np.clip(rate + sd * random.normal(size=seeds), 0, 1)
            arms.append(random.binomial(prompts, own) / prompts)
        hits += sign_flip_p(arms[1] - arms[0]) <= 0.05
    assert 0.75 <= hits / 600 <= 0.87


def test_simulated_power_goes_over_into_that_of_the_t_test():
    def nearly(seeds):
        return smallest_detectable_difference(100, seeds, seed_sd=0.1) * math.sqrt(seeds)

    assert nearly(12) == pytest.approx(nearly(13), rel=0.03)


@given(st.integers(1, 300), st.integers(5, 30), st.floats(0.0, 0.4))
def test_more_seeds_or_prompts_never_hide_a_difference(prompts, seeds, sd):
    def smallest(n, k):
        found = smallest_detectable_difference(n, k, seed_sd=sd)
        return math.inf if found is None else found

    assert smallest(prompts, seeds + 1) <= smallest(prompts, seeds)
    assert smallest(prompts + 1, seeds) <= smallest(prompts, seeds)


@pytest.mark.parametrize(("seeds", "alpha"), [(1, 0.05), (5, 0.05), (6, 0.01), (1, 0.99)])
def test_seeds_that_cannot_be_significant_show_no_difference_at_all(seeds, alpha):
    assert smallest_detectable_difference(1000, seeds, alpha=alpha) is None


def test_a_difference_above_one_is_none():
    found = design_power(1, 6)
    assert found.detectable is None
    assert "no difference of two rates is large enough" in " ".join(found.statements)


@pytest.mark.parametrize("seeds", [6, 20])
def test_a_chance_below_the_level_takes_no_difference(seeds):
    assert smallest_detectable_difference(50, seeds, power=0.001) == 0.0
    assert smallest_detectable_difference(50, seeds, power=0.99) > 0.1


@pytest.mark.parametrize(("n", "share"), [(2, None), (3, 1.0), (24, 17 / 24)])
def test_the_smallest_confident_share_is_where_the_bound_passes_one_half(n, share):
    assert smallest_confident_share(n, 0.5) == share
    if share is not None:
        assert wilson(round(share * n), n, sided="lower").low >= 0.5
        assert wilson(round(share * n) - 1, n, sided="lower").low < 0.5


def test_two_prompts_cannot_show_a_break():
    found = design_power(2, 3)
    assert found.confident_share is None
    assert "no checkpoint can show" in " ".join(found.statements)


@pytest.mark.parametrize(
    ("prompts", "seeds", "options"),
    [(0, 3, {}), (50, 0, {}), (50, 3, {"rate": 1.5}), (50, 3, {"seed_sd": -0.1}), (50, 3, {"alpha": 0.0})],
)
def test_a_design_that_is_none_is_refused(prompts, seeds, options):
    with pytest.raises(SampleError):
        design_power(prompts, seeds, **options)
