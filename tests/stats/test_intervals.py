from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from holdfast.stats import SampleError, clopper_pearson, wilson

COUNTS = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
LEVELS = st.floats(0.5, 0.999)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_agrees_with_the_published_table_of_newcombe_1998(successes, n, low, high):
    found = wilson(successes, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_clopper_pearson_agrees_with_the_published_table_of_newcombe_1998(successes, n, low, high):
    found = clopper_pearson(successes, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("name", "estimator"), [("wilson", wilson), ("clopper_pearson", clopper_pearson)])
def test_the_ends_solve_their_defining_equation(reference, name, estimator):
    for successes, n, level, low, high in reference[name]:
        found = estimator(successes, n, confidence=level)
        assert (found.low, found.high) == pytest.approx((low, high), abs=1e-9), (successes, n, level)


@given(COUNTS, LEVELS)
def test_both_agree_with_scipy(counts, level):
    successes, n = counts
    test = stats.binomtest(successes, n)
    for estimator, method in ((wilson, "wilson"), (clopper_pearson, "exact")):
        theirs = test.proportion_ci(level, method=method)
        ours = estimator(successes, n, confidence=level)
        assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


@given(COUNTS, LEVELS)
def test_an_interval_holds_its_value_and_grows_with_confidence(counts, level):
    successes, n = counts
    for estimator in (wilson, clopper_pearson):
        narrow, wide = (
            estimator(successes, n, confidence=level / 2),
            estimator(successes, n, confidence=level),
        )
        assert 0 <= wide.low <= narrow.low <= successes / n <= narrow.high <= wide.high <= 1


@given(COUNTS, LEVELS)
def test_the_interval_of_failures_mirrors_that_of_successes(counts, level):
    successes, n = counts
    for estimator in (wilson, clopper_pearson):
        one, other = estimator(successes, n, confidence=level), estimator(n - successes, n, confidence=level)
        assert (one.low, one.high) == pytest.approx((1 - other.high, 1 - other.low), abs=1e-9)


@given(COUNTS, st.floats(0.6, 0.99))
def test_a_one_sided_bound_is_an_end_of_the_two_sided_interval_at_twice_the_error(counts, level):
    successes, n = counts
    for estimator in (wilson, clopper_pearson):
        two = estimator(successes, n, confidence=2 * level - 1)
        lower = estimator(successes, n, confidence=level, sided="lower")
        upper = estimator(successes, n, confidence=level, sided="upper")
        assert (lower.low, lower.high) == pytest.approx((two.low, 1.0))
        assert (upper.low, upper.high) == pytest.approx((0.0, two.high))


def test_no_answers_leave_everything_open():
    for estimator in (wilson, clopper_pearson):
        found = estimator(0, 0)
        assert (found.value, found.low, found.high) == (None, 0.0, 1.0)
        assert "no answers" in found.method


@pytest.mark.parametrize(
    ("successes", "n"), [(3, 2), (-1, 5), (float("nan"), 5), (1, float("nan")), (1, float("inf"))]
)
def test_counts_that_are_no_proportion_are_refused(successes, n):
    for estimator in (wilson, clopper_pearson):
        with pytest.raises(SampleError, match="no proportion"):
            estimator(successes, n)


@pytest.mark.parametrize("level", [0.0, 1.0, 95.0, float("nan")])
def test_a_confidence_that_is_none_is_refused(level):
    with pytest.raises(SampleError, match="confidence"):
        wilson(1, 2, confidence=level)


def test_an_unknown_side_is_refused():
    with pytest.raises(SampleError, match="sided='both'"):
        wilson(1, 2, sided="both")
