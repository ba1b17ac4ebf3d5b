from __future__ import annotations

import numpy as np
import pytest

from holdfast.stats import SampleError, Try, best_of, rate_over_seeds


def answers(random, rate, seeds=3, rows=50):
    return list((random.random((seeds, rows)) < rate).astype(float))


def tries_of(random, rates, **options):
    return [Try(f"try-{i}", answers(random, rate), range(50), **options) for i, rate in enumerate(rates)]


def fresh(random, rate):
    return answers(random, rate), [f"held-out-{row}" for row in range(50)]


def test_both_figures_stand_side_by_side():
    random = np.random.default_rng(0)
    tries = tries_of(random, [0.2, 0.8, 0.5])
    again, groups = fresh(random, 0.7)
    found = best_of(tries, again, groups)
    assert found.best == "try-1"
    assert found.selected.interval.value == pytest.approx(np.mean(tries[1].values))
    assert found.estimated == rate_over_seeds(again, groups)
    assert found.optimism.value == pytest.approx(np.mean(tries[1].values) - np.mean(again))
    assert found.optimism.low < found.optimism.value < found.optimism.high


def test_the_selected_figure_is_wider_for_more_tries():
    random = np.random.default_rng(1)
    tries = tries_of(random, [0.5] * 20)
    few = best_of(tries[:1]).selected.interval
    same = next(each for each in tries if each.name == best_of(tries).best)
    many = best_of(tries).selected.interval
    assert few == rate_over_seeds(tries[0].values, range(50)).interval
    assert many.width > rate_over_seeds(same.values, range(50)).interval.width


def test_failed_and_infeasible_tries_are_counted_and_never_chosen():
    random = np.random.default_rng(2)
    tries = [
        *tries_of(random, [0.3]),
        Try("crashed", []),
        Try("silent", [[np.nan] * 50], range(50)),
        Try("gibberish", [np.ones(50)], range(50), feasible=False),
    ]
    found = best_of(tries)
    assert (found.best, found.tries, found.failed, found.infeasible) == ("try-0", 4, 2, 1)
    assert (found.estimated, found.optimism) == (None, None)
    assert "not run again" in found.method


def test_nothing_feasible_is_no_result_rather_than_zero():
    found = best_of([Try("crashed", []), Try("useless", [np.ones(4)], range(4), feasible=False)])
    assert (found.best, found.selected, found.estimated, found.optimism) == (None, None, None, None)
    assert (found.failed, found.infeasible) == (1, 1)


def test_missing_verdicts_do_not_win():
    found = best_of([Try("holed", [[1.0, np.nan, np.nan]], "abc"), Try("whole", [[1.0, 1.0, 0.0]], "abc")])
    assert found.best == "whole"


def test_a_second_run_that_gave_nothing_has_no_optimism():
    found = best_of(tries_of(np.random.default_rng(3), [0.3]), [[]], [])
    assert found.estimated.interval.value is None
    assert (found.optimism.value, found.optimism.low, found.optimism.high) == (None, -1.0, 1.0)


def test_the_second_run_is_unbiased_and_the_first_is_not():
    random = np.random.default_rng(4)
    optimism, covered, simultaneous = [], 0, 0
    for _ in range(200):
        found = best_of(tries_of(random, [0.5] * 12), *fresh(random, 0.5))
        optimism.append(found.optimism.value)
        covered += found.estimated.interval.low <= 0.5 <= found.estimated.interval.high
        simultaneous += found.selected.interval.low <= 0.5 <= found.selected.interval.high
    assert np.mean(optimism) > 0.04
    assert covered / 200 >= 0.93
    assert simultaneous / 200 >= 0.93


def test_what_cannot_be_a_second_run_is_refused():
    random = np.random.default_rng(5)
    tries = tries_of(random, [0.4])
    with pytest.raises(SampleError, match="took part in the choice"):
        best_of(tries, answers(random, 0.4), range(50))
    with pytest.raises(SampleError, match="none can have been run again"):
        best_of([Try("crashed", [])], answers(random, 0.4), range(50))
    with pytest.raises(SampleError, match="names of their own"):
        best_of([*tries, *tries])
    with pytest.raises(SampleError, match="names of their own"):
        best_of([])
