import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import SPEND_UNITS, DataError, ModelShape
from holdfast.spend import (
    Demand,
    Ledger,
    LedgerState,
    MachineSpeed,
    Workload,
    forecast_seconds,
    in_sequence,
    probe_speed,
    shipped_prices,
    side_by_side,
)
from holdfast.spend.prices import read_prices

WORK = Workload(ModelShape(42_336, 23_744, 2, 32, 64, 4, 2, 371, 128, 8))
STEP = st.tuples(
    st.lists(st.integers(0, 30), min_size=1, max_size=5),
    st.lists(st.integers(1, 50), min_size=1, max_size=5),
    st.floats(0, 10),
)


def test_a_step_books_examples_tokens_flops_and_time():
    ledger = Ledger(WORK)
    ledger.step(rows=[3, 1], lengths=[10, 20], seconds=0.5)
    ledger.step(rows=[1, 2], lengths=[20, 30], seconds=0.25)
    spend = ledger.spend
    assert (spend.steps, spend.examples, spend.unique_examples, spend.train_tokens) == (2, 4, 3, 80)
    assert spend.flops == WORK.training([10, 20, 20, 30])
    assert spend.device_seconds == 0.75
    assert spend.inference_tokens == 0


def test_inference_of_the_attack_is_booked_apart_from_training():
    ledger = Ledger(WORK)
    ledger.inference(prompt_tokens=12, new_tokens=5, seconds=0.1)
    assert ledger.spend.inference_tokens == 17
    assert ledger.spend.train_tokens == 0
    assert ledger.spend.flops == WORK.inference(12, 5)


def test_a_cpu_has_no_price_and_a_gpu_has_one():
    on_cpu, on_gpu = Ledger(WORK), Ledger(WORK, "NVIDIA H100 80GB HBM3")
    for ledger in (on_cpu, on_gpu):
        ledger.step([0], [10], seconds=1800.0)
    assert on_cpu.spend.usd is None
    assert on_cpu.spend.on("usd") is None
    table = {price.device: price.usd_per_hour for price in shipped_prices().prices}
    assert on_gpu.spend.usd == pytest.approx(table["NVIDIA H100 80GB HBM3"] / 2)


def test_work_shared_by_actors_is_shared_equally():
    spend = Ledger(WORK, actors=4).spend
    assert (spend.actors, spend.max_actor_share) == (4, 0.25)


def test_the_largest_share_is_that_of_the_actor_who_paid_most():
    ledger = Ledger(WORK, actors=2)
    ledger.step([0], [10], seconds=0.1, actor=0)
    ledger.step([1], [10], seconds=0.1, actor=0)
    ledger.step([2], [10], seconds=0.1, actor=1)
    assert ledger.spend.max_actor_share == pytest.approx(2 / 3)
    ledger.step([3], [10], seconds=0.1)  # shared: half each
    assert ledger.spend.max_actor_share == pytest.approx(2.5 / 4)


def test_bytes_between_actors_are_booked():
    ledger = Ledger(WORK, actors=2)
    ledger.exchange(1000)
    ledger.exchange(24)
    assert ledger.spend.bytes_exchanged == 1024


@pytest.mark.parametrize("actors", [0, -1])
def test_nobody_cannot_pay(actors):
    with pytest.raises(ValueError, match="give at least 1"):
        Ledger(WORK, actors=actors)


@pytest.mark.parametrize("actor", [-1, 2])
def test_a_step_of_an_actor_that_is_not_there_is_an_error(actor):
    with pytest.raises(ValueError, match="none of 2 actors"):
        Ledger(WORK, actors=2).step([0], [10], seconds=0.1, actor=actor)


def test_energy_is_rated_power_times_time_where_the_power_is_known():
    known, unknown = Ledger(WORK, "NVIDIA H100 80GB HBM3"), Ledger(WORK, "cpu")
    for ledger in (known, unknown):
        ledger.step([0], [10], seconds=10.0)
    assert known.spend.energy_joules == 7000.0
    assert unknown.spend.energy_joules is None


def test_failed_tries_are_paid_for_too():
    failed = Ledger(WORK)
    failed.step([0, 1, 2], [10, 20, 30], seconds=1.0)
    ledger = Ledger(WORK)
    ledger.tried(failed.spend)
    ledger.tried(failed.spend)
    ledger.step([0], [10], seconds=0.5)
    spend = ledger.spend
    assert spend.tries == 2
    assert spend.device_seconds == 2.5
    assert spend.flops == pytest.approx(2 * failed.spend.flops + WORK.training([10]))
    assert spend.unique_examples == 3  # collected once
    again = Ledger(WORK)
    again.restore(LedgerState.from_json(json.loads(json.dumps(ledger.state.to_json()))))
    assert again.spend == spend


