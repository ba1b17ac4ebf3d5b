from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from holdfast.stats import RankedCell, SampleError, kendall_tau, kendall_w, rank_concordance

SCORES = st.integers(2, 6).flatmap(
    lambda arms: st.lists(st.lists(st.integers(0, 4), min_size=arms, max_size=arms), min_size=2, max_size=5)
)


def constant(scores, rows=4):
    """Return a cell whose arms score the same in every seed and row."""
    return RankedCell([np.full((1, rows), score / 4) for score in scores], range(rows))


def drawn(rng, shares, groups, seeds=8):
    arms = [(rng.random((seeds, len(groups))) < share).astype(float) for share in shares]
    return RankedCell(arms, groups)


@given(SCORES)
def test_w_is_friedmans_statistic_rescaled(scores):
    found = kendall_w([constant(each) for each in scores]).value
    m, n = np.shape(scores)
    if found is None:
        assert all(len(set(each)) == 1 for each in scores)
    elif n > 2:
        chi_square = stats.friedmanchisquare(*np.array(scores).T).statistic
        assert found == pytest.approx(chi_square / (m * (n - 1)), abs=1e-9)


@given(SCORES)
def test_tau_is_scipys_and_none_where_that_is_nan(scores):
    found = kendall_tau(constant(scores[0]), constant(scores[1])).value
    expected = stats.kendalltau(scores[0], scores[1]).statistic
    assert found == pytest.approx(expected, abs=1e-12) if found is not None else np.isnan(expected)


def test_well_separated_arms_are_ranked_alike_for_sure_and_noise_is_not():
    rng = np.random.default_rng(0)
    groups = [f"g{i // 2}" for i in range(60)]
    clear = kendall_w([drawn(rng, [0.05, 0.5, 0.95], groups) for _ in range(3)])
    noise = kendall_w([drawn(rng, [0.5, 0.5, 0.5], groups) for _ in range(3)])
    assert (clear.value, clear.low, clear.high) == (1.0, None, None)
    assert "no interval: too few resamples" in clear.method
    assert noise.high - noise.low > 0.4


def test_reversed_rankings_have_tau_minus_one():
    rng = np.random.default_rng(1)
    up, down = (drawn(rng, shares, range(80)) for shares in ([0.1, 0.5, 0.9], [0.9, 0.5, 0.1]))
    found = kendall_tau(up, down)
    assert found.value == -1.0
    assert found.low in (None, -1.0)


def test_all_pairs_come_from_the_resamples_of_the_whole():
    rng = np.random.default_rng(2)
    cells = [drawn(rng, [0.2, 0.4, 0.6], range(30)) for _ in range(3)]
    found = rank_concordance(cells)
    assert found.w == kendall_w(cells)
    assert [(each.first, each.second) for each in found.taus] == [(0, 1), (0, 2), (1, 2)]
    assert found.taus[1].tau.value == kendall_tau(cells[0], cells[2]).value


def test_intervals_are_the_same_every_time_and_hold_the_value():
    rng = np.random.default_rng(4)
    cells = [drawn(rng, [0.3, 0.4, 0.5, 0.6], range(25), seeds=6) for _ in range(4)]
    found = kendall_w(cells)
    assert found == kendall_w(cells)
    assert 0 <= found.low <= found.value <= found.high <= 1


def test_few_seeds_are_taken_as_they_are_and_named():
    rng = np.random.default_rng(5)
    few = [drawn(rng, [0.2, 0.8], range(30), seeds=5) for _ in range(2)]
    many = [drawn(rng, [0.2, 0.8], range(30), seeds=6) for _ in range(2)]
    assert "seeds but of 2 arms with fewer than 6" in kendall_w(few).method
    assert "left out" in kendall_w(few).method
    assert "prompt groups and seeds" in kendall_w(many).method


def one_deviates(arms, rows=20, at=7):
    """Return a cell of one seed whose last arm is ahead of arms that are otherwise alike by one answer."""
    last = np.zeros((1, rows))
    last[0, at] = 1.0
    return RankedCell([*[np.zeros((1, rows))] * (arms - 1), last], range(rows))


