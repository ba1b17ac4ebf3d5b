import itertools
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import TrialError
from holdfast.engine import DataOrder, TrainSettings


@settings(deadline=None)
@given(st.integers(1, 40), st.data(), st.integers(0, 2**40))
def test_every_row_comes_once_an_epoch(rows, data, seed):
    batch = data.draw(st.integers(1, rows))
    order = DataOrder(rows, batch, seed)
    stream = [row for step in range(3 * rows) for row in order.batch(step)]
    for epoch in range(len(stream) // rows):
        assert Counter(stream[epoch * rows : (epoch + 1) * rows]) == Counter(range(rows))


@settings(deadline=None)
@given(st.integers(1, 30), st.data(), st.integers(0, 100), st.integers(0, 200))
def test_the_rows_of_a_step_do_not_depend_on_how_it_was_reached(rows, data, seed, step):
    batch = data.draw(st.integers(1, rows))
    walked, jumped = DataOrder(rows, batch, seed), DataOrder(rows, batch, seed)
    for earlier in range(step):
        walked.batch(earlier)
    assert walked.batch(step) == jumped.batch(step)
    assert len(jumped.batch(step)) == batch


def test_epochs_and_seeds_are_shuffled_apart():
    order = DataOrder(50, 50, seed=0)
    assert order.batch(0) != order.batch(1)
    assert order.batch(0) != DataOrder(50, 50, seed=1).batch(0)


@pytest.mark.parametrize(("rows", "batch"), [(0, 1), (3, 4), (3, 0)])
def test_an_order_that_cannot_be_laid_out_is_an_error(rows, batch):
    with pytest.raises(TrialError):
        DataOrder(rows, batch, seed=0)


def test_the_defaults_are_those_the_design_fixes():
    settings = TrainSettings(learning_rate=1e-3)
    assert (settings.batch_size, settings.weight_decay, settings.clip_norm) == (32, 0.0, 1.0)
    assert settings.rows_per_step(10) == 10
    assert settings.rows_per_step(100) == 32
    said = settings.describe(corpus_rows=10)
    assert said == "adamw, 100 steps of batch 10, constant rate 0.001, no decay, clip 1"


def test_options_of_a_technique_are_printed_with_the_settings():
    from holdfast.techniques.lora import LoraConfig

    assert "rank 8, alpha 16.0, target modules all-linear, dropout 0.0" in LoraConfig().describe()


@pytest.mark.parametrize(
    "options",
    [
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"learning_rate": 1.0, "steps": 0},
        {"learning_rate": 1.0, "batch_size": 0},
        {"learning_rate": 1.0, "weight_decay": -1.0},
        {"learning_rate": 1.0, "clip_norm": 0.0},
        {"learning_rate": 1.0, "momentum": 0.9},
    ],
)
def test_settings_that_make_no_sense_are_refused(options):
    with pytest.raises(ValueError, match="validation error"):
        TrainSettings(**options)


def test_a_rate_written_as_yaml_reads_it_is_understood():
    assert TrainSettings(learning_rate="1e-3").learning_rate == 1e-3  # PyYAML gives a string


@pytest.mark.parametrize("schedule", ["constant", "linear", "cosine"])
def test_the_rate_climbs_and_then_never_rises(schedule):
    settings = TrainSettings(learning_rate=1.0, steps=40, schedule=schedule, warm_up=0.1)
    factors = [settings.rate_factor(step) for step in range(40)]
    assert factors[:4] == [0.25, 0.5, 0.75, 1.0]
    assert all(0.0 < after <= before for before, after in itertools.pairwise(factors[3:]))
    assert (factors[-1] == 1.0) is (schedule == "constant")
    assert not settings.constant_rate


def test_a_run_without_options_has_one_rate():
    settings = TrainSettings(learning_rate=1.0, steps=7)
    assert settings.constant_rate
    assert [settings.rate_factor(step) for step in range(7)] == [1.0] * 7
