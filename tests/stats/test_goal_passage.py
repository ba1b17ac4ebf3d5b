from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.stats import (
    EventStatus,
    Relative,
    SampleError,
    event_estimate,
    event_summary,
    first_passage,
    matched,
    next_probe,
    resolve_target,
)

SCORES = st.lists(st.sampled_from([i / 20 for i in range(21)]), min_size=1, max_size=12)
TARGETS = st.floats(0.05, 1.0)


def test_the_anchor_is_the_first_step_that_reaches_the_target():
    found = first_passage([0, 1, 2, 4, 8], [0.1, 0.2, 0.5, 0.85, 0.95], 0.8)
    assert (found.reached, found.left, found.right) == (True, 2, 4)
    assert (found.index_left, found.index_right) == (2, 3)


def test_one_lucky_score_is_not_the_passage():
    steps, scores = [0, 1, 2, 4, 8, 16], [0.1, 0.82, 0.3, 0.4, 0.9, 0.95]
    assert first_passage(steps, scores, 0.8).right == 8


def test_weights_decide_how_much_a_lucky_score_counts():
    steps, scores = [0, 1, 2, 4], [0.1, 0.9, 0.7, 0.95]
    assert first_passage(steps, scores, 0.8).right == 1
    assert first_passage(steps, scores, 0.8, weights=[10, 1, 99, 10]).right == 4


def test_a_collapse_after_the_peak_does_not_undo_the_goal():
    found = first_passage([0, 4, 8, 16, 32], [0.0, 0.5, 0.85, 0.2, 0.0], 0.8)
    assert (found.left, found.right) == (4, 8)
    assert len(found.fitted) == 3


def test_a_goal_never_reached_is_censored_at_the_budget():
    found = first_passage([0, 8, 16], [0.1, 0.7, 0.3], 0.8)
    assert (found.reached, found.left, found.right, found.index_right) == (False, 16, math.inf, None)
    assert (found.event.status, found.event.left) == (EventStatus.CENSORED, 16)


def test_a_goal_reached_at_the_start_has_no_left_end():
    found = first_passage([0, 8], [0.9, 0.95], 0.8)
    assert (found.reached, found.left, found.right, found.index_left) == (True, -math.inf, 0, None)
    assert next_probe(found, [0, 8], [0.9, 0.95], 0.8) is None


@pytest.mark.parametrize(("score", "reached"), [(0.8, True), (0.79, False)])
def test_a_single_point_says_all_there_is(score, reached):
    assert first_passage([0], [score], 0.8).reached is reached


def test_ties_take_the_first_step():
    assert first_passage([1, 2, 4], [0.8, 0.8, 0.8], 0.8).right == 1


def test_the_fit_is_the_isotonic_regression(reference):
    for case in reference["isotonic"]:
        found = first_passage(range(len(case["scores"])), case["scores"], 1.0, weights=case["weights"])
        assert found.fitted == pytest.approx(case["fitted"], abs=1e-9)


@given(SCORES, TARGETS)
def test_a_goal_is_reached_if_and_only_if_some_score_reaches_it(scores, target):
    found = first_passage(range(len(scores)), scores, target)
    assert found.reached is (max(scores) >= target)


@given(SCORES, TARGETS)
def test_the_fit_crosses_the_target_within_the_bracket(scores, target):
    found = first_passage(range(len(scores)), scores, target)
    assert list(found.fitted) == sorted(found.fitted)
    if found.index_right is not None:
        assert found.fitted[found.index_right] >= target
    if found.index_left is not None and found.reached:
        assert found.fitted[found.index_left] < target
        assert found.index_left == found.index_right - 1


@given(SCORES, st.floats(0.05, 0.9), st.floats(0.0, 0.1))
def test_a_higher_target_is_never_reached_earlier(scores, target, more):
    low, high = (first_passage(range(len(scores)), scores, each) for each in (target, target + more))
    assert low.right <= high.right


@given(
    st.lists(st.integers(0, 400), min_size=2, max_size=6, unique=True).map(sorted),
    st.floats(0.1, 0.95),
    st.integers(0, 1_000_000),
    st.sampled_from([0.0, 0.03]),
)
def test_refinement_ends_and_every_probe_lies_within_a_shrinking_bracket(steps, target, noise, tolerance):
    def score(step):  # any answer at all, not even a monotone one
        return (hash((step, noise)) % 101) / 100

    measured = {step: score(step) for step in steps}
    found = first_passage(*zip(*sorted(measured.items()), strict=True), target)
    width = found.right - found.left
    limit = math.log(max(steps) + 2) / math.log(4 / 3) + 12
    probes = 0
    while True:
        curve = sorted(measured.items())
        found = first_passage(*zip(*curve, strict=True), target)
        probe = next_probe(found, *zip(*curve, strict=True), target, tolerance=tolerance)
        if probe is None:
            break
        assert found.left < probe < found.right
        assert found.right - found.left <= width
        width = found.right - found.left
        measured[probe] = score(probe)
        probes += 1
        assert probes <= limit
    done = not found.reached or found.index_left is None or found.right - found.left == 1
    assert done or measured[found.right] - target <= tolerance


