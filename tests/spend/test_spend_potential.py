"""Attack potential of what was run: every technique is rated, and time and data count."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain import ModelShape, plugins
from holdfast.spend import CostRequest, Pathway, price, rate, rate_run, shipped_ratings
from holdfast.spend.potential import Factor

SHAPE = ModelShape(8_030_261_248, 1_050_673_152, 32, 4096, 14336, 32, 8, 128_256, 8192, 128)


def test_techniques_that_are_installed_have_a_rating_and_nothing_else_has() -> None:
    wanted = {*plugins.installed("holdfast.techniques"), "federated"}
    assert set(shipped_ratings().pathways) == wanted, "mend spend/potential.json"
    assert set(Pathway) <= wanted


@pytest.mark.parametrize("name", sorted(shipped_ratings().pathways))
def test_known_pathways_are_rated_with_reasons(name):
    judged = shipped_ratings().pathways[name]
    level = {0: "layman: ", 3: "proficient: ", 6: "expert: ", 8: "several experts: "}[judged.expertise.points]
    assert judged.expertise.reason.startswith(level)
    assert judged.data_reason


def test_a_run_is_rated_by_its_technique_its_time_and_its_data():
    quick = rate_run("lora", 0.4, "cpu")
    assert quick is not None
    assert quick.points == sum(factor.points for factor in quick.factors.values())
    assert "0.4 s on cpu" in quick.factors["elapsed_time"].reason
    long = rate_run("lora", 40 * 86400.0, "cpu")
    assert long is not None
    assert long.factors["elapsed_time"].points == 7
    shared = rate_run("fedavg", 0.4, "cpu")
    assert shared is not None
    assert shared.points > quick.points


def test_a_technique_of_somebody_else_is_not_rated_rather_than_rated_zero():
    assert rate_run("mine.py:Attack", 1.0, "cpu") is None


@pytest.mark.parametrize(
    ("device", "reason"),
    [
        ("cpu", "standard: one cpu"),
        ("NVIDIA H100 80GB HBM3", "standard: one NVIDIA H100 80GB HBM3, rented by the hour by anybody"),
        ("NVIDIA GeForce RTX 4090", "standard: one NVIDIA GeForce RTX 4090"),
        ("abacus", "standard: one abacus, which the table of hardware does not know"),
    ],
)
def test_the_equipment_of_a_run_is_the_class_of_its_device(device: str, reason: str) -> None:
    potential = rate_run("lora", 1.0, device)
    assert potential is not None
    assert potential.factors["equipment"] == Factor(0, reason)


@pytest.mark.parametrize(
    ("billions", "actors", "points", "reason"),
    [
        (8, 1, 0, "standard: "),
        (200, 1, 4, "specialised: "),
        (700, 1, 7, "bespoke: "),
        (700, 3, 9, "multiple bespoke: "),
    ],
)
def test_the_equipment_of_a_forecast_has_all_points_of_the_standard(
    billions: int, actors: int, points: int, reason: str
) -> None:
    request = CostRequest(
        replace(SHAPE, parameters=billions * 10**9), Pathway.LORA, adapter_parameters=1000, actors=actors
    )
    factor = rate(price(request)).factors["equipment"]
    assert (factor.points, factor.reason.startswith(reason)) == (points, True), factor
