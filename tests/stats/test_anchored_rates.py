from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from holdfast.stats import (
    SampleError,
    Trail,
    anchored_difference,
    anchored_rate,
    first_passage,
    paired_difference,
    rate_over_seeds,
)
from holdfast.stats.anchored import passages

STEPS = np.array([0.0, 1, 2, 4, 8, 16, 32])
CURVES = st.lists(st.sampled_from([i / 20 for i in range(21)]), min_size=1, max_size=9)


def trails(random, seeds, rows, *, spread=1.0, slope=1.2):
    """Seeds that are asked the same selection prompts, and whose harm rises by `slope` a doubling."""
    prompts = spread * random.standard_normal(rows)
    found = []
    for _ in range(seeds):
        logits = -2 + 0.9 * np.log2(1 + STEPS)[:, None] + prompts
        selection = (random.random(logits.shape) < expit(logits)).astype(float)
        found.append(Trail(STEPS, selection, expit(-4 + slope * np.log2(1 + STEPS))))
    return found


def held_out(random, seeds, rate=0.4, rows=60):
    return list((random.random((seeds, rows)) < rate).astype(float))


@given(CURVES, st.sampled_from([0.05, 0.3, 0.5, 0.75, 1.0]))
def test_many_passages_at_once_are_each_the_first_passage(scores, target):
    one = first_passage(range(len(scores)), scores, target).index_right
    assert passages(np.array([scores]), target)[0] == (-1 if one is None else one)


@pytest.mark.parametrize("seeds", [1, 3, 8])
def test_the_choice_of_the_anchor_widens_the_interval_and_says_by_how_much(seeds):
    random = np.random.default_rng(1)
    rate = rate_over_seeds(held_out(random, seeds), range(60))
    found = anchored_rate(rate, trails(random, seeds, 40), range(40), 0.6)
    assert found.interval.value == rate.interval.value
    assert found.interval.low < rate.interval.low
    assert found.interval.high > rate.interval.high
    assert found.per_seed == rate.per_seed
    assert "anchor's choice adds an sd of 0." in found.interval.method


def test_a_rate_that_does_not_change_between_steps_needs_no_wider_interval():
    random = np.random.default_rng(2)
    rate = rate_over_seeds(held_out(random, 8), range(60))
    flat = [Trail(t.steps, t.selection, np.full(7, 0.4)) for t in trails(random, 8, 40)]
    found = anchored_rate(rate, flat, range(40), 0.6)
    assert (found.interval.low, found.interval.high) == pytest.approx((rate.interval.low, rate.interval.high))


def test_more_selection_prompts_leave_less_to_luck():
    random = np.random.default_rng(3)
    rate = rate_over_seeds(held_out(random, 8), range(60))
    few, many = (
        anchored_rate(rate, trails(random, 8, rows), range(rows), 0.6).interval.width for rows in (20, 2000)
    )
    assert many < few


def test_rows_of_one_group_are_drawn_together():
    random = np.random.default_rng(4)
    rate = rate_over_seeds(held_out(random, 8), range(60))
    single = trails(random, 8, 20)
    copied = [Trail(t.steps, np.repeat(t.selection, 5, axis=1), t.rates) for t in single]
    once = anchored_rate(rate, single, range(20), 0.6).interval
    often = anchored_rate(rate, copied, [row // 5 for row in range(100)], 0.6).interval
    assert (often.low, often.high) == pytest.approx((once.low, once.high))


def test_a_rate_that_was_not_measured_at_a_step_is_read_between_its_neighbours():
    random = np.random.default_rng(5)
    rate = rate_over_seeds(held_out(random, 6), range(60))
    whole = [Trail(t.steps, t.selection, np.log1p(STEPS) / math.log(33)) for t in trails(random, 6, 40)]
    holed = [Trail(t.steps, t.selection, np.where(STEPS == 4, math.nan, t.rates)) for t in whole]
    one, two = (anchored_rate(rate, each, range(40), 0.6).interval for each in (whole, holed))
    assert (one.low, one.high) == pytest.approx((two.low, two.high))


def test_what_moves_both_arms_alike_cancels_in_their_difference():
    random = np.random.default_rng(6)
    first, second = held_out(random, 8), held_out(random, 8, 0.6)
    plain = paired_difference(first, second, range(60), [str(row) for row in range(60)])
    one = trails(random, 8, 40)
    other = [Trail(t.steps, t.selection, t.rates / 4) for t in one]
    alike = anchored_difference(plain, one, one, range(40), 0.6)
    apart = anchored_difference(plain, one, other, range(40), 0.6)
    assert alike.interval.width == pytest.approx(plain.interval.width)
    assert apart.interval.width > plain.interval.width
    assert (apart.p, apart.per_seed) == (plain.p, plain.per_seed)


FINE = np.arange(25.0)
"""Steps so close that what a search finds depends on its prompts more than on its schedule."""


def selection_answers(random, audits, seeds=8, rows=40):
    """Answers of many audits on the selection split, shape (audits, seeds, steps, rows)."""
    prompts = 2 * random.standard_normal((audits, 1, 1, rows))
    logits = -2 + 0.9 * np.log2(1 + FINE)[:, None] + prompts
    return (random.random((audits, seeds, FINE.size, rows)) < expit(logits)).astype(float)


def test_with_the_choice_the_interval_covers_and_without_it_does_not():
    random = np.random.default_rng(7)
    rates = expit(-5 + 1.8 * np.log2(1 + FINE))
    many = selection_answers(random, 1000).mean(axis=-1).reshape(-1, FINE.size)
    truth = rates[passages(many, 0.6)].mean()
    plain, included = 0, 0
    for selection in selection_answers(random, 150):
        anchors = passages(selection.mean(axis=-1), 0.6)
        harm = (random.random((8, FINE.size, 100)) < rates[:, None]).astype(float)
        rate = rate_over_seeds([harm[seed, anchor] for seed, anchor in enumerate(anchors)], range(100))
        found = [Trail(FINE, *each) for each in zip(selection, harm.mean(axis=-1), strict=True)]
        widened = anchored_rate(rate, found, range(40), 0.6).interval
        plain += rate.interval.low <= truth <= rate.interval.high
        included += widened.low <= truth <= widened.high
    assert plain / 150 < 0.8
    assert included / 150 >= 0.9


def test_trails_that_do_not_fit_are_refused():
    random = np.random.default_rng(8)
    rate = rate_over_seeds(held_out(random, 3), range(60))
    good = trails(random, 3, 40)
    with pytest.raises(SampleError, match="2 trails for 3 seeds"):
        anchored_rate(rate, good[:2], range(40), 0.6)
    with pytest.raises(SampleError, match="30 group labels"):
        anchored_rate(rate, good, range(30), 0.6)
    with pytest.raises(SampleError, match="cannot choose an anchor"):
        anchored_rate(rate, good, [], 0.6)
    with pytest.raises(SampleError, match="one group of selection rows"):
        anchored_rate(rate, good, [0] * 40, 0.6)
    unmeasured = [Trail(t.steps, t.selection, np.full(7, math.nan)) for t in good]
    with pytest.raises(SampleError, match="no rate at any of the steps"):
        anchored_rate(rate, unmeasured, range(40), 0.6)
    plain = paired_difference(held_out(random, 3), held_out(random, 3), range(60), list(map(str, range(60))))
    with pytest.raises(SampleError, match="3 and 2 trails for 3 seeds"):
        anchored_difference(plain, good, good[:2], range(40), 0.6)
