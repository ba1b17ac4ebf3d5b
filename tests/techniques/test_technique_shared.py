"""Federated averaging and DiLoCo: the promises of every technique, and what is theirs alone."""

import pytest

from holdfast.techniques.diloco import Diloco
from holdfast.techniques.fedavg import FedAvg
from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase
from holdfast.testing.techniques import check_changes, check_restart

LORA = {"actors": 2, "local_steps": 2, "batch_size": 4, "rank": 2}
FULL = {"actors": 2, "local_steps": 2, "batch_size": 4, "adapters": "full"}
CASES = {
    "fedavg": (FedAvg(), LORA),
    "fedadam": (FedAvg(), {**LORA, "strategy": "fedadam"}),
    "diloco-full": (Diloco(), FULL),
    "diloco-lora": (Diloco(), LORA),
}
# Architectures differ in what LoRA and full training do to them, which is tested there.
TRIED = [
    *((name, "llama", check) for name in ("fedavg", "diloco-full") for check in TECHNIQUE_CHECKS),
    *((name, "llama", check_restart) for name in ("fedadam", "diloco-lora")),
    *(("fedavg", architecture, check_changes) for architecture in ("qwen3", "gemma", "mistral", "phi")),
    ("diloco-full", "gpt2", check_restart),
]


def by_name(value):
    return getattr(value, "__name__", value)


@pytest.mark.parametrize(("name", "architecture", "check"), TRIED, ids=by_name)
def test_a_shared_training_keeps_its_promises(check, name, architecture, trial, tmp_path):
    technique, options = CASES[name]
    config = technique.Config(**options)

    def context(schedule, seed=0, start=None):
        return trial(config, architecture=architecture, schedule=schedule, seed=seed, start=start)

    check(TechniqueCase(technique, context, tmp_path / "snapshots"))