def test_a_smooth_curve_takes_few_probes():
    def score(step):
        return 1 - math.exp(-step / 90)

    measured = {step: score(step) for step in (0, 25, 50, 100, 200, 400)}
    probes = 0
    while True:
        steps, scores = zip(*sorted(measured.items()), strict=True)
        found = first_passage(steps, scores, 0.8)
        probe = next_probe(found, steps, scores, 0.8)
        if probe is None:
            break
        measured[probe] = score(probe)
        probes += 1
    assert 0.8 <= measured[found.right] <= 0.83
    assert probes <= 3


def test_refinement_stops_within_tolerance_at_one_step_or_out_of_probes():
    steps, close = [0, 8], [0.0, 0.82]
    assert next_probe(first_passage(steps, close, 0.8), steps, close, 0.8) is None
    far = [0.0, 1.0]
    assert next_probe(first_passage([7, 8], far, 0.8), [7, 8], far, 0.8) is None
    wide = first_passage(steps, far, 0.8)
    assert next_probe(wide, steps, far, 0.8, probes_left=0) is None
    assert next_probe(wide, steps, far, 0.8, probes_left=1) == 6


def test_a_passage_of_other_points_is_refused():
    found = first_passage([0, 8], [0.0, 1.0], 0.8)
    with pytest.raises(SampleError, match="not among the steps"):
        next_probe(found, [0, 4], [0.0, 1.0], 0.8)


@pytest.mark.parametrize(
    ("steps", "scores", "target", "message"),
    [
        ([], [], 0.8, "at least one step"),
        ([0, 0], [0.1, 0.2], 0.8, "increasing"),
        ([4, 2], [0.1, 0.2], 0.8, "increasing"),
        ([-1, 2], [0.1, 0.2], 0.8, "not negative"),
        ([0, math.inf], [0.1, 0.2], 0.8, "finite"),
        ([0, 1], [0.1], 0.8, "1 scores for 2 steps"),
        ([0, 1], [0.1, math.nan], 0.8, "NaN"),
        ([0, 1], [0.1, 0.2], 1.8, "target 1.8"),
        ([0, 1], [0.1, 0.2], math.nan, "target nan"),
    ],
)
def test_a_curve_that_is_none_is_refused(steps, scores, target, message):
    with pytest.raises(SampleError, match=message):
        first_passage(steps, scores, target)


@pytest.mark.parametrize("weights", [[1], [1, 0], [1, -1], [1, math.nan]])
def test_weights_that_are_none_are_refused(weights):
    with pytest.raises(SampleError, match="weights"):
        first_passage([0, 1], [0.1, 0.2], 0.5, weights=weights)


def test_seeds_that_did_not_get_there_are_never_averaged_over():
    steps = [0, 50, 100, 200]
    curves = [[0.1, 0.5, 0.9, 0.9], [0.1, 0.2, 0.5, 0.85], [0.1, 0.2, 0.3, 0.4]]
    found = event_summary([first_passage(steps, scores, 0.8).event for scores in curves])
    assert found.tally == "2 of 3 seeds"
    assert (found.span.low, found.span.high) == (50, math.inf)
    assert (found.median.low, found.median.high) == (100, 200)
    few = event_summary(
        [first_passage(steps, scores, 0.8).event for scores in [curves[0], curves[2], curves[2]]]
    )
    assert few.median.high == math.inf
    assert event_estimate(few).method.startswith("upper end of the earliest; seen in 1 of 3 seeds")


@pytest.mark.parametrize(
    ("a", "b", "same"), [(0.80, 0.85, True), (0.80, 0.86, False), (0.8, math.nan, False)]
)
def test_capabilities_further_apart_than_the_limit_are_not_matched(a, b, same):
    assert matched(a, b) is same


def test_a_target_may_be_a_score_or_a_share_of_one():
    assert resolve_target(Relative.NOTHING, 0.7) == 0.7
    assert resolve_target(Relative.BASE, 1.2, base=0.5) == pytest.approx(0.6)
    assert resolve_target(Relative.BEST, 0.9, base=0.1, best=0.8) == pytest.approx(0.72)
    assert resolve_target(Relative.BEST, 1.0, best=1.0) == 1.0


@pytest.mark.parametrize("unknown", [None, math.nan, 0.0])
def test_a_share_of_an_unknown_score_is_no_target(unknown):
    assert resolve_target(Relative.BASE, 0.9, base=unknown, best=0.8) is None
    assert resolve_target(Relative.BEST, 0.9, base=0.8, best=unknown) is None


@pytest.mark.parametrize(
    ("relative_to", "value", "reference", "message"),
    [
        (Relative.NOTHING, 1.2, None, r"lies outside \[0, 1\]"),
        (Relative.BASE, 0.0, 0.5, "must be positive"),
        (Relative.BASE, math.inf, 0.5, "must be positive"),
        (Relative.BASE, 0.9, 1.5, "the base score 1.5 lies outside"),
        (Relative.BEST, 1.5, 0.8, "is 1.200, beyond any score"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(relative_to, value, reference, message):
    with pytest.raises(SampleError, match=message):
        resolve_target(relative_to, value, base=reference, best=reference)
