from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.stats import SampleError, composition, rate_over_seeds

OUTCOMES = ("complied", "answered", "deflected", "refused", "incoherent", "unscored")
SEEDS = st.integers(1, 12).flatmap(
    lambda rows: st.lists(st.lists(st.sampled_from(OUTCOMES), min_size=rows, max_size=rows), min_size=1)
)


def test_independent_answers_of_one_seed_have_goodmans_intervals_widened_to_exact_ones():
    from statsmodels.stats.proportion import multinomial_proportions_confint, proportion_confint

    counts = np.array([50, 30, 12, 8, 0])
    words = [name for name, count in zip("abcde", counts, strict=True) for _ in range(count)]
    found = composition([words], range(100), "abcde").shares.values()
    goodman = multinomial_proportions_confint(counts, alpha=0.05, method="goodman")
    lows, highs = proportion_confint(counts, 100, alpha=0.01, method="beta")
    assert [each.low for each in found] == pytest.approx(np.minimum(goodman[:, 0], lows), abs=1e-9)
    assert [each.high for each in found] == pytest.approx(np.maximum(goodman[:, 1], highs), abs=1e-9)


@given(SEEDS)
def test_shares_add_up_to_one_and_lie_within_their_intervals(seeds):
    found = composition(seeds, range(len(seeds[0])), OUTCOMES)
    assert sum(each.value for each in found.shares.values()) == pytest.approx(1.0)
    assert found.n == len(seeds) * len(seeds[0])
    for each in found.shares.values():
        assert 0 <= each.low <= each.value <= each.high <= 1


@given(SEEDS)
def test_a_joint_interval_is_never_narrower_than_that_of_one_share(seeds):
    groups = range(len(seeds[0]))
    found = composition(seeds, groups, OUTCOMES).shares["refused"]
    alone = rate_over_seeds([[float(word == "refused") for word in seed] for seed in seeds], groups).interval
    assert found.low <= alone.low + 1e-12
    assert found.high >= alone.high - 1e-12


def test_all_intervals_hold_together_as_often_as_they_say():
    rng = np.random.default_rng(0)
    # Goodman's intervals alone hold in 83 % of such samples.
    truth = dict(zip(OUTCOMES, [0.97, 0.01, 0.01, 0.005, 0.003, 0.002], strict=True))
    hits = 0
    for _ in range(300):
        words = rng.choice(OUTCOMES, 50, p=list(truth.values())).tolist()
        found = composition([words], range(50), OUTCOMES).shares
        hits += all(found[name].low <= share <= found[name].high for name, share in truth.items())
    assert hits / 300 >= 0.95


def test_without_answers_nothing_is_known():
    found = composition([[]], [], OUTCOMES)
    assert all((each.value, each.low, each.high) == (None, 0.0, 1.0) for each in found.shares.values())


def test_unknown_and_repeated_categories_are_refused():
    with pytest.raises(SampleError, match="unknown category 'harmless'"):
        composition([["harmless"]], [0], OUTCOMES)
    with pytest.raises(SampleError, match="distinct"):
        composition([["a"]], [0], ["a", "a"])
