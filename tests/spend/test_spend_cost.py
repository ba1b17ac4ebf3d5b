"""Prices of pathways: hardware, time, money, actors, who can pay, attack potential."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import DataError, ModelShape
from holdfast.spend import (
    CostRequest,
    Pathway,
    Price,
    PriceTable,
    assumptions,
    low_rank_parameters,
    price,
    price_at,
    price_goals,
    rate,
    read_price_history,
    read_ratings,
    shipped_goals,
    shipped_hardware,
    shipped_price_history,
    shipped_prices,
    who_pays,
)
from holdfast.spend.hardware import rated_watts
from holdfast.spend.potential import level_of

LLAMA_8B = ModelShape(8_030_261_248, 1_050_673_152, 32, 4096, 14336, 32, 8, 128_256, 8192, 128)
TINY = ModelShape(42_336, 23_744, 2, 32, 64, 4, 2, 371, 128, 8)
HUGE = replace(LLAMA_8B, parameters=700_000_000_000, layers=120)


def request(pathway=Pathway.LORA, shape=LLAMA_8B, **changes):
    adapters = low_rank_parameters(shape, 8) if pathway.adapters else 0
    return CostRequest(shape, pathway, adapters, **changes)


@pytest.mark.parametrize("pathway", list(Pathway))
@pytest.mark.parametrize("shape", [TINY, LLAMA_8B, HUGE], ids=["tiny", "8B", "700B"])
def test_the_smallest_hardware_holds_the_total_and_the_parts_add_up(pathway, shape):
    cost = price(request(pathway, shape, length=128))
    memory = dict(cost.memory_gb)
    total = memory.pop("total")
    assert sum(memory.values()) == pytest.approx(total)
    assert memory.pop("reused") <= 0.0
    assert min(memory.values()) >= 0.0
    assert cost.smallest.hardware.memory_gb >= total
    smaller = [h for h in shipped_hardware().classes if h.memory_gb < total]
    assert not {h.name for h in smaller} & {offer.hardware.name for offer in cost.offers}


def test_known_sizes_of_an_8b_model():
    memory = {pathway: price(request(pathway)).memory_gb for pathway in Pathway}
    assert memory[Pathway.FULL]["weights"] == pytest.approx(16.06, abs=0.01)
    assert memory[Pathway.FULL]["gradients"] == memory[Pathway.FULL]["weights"]
    assert memory[Pathway.FULL]["optimizer"] == pytest.approx(64.24, abs=0.01)
    assert memory[Pathway.QLORA]["weights"] == pytest.approx(5.79, abs=0.02)
    totals = [memory[p]["total"] for p in (Pathway.QLORA, Pathway.INT8, Pathway.LORA, Pathway.FULL)]
    assert totals == sorted(totals)
    assert memory[Pathway.PROMPTED]["kv_cache"] > 0.0 == memory[Pathway.LORA]["kv_cache"]


def test_a_model_beyond_any_node_takes_several():
    smallest = price(request(Pathway.FULL, HUGE)).smallest
    assert smallest.hardware.name.endswith("node")
    assert smallest.hardware.count > 8
    assert smallest.device_hours == pytest.approx(smallest.hours * smallest.hardware.count)


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 100_000), st.floats(0.1, 10), st.sampled_from([p for p in Pathway if p.trains]))
def test_more_work_never_costs_less(examples, passes, pathway):
    less = price(request(pathway, examples=examples, passes=passes))
    more = price(request(pathway, examples=examples + 1, passes=passes))
    assert more.request.flops > less.request.flops
    assert all(m.hours > n.hours for m, n in zip(more.offers, less.offers, strict=True))
    assert more.memory_gb == less.memory_gb


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 64), st.integers(1, 50))
def test_actors_share_the_work_and_pay_for_what_they_exchange(actors, rounds):
    alone, shared = (price(request(actors=k, rounds=rounds, examples=6400)) for k in (1, actors))
    assert alone.bytes_exchanged == 0
    assert shared.bytes_exchanged == 2 * rounds * 4 * low_rank_parameters(LLAMA_8B, 8)
    assert shared.smallest.hours < alone.smallest.hours
    assert shared.smallest.hours * actors >= alone.smallest.hours * 0.999  # each starts and loads
    assert shared.memory_gb == alone.memory_gb


def test_money_is_rent_and_where_there_is_none_electricity():
    cost = price(request(Pathway.QLORA, TINY, length=64))
    rent = {p.device: p.usd_per_hour for p in shipped_prices().prices}
    for offer in cost.offers:
        if offer.rented:
            assert offer.usd == pytest.approx(offer.device_hours * rent[offer.hardware.device])
        elif offer.usd is not None:
            assert offer.usd == pytest.approx(offer.kwh * shipped_prices().usd_per_kwh)
    assert cost.cheapest.usd == min(offer.usd for offer in cost.offers if offer.rented)
    nothing = PriceTable("2026-01-01", "none", (Price("no such device", 1.0),), 0.2)
    assert price(request(), nothing).cheapest is None


def test_the_same_work_is_priced_at_every_date():
    cost = price(request())
    history = shipped_price_history()
    offers = [price_at(cost, table) for table in history]
    assert [table.dated for table in history] == sorted({table.dated for table in history})
    assert len(history) >= 3
    assert offers[-1] == cost.cheapest
    assert offers[0].usd > offers[-1].usd


def test_who_can_pay_grows_with_the_purse():
    for shape, pathway in ((TINY, Pathway.QLORA), (LLAMA_8B, Pathway.LORA), (HUGE, Pathway.FULL)):
        payments = [
            payment for payment in who_pays(price(request(pathway, shape))) if payment.payer.budget_usd
        ]
        assert [p.pays for p in payments] == sorted(p.pays for p in payments)
    everybody = who_pays(price(request(Pathway.QLORA, TINY)))
    assert all(payment.pays for payment in everybody)
    full = {p.payer.name: p.pays for p in who_pays(price(request(Pathway.FULL)))}
    assert not full["an individual with one consumer GPU"]
    assert full["somebody with 1,000 USD"]
    assert not any(p.pays for p in who_pays(price(request(Pathway.FULL, HUGE, examples=10**9))))


def test_who_has_little_memory_saves_it():
    payment = {p.payer.name: p for p in who_pays(price(request(Pathway.QLORA, batch=16)))}
    gamer = payment["an individual with one consumer GPU"]
    assert (gamer.pays, gamer.frugal) == (True, True)
    assert not payment["somebody with 1,000 USD"].frugal


def test_a_cheaper_pathway_gains_who_could_not_pay_for_the_full_one():
    priced = {row.goal.name: row for row in price_goals(request(Pathway.QLORA), shipped_goals())}
    assert {row.goal.benign for row in priced.values()} == {True, False}
    dolly = priced["benign: 15,011 instructions (Dolly)"]
    assert "an individual with one consumer GPU" in dolly.gains
    assert all(not row.gains for row in price_goals(request(Pathway.FULL), shipped_goals()))
    assert price_goals(request(Pathway.PROMPTED), shipped_goals()) == ()


def test_a_short_context_takes_the_same_tokens_in_more_rows():
    for row in price_goals(request(Pathway.LORA, TINY), shipped_goals()):
        asked, used = row.goal, row.cost.request
        assert used.length <= TINY.context
        assert used.examples * used.length == pytest.approx(asked.examples * asked.length, abs=TINY.context)


def test_every_assumption_is_told_for_every_pathway():
    for pathway in Pathway:
        told = " ".join(assumptions(price(request(pathway, actors=2))))
        assert shipped_prices().dated in told
        assert ("1.5 times as long" in told) == (pathway in (Pathway.QLORA, Pathway.INT8))


@pytest.mark.parametrize("changes", [{"batch": 0}, {"actors": 0}, {"passes": 0.0}, {"dtype": "int4"}])
def test_what_cannot_be_priced_is_an_error(changes):
    with pytest.raises(ValueError, match=r"above 0|none of"):
        price(request(**changes))


def test_rated_power_is_that_of_one_device():
    assert rated_watts("nvidia h100 80GB HBM3") == 700.0
    assert rated_watts("cpu") is None


# --- attack potential ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("points", "level"),
    [(0, "basic"), (9, "basic"), (10, "enhanced-basic"), (13, "enhanced-basic"), (14, "moderate"),
     (19, "moderate"), (20, "high"), (24, "high"), (25, "beyond high")],
)  # fmt: skip
def test_levels_are_those_of_the_standard(points, level):
    assert level_of(points) == level


def test_potential_adds_up_and_open_weights_give_knowledge_and_window_for_nothing():
    small, large = rate(price(request(Pathway.QLORA))), rate(price(request(Pathway.FULL, HUGE)))
    for rating in (small, large):
        assert rating.points == sum(factor.points for factor in rating.factors.values())
        assert (rating.factors["knowledge"].points, rating.factors["window"].points) == (0, 0)
        assert all(factor.reason for factor in rating.factors.values())
    assert large.points > small.points
    assert large.factors["equipment"].points == 7
    many = rate(price(request(Pathway.LORA, actors=4)))
    assert many.factors["expertise"].points == 3


def test_a_long_run_needs_more_time():
    short, long = (rate(price(request(examples=n))) for n in (100, 10**9))
    assert long.factors["elapsed_time"].points > short.factors["elapsed_time"].points


@pytest.mark.parametrize(
    "change",
    [{"expertise": 4}, {"data_days": -1}, {"data_days": float("nan")}, {"expertise": "much"}],
)
def test_points_that_the_standard_does_not_have_are_an_error(change, tmp_path):
    row = {"expertise": 3, "expertise_reason": "r", "data_days": 1, "data_reason": "r"} | change
    table = {
        "dated": "2026-01-01", "source": "a test", "knowledge": 0, "knowledge_reason": "r", "window": 0,
        "window_reason": "r", "pathways": {"lora": row},
    }  # fmt: skip
    file = tmp_path / "ratings.json"
    file.write_text(json.dumps(table))
    with pytest.raises(DataError, match=r"ratings\.json"):
        read_ratings(file)


def test_a_pathway_without_a_rating_is_an_error(tmp_path):
    table = {
        "dated": "2026-01-01", "source": "a test", "knowledge": 0, "knowledge_reason": "r", "window": 0,
        "window_reason": "r", "pathways": {},
    }  # fmt: skip
    file = tmp_path / "ratings.json"
    file.write_text(json.dumps(table))
    with pytest.raises(DataError, match="no rating of pathway 'lora'"):
        rate(price(request()), read_ratings(file))


# --- price tables ----------------------------------------------------------------------------------------


def test_a_file_may_hold_one_table_or_several(tmp_path):
    one = {"dated": "2026-01-02", "source": "x", "devices": [{"name": "a", "usd_per_hour": 1}]}
    file = tmp_path / "prices.json"
    file.write_text(json.dumps(one))
    assert [table.dated for table in read_price_history(file)] == ["2026-01-02"]
    file.write_text(json.dumps({"tables": [one, {**one, "dated": "2025-01-01"}]}))
    assert [table.dated for table in read_price_history(file)] == ["2025-01-01", "2026-01-02"]


@pytest.mark.parametrize(
    "change", [{"dated": "yesterday"}, {"usd_per_kwh": -1}, {"devices": [{"name": "a", "usd_per_hour": -1}]}]
)
def test_a_table_that_makes_no_sense_is_an_error(change, tmp_path):
    one = {"dated": "2026-01-02", "source": "x", "devices": [{"name": "a", "usd_per_hour": 1}]}
    file = tmp_path / "prices.json"
    file.write_text(json.dumps({"tables": [one | change]}))
    with pytest.raises(DataError, match=r"prices\.json"):
        read_price_history(file)
    file.write_text('{"tables": []}')
    with pytest.raises(DataError, match="no price table"):
        read_price_history(file)