@pytest.mark.parametrize("arms", [2, 3, 5])
def test_one_answer_that_differs_makes_no_interval(arms):
    for found in (
        kendall_w([one_deviates(arms), one_deviates(arms)]),
        kendall_w([one_deviates(arms), one_deviates(arms, at=3)]),
        kendall_tau(one_deviates(arms), one_deviates(arms)),
    ):
        assert (found.value, found.low, found.high) == (1.0, None, None)
        assert "no interval" in found.method


def test_an_order_that_hangs_on_one_answer_has_a_wide_interval():
    # One arm is far behind in both cells; the other two are told apart by one answer.
    ahead, level = np.ones((1, 20)), np.ones((1, 20))
    level[0, 4] = 0.0
    cell = RankedCell([np.zeros((1, 20)), level, ahead], range(20))
    opposed = RankedCell([np.zeros((1, 20)), ahead, level], range(20))
    found = kendall_tau(cell, opposed)
    assert found.value == pytest.approx(1 / 3)
    assert found.high == 1.0


@settings(max_examples=25)
@given(
    st.integers(2, 4),
    st.sampled_from([1, 3, 6]),
    st.integers(1, 30),
    st.sampled_from([0.0, 0.02, 0.3]),
    st.integers(0, 1000),
)
def test_an_interval_is_never_a_point(arms, seeds, rows, share, seed):
    random = np.random.default_rng(seed)
    shares = [share + 0.2 * arm * (share > 0.1) for arm in range(arms)]
    found = rank_concordance([drawn(random, shares, range(rows), seeds) for _ in range(2)])
    for each in (found.w, found.taus[0].tau):
        assert (each.low is None) == (each.high is None)
        if each.low is None:
            assert "no interval" in each.method or "not defined" in each.method
        else:
            assert each.low <= each.value <= each.high
            assert each.low < each.high


def test_a_cell_whose_prompts_were_not_drawn_does_not_count_in_that_resample():
    random = np.random.default_rng(3)
    wide, narrow = (drawn(random, [0.3, 0.5], groups) for groups in (range(30), [30]))
    found = kendall_w([wide, narrow])
    assert found.low is None


def test_a_seed_that_differs_widens_the_interval_once_seeds_are_resampled():
    # The second arm is ahead by one odd seed only: without it, the first is.
    steady = np.full((6, 20), 0.5)
    odd = np.vstack([np.full((5, 20), 0.45), np.full((1, 20), 0.8)])
    fixed = RankedCell([[[0.4] * 20], [[0.6] * 20]], range(20))
    with_seeds = RankedCell([steady, odd], range(20))
    found = kendall_tau(with_seeds, RankedCell([steady - 0.1, steady + 0.1], range(20)))
    assert (found.value, found.low) == (1.0, -1.0)
    averaged = RankedCell([steady.mean(axis=0, keepdims=True), odd.mean(axis=0, keepdims=True)], range(20))
    assert (kendall_tau(averaged, fixed).value, kendall_tau(averaged, fixed).low) == (1.0, None)


@pytest.mark.parametrize("cells", [[], [constant([1, 2])], [constant([1]), constant([2])]], ids=len)
def test_fewer_than_two_cells_or_arms_have_no_concordance(cells):
    found = kendall_w(cells)
    assert (found.value, found.low) == (None, None)
    assert rank_concordance(cells).w == found


def test_arms_that_do_not_match_and_values_that_are_missing_are_refused():
    with pytest.raises(SampleError, match="differ in their arms"):
        kendall_tau(constant([1, 2]), constant([1, 2, 3]))
    with pytest.raises(SampleError, match="NaN"):
        kendall_w([RankedCell([[[np.nan, 1.0]], [[0.0, 1.0]]], "ab")] * 2)
    with pytest.raises(SampleError, match=r"shape \(2,\)"):
        kendall_w([RankedCell([[0.0, 1.0], [0.0, 1.0]], "ab")] * 2)