def test_contributions_of_several_actors_add_up():
    small, large = Ledger(WORK), Ledger(WORK)
    small.step([0], [10], seconds=1.0)
    large.step([0, 1], [10, 20], seconds=2.0)
    large.memory(100)
    together = side_by_side([small.spend, large.spend])
    assert (together.actors, together.unique_examples, together.device_seconds) == (2, 3, 3.0)
    assert together.max_actor_share == pytest.approx(large.spend.flops / together.flops)
    assert (together.peak_memory_bytes, together.usd, together.tries) == (100, None, 0)


@pytest.mark.parametrize("add", [in_sequence, side_by_side])
def test_nothing_cannot_be_added_up(add):
    with pytest.raises(ValueError, match="no spend"):
        add([])


def test_a_state_from_before_there_were_shares_is_read():
    ledger = Ledger(WORK)
    ledger.step([0], [10], seconds=0.1)
    old = ledger.state.to_json()
    spend = {k: v for k, v in old["spend"].items() if k not in {"tries", "energy_joules"}}
    state = LedgerState.from_json({"spend": spend, "seen": old["seen"]})
    again = Ledger(WORK)
    again.restore(state)
    assert again.spend == ledger.spend


def test_the_shipped_prices_are_dated_and_positive():
    table = shipped_prices()
    assert len(table.dated.split("-")) == 3
    assert table.source
    assert min(price.usd_per_hour for price in table.prices) > 0


@pytest.mark.parametrize(
    "text",
    [
        "no json",
        "{}",
        '{"dated": "2026-01-01", "source": "x", "devices": [{"name": "a"}]}',
        '{"dated": "2026-01-01", "source": "x", "devices": [{"name": "a", "usd_per_hour": 0}]}',
    ],
)
def test_a_broken_price_table_is_an_error_that_names_the_file(text, tmp_path: Path):
    file = tmp_path / "prices.json"
    file.write_text(text)
    with pytest.raises(DataError, match=r"prices\.json"):
        read_prices(file)


@settings(deadline=None)
@given(st.lists(STEP, min_size=1, max_size=8), st.integers(0, 8))
def test_a_ledger_restored_in_the_middle_ends_where_an_uninterrupted_one_does(steps, cut):
    whole, first = Ledger(WORK), Ledger(WORK)
    for step in steps:
        whole.step(*step)
    for step in steps[:cut]:
        first.step(*step)
    second = Ledger(WORK)
    second.restore(LedgerState.from_json(json.loads(json.dumps(first.state.to_json()))))
    for step in steps[cut:]:
        second.step(*step)
    assert second.state == whole.state


@settings(deadline=None)
@given(st.lists(STEP, min_size=2, max_size=8), st.lists(st.integers(0, 1 << 40), min_size=8, max_size=8))
def test_no_axis_of_spend_ever_goes_down(steps, peaks):
    ledger = Ledger(WORK, "NVIDIA H200")
    before = ledger.spend
    for step, peak in zip(steps, peaks, strict=False):
        ledger.step(*step)
        ledger.memory(peak)
        after = ledger.spend
        assert all(after.on(unit) >= before.on(unit) for unit in SPEND_UNITS)
        assert after.peak_memory_bytes >= before.peak_memory_bytes
        before = after


def test_a_forecast_adds_up_its_parts_and_says_what_it_assumes():
    demand = Demand(
        steps=100, training_flops=1e11, answers=200, answer_tokens=32, inference_flops=1e10, start_ups=2
    )
    one = forecast_seconds(demand, MachineSpeed(5e10, "a guess"), workers=1)
    two = forecast_seconds(demand, MachineSpeed(5e10, "a guess"), workers=2)
    assert one.seconds == pytest.approx(sum(one.parts.values()))
    assert two.seconds == pytest.approx(one.seconds / 2)
    assert set(one.parts) == {"start_up", "train", "generate"}
    assert any("50.0 GFLOP/s (a guess)" in line for line in one.assumptions)


@pytest.mark.parametrize(("speed", "workers"), [(0.0, 1), (1e9, 0)])
def test_a_forecast_without_speed_or_workers_is_an_error(speed, workers):
    with pytest.raises(ValueError, match="must be above 0"):
        forecast_seconds(Demand(1, 1.0, 1, 1, 1.0), MachineSpeed(speed, ""), workers)


def test_the_probe_finds_a_believable_speed():
    speed = probe_speed(seconds=0.02)
    assert 1e8 < speed.flops_per_second < 1e14
    assert "float32" in speed.method


def test_spend_is_imported_without_torch():
    code = "import sys, holdfast.spend; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
