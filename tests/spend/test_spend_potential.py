"""Attack potential of what was run: every technique is rated, and time and data count."""

from __future__ import annotations

import pytest

from holdfast.domain import plugins
from holdfast.spend import Pathway, rate_run, shipped_ratings

TECHNIQUES = [
    "full",
    "lora",
    "rslora",
    "dora",
    "ia3",
    "norm-bias",
    "last-layers",
    "prompt-tuning",
    "prefix-tuning",
    "qlora",
    "int8",
    "adam-8bit",
    "sgd",
    "gradient-checkpointing",
    "layerwise",
    "dpo",
    "grpo",
    "synthetic",
    "influential",
    "prompted",
    "many-shot",
    "few-shot-base",
    "other-model",
    "adversarial-suffix",
    "embedding-attack",
    "refusal-ablation",
    "task-vector",
    "fedavg",
    "diloco",
    "merge",
    "adapter-composition",
    "quantised",
]


def test_every_technique_that_is_installed_has_a_rating():
    missing = set(plugins.installed("holdfast.techniques")) - set(shipped_ratings().pathways)
    assert not missing, f"rate {sorted(missing)} in spend/potential.json"


@pytest.mark.parametrize("name", [*TECHNIQUES, *Pathway])
def test_known_pathways_are_rated_with_reasons(name):
    judged = shipped_ratings().pathways[str(name)]
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
