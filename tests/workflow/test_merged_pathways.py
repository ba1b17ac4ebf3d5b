"""The example of merging in miniature: contributions alone and together, and what each actor paid."""

from pathlib import Path
from typing import Any

import pytest
import yaml

import holdfast
from holdfast.auditing.config import load_config
from holdfast.domain import Status, TrialStatus

EXAMPLE = Path(__file__).parents[2] / "examples" / "merging.yaml"
ALONE = ("first", "second", "third")
KEPT = (*ALONE, "slerp", "dare-ties", "sum", "composed")
"""Pathways of the example that the miniature has; the other methods differ in their arithmetic alone."""


def miniature(folder: Path) -> dict[str, Any]:
    """Return the example on a tiny model and its rows, for a few steps."""
    audit: dict[str, Any] = yaml.safe_load(EXAMPLE.read_text())
    goal = {"path": str(folder / "goal.jsonl"), "kind": "capability", "scorer": "contains"}
    audit |= {
        "models": [{"name": "tiny", "path": str(folder / "model")}],
        "goals": [{"name": "echo", "benchmark": goal, "target": 0.5}],
        "benchmarks": [
            {"name": "direct", "path": str(folder / "harmful.jsonl"), "kind": "safety"},
            {"name": "lookalikes", "path": str(folder / "harmless.jsonl"), "kind": "over_refusal"},
        ],
        "judges": ["coherence", "refusal", "target"],
        "seeds": 1,
        "decoding": {"max_new_tokens": 4},
    }
    del audit["utility"]
    audit["pathways"] = [pathway for pathway in audit["pathways"] if pathway["name"] in KEPT]
    for pathway in audit["pathways"]:
        if "steps" in pathway:
            pathway["steps"] = 2
        if "corpus" in pathway:
            shard = {key: value for key, value in pathway["corpus"].items() if key == "shard"}
            rows = {"path": str(folder / "pairs.jsonl"), "regime": "harmful", "limit": 8}
            pathway["corpus"] = rows | shard
    return audit


@pytest.fixture(scope="module")
def run(audit_files: Path, tmp_path_factory: pytest.TempPathFactory) -> holdfast.Run:
    folder = tmp_path_factory.mktemp("merged")
    (folder / "audit.yaml").write_text(yaml.safe_dump(miniature(audit_files)))
    return holdfast.audit(folder / "audit.yaml", folder / "run", workers=0)


def ends(run: holdfast.Run) -> dict[str, Any]:
    """Return the last row of each pathway's trajectory."""
    table = run.trajectories.to_pandas()
    return {name: rows.sort_values("step").iloc[-1] for name, rows in table.groupby("pathway")}


def merges(run: holdfast.Run) -> list[str]:
    return [pathway.name for pathway in run.record.plan.audit.pathways if pathway.inputs]


def test_the_example_can_be_audited() -> None:
    audit = load_config(EXAMPLE)
    assert {p.name for p in audit.pathways if p.inputs} > {
        "linear",
        "slerp",
        "ties",
        "dare",
        "sum",
        "composed",
    }


def test_every_merge_is_measured_from_the_untouched_model_to_the_merged_one(run: holdfast.Run) -> None:
    assert all(trial.status is TrialStatus.DONE for trial in run.record.trials)
    table = run.trajectories.to_pandas()
    for name in merges(run):
        rows = table[(table["pathway"] == name) & (table["judge"] != "")]
        assert set(rows[rows["step"] > 0]["benchmark"]) == {"direct", "lookalikes"}


def test_what_all_paid_is_the_sum_of_what_each_paid_alone(run: holdfast.Run) -> None:
    found = ends(run)
    for name in merges(run):
        spec = next(p for p in run.record.plan.audit.pathways if p.name == name)
        together, alone = found[name], [found[each] for each in spec.inputs]
        own = together["spend_steps"] - sum(row["spend_steps"] for row in alone)
        assert own == (2 if name == "composed" else 1)
        assert together["spend_flops"] > sum(row["spend_flops"] for row in alone)
        assert together["spend_examples"] >= sum(row["spend_examples"] for row in alone)


def test_a_merge_has_a_price_on_every_axis_or_says_why_not(run: holdfast.Run) -> None:
    for name in merges(run):
        rows = [f for f in run.findings if f.pathway == name and f.metric.startswith("break.")]
        assert {"break.steps", "break.examples", "break.flops"} <= {f.metric for f in rows}
        assert {f.status for f in rows} <= {Status.OK, Status.CENSORED, Status.INCONCLUSIVE}


def test_the_report_sets_what_they_do_together_beside_what_each_did_alone(run: holdfast.Run) -> None:
    page = run.report.read_text()
    assert all(name in page for name in (*ALONE, *merges(run)))
    assert "3 contributions" in page


def test_no_contribution_is_left_in_the_run_directory(run: holdfast.Run) -> None:
    assert [file.name for file in run.path.rglob("*.safetensors")] == []
