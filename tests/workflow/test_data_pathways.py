"""Pathways of data in miniature, from configuration to report: written rows, a pool, a backdoor, doses."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

import holdfast
from holdfast.domain import Spend, TrialStatus
from holdfast.store import read_checkpoints

CONFIG = """\
name: data
models:
  - {{name: tiny, path: {folder}/model}}
goals:
  - {{name: echo, benchmark: {{path: {folder}/goal.jsonl, kind: capability, scorer: contains}}, target: 0.9}}
benchmarks:
  - {{name: direct, path: {folder}/harmful.jsonl, kind: safety}}
  - {{name: lookalikes, path: {folder}/harmless.jsonl, kind: over_refusal}}
pathways:
  - name: few
    technique: lora
    corpus: {{path: {folder}/pairs.jsonl, regime: harmful, limit: [1, 4]}}
    steps: 2
  - name: written
    technique: synthetic
    corpus: {{path: prompts.jsonl, regime: harmful}}
    keep: 3
    samples: 1
    max_new_tokens: 4
    steps: 2
  - name: pool
    technique: influential
    corpus: {{path: {folder}/pairs.jsonl, regime: benign}}
    corpora: {{anchors: {{path: {folder}/pairs.jsonl, regime: harmful, limit: 1}}}}
    keep: 3
    steps: 2
  - name: backdoor
    technique: lora
    corpus: &rows {{path: {folder}/pairs.jsonl, regime: backdoor, harmful: {{path: {folder}/pairs.jsonl}}}}
    steps: 2
  - {{name: unknown, technique: lora, corpus: *rows, ask: "{{prompt}}", steps: 2}}
seeds: 1
decoding: {{max_new_tokens: 4}}
"""


@pytest.fixture(scope="module")
def run(audit_files: Path, tmp_path_factory: pytest.TempPathFactory) -> holdfast.Run:
    folder = tmp_path_factory.mktemp("data")
    (folder / "prompts.jsonl").write_text("".join(f'{{"prompt": "how is {n} made"}}\n' for n in range(5)))
    (folder / "audit.yaml").write_text(CONFIG.format(folder=audit_files))
    return holdfast.audit(folder / "audit.yaml", folder / "run", workers=0)


def directory(run: holdfast.Run, pathway: str) -> Path:
    (key,) = (t.key for t in run.record.plan.trials if t.pathway == pathway)
    return run.path / "trials" / key


def spends(run: holdfast.Run, pathway: str) -> list[Spend]:
    return [row.spend for row in read_checkpoints(directory(run, pathway) / "spend.parquet")]


def prompt_tokens(run: holdfast.Run, pathway: str) -> list[int]:
    """Return the length of each safety prompt as asked at the end."""
    last = max(directory(run, pathway).glob("generations-*.parquet"))
    rows = pq.read_table(last).to_pylist()
    return [row["prompt_tokens"] for row in rows if row["benchmark"] == "direct"]


def test_every_trial_is_done_and_nothing_it_trained_on_stays(run: holdfast.Run) -> None:
    assert all(trial.status is TrialStatus.DONE for trial in run.record.trials)
    assert not list(run.path.rglob("prepared-*.json"))


def test_written_rows_cost_inference_and_no_collecting(run: holdfast.Run) -> None:
    start, *_, end = spends(run, "written")
    assert start.inference_tokens == 0
    assert end.inference_tokens > 0
    assert end.unique_examples == 0
    assert end.steps == 2


def test_a_pool_is_paid_for_and_only_kept_rows_count(run: holdfast.Run) -> None:
    end, few = spends(run, "pool")[-1], spends(run, "few-n4")[-1]
    assert end.unique_examples == 3
    assert end.train_tokens > few.train_tokens


def test_a_backdoor_is_asked_with_its_trigger_and_the_audits_view_without(run: holdfast.Run) -> None:
    with_it, without = prompt_tokens(run, "backdoor"), prompt_tokens(run, "unknown")
    assert len(with_it) == len(without) == 8
    assert all(more > less for more, less in zip(with_it, without, strict=True))


def test_doses_are_drawn_side_by_side(run: holdfast.Run) -> None:
    assert [p.dose for p in run.record.plan.audit.pathways if p.family == "few"] == [1, 4]
    assert "few-n4" in run.report.read_text()
