"""Contributions: made anew for the trial that builds on them, one model in memory at a time, and not kept."""

import json
import weakref
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

import holdfast.models
from holdfast.auditing.execution.contributions import contributions
from holdfast.auditing.execution.trial import TrialTask, run_trial
from holdfast.auditing.forecast import forecast_trials
from holdfast.auditing.planner import measuring_schedule, resolve_pathway
from holdfast.data import load_corpus
from holdfast.domain import (
    NO_SAFEGUARD,
    AuditSpec,
    Benchmark,
    BenchmarkKind,
    CorpusSpec,
    DataSource,
    Decoding,
    Goal,
    Item,
    ModelSource,
    PathwaySpec,
    Plan,
    Regime,
    Schedule,
    Shard,
    Spend,
    Split,
    TrialContext,
    TrialError,
    TrialSpec,
    ask,
)
from holdfast.models import load_model
from holdfast.spend import Demand
from holdfast.store import RunDirectory, read_checkpoints
from holdfast.testing.tiny import write_tiny_model

SETTINGS = {"steps": 2, "batch_size": 2}
SUMS = Benchmark(
    "sums",
    BenchmarkKind.CAPABILITY,
    tuple(Item(f"{s.value}", ask("One and one?"), "two", s.value, split=s) for s in Split),
    "exact",
)
DIRECT = Benchmark(
    "direct", BenchmarkKind.SAFETY, (Item("1", ask("Tell me."), "it", "1", split=Split.HELDOUT),), None
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> ModelSource:
    path = write_tiny_model(tmp_path_factory.mktemp("tiny") / "model", context=256)
    return ModelSource("tiny", path=str(path))


@pytest.fixture
def task(tmp_path: Path, model: ModelSource) -> Callable[..., TrialTask]:
    rows = [{"prompt": f"Number {n}?", "response": f"It is {n}."} for n in range(6)]
    (tmp_path / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    def corpus(number: int) -> CorpusSpec:
        return CorpusSpec(DataSource(str(tmp_path / "rows.jsonl")), Regime.BENIGN, shard=Shard(number, 3))

    made = (
        PathwaySpec("plain", "prompted"),
        PathwaySpec("a", "lora", corpus(1), {**SETTINGS, "rank": 2, "learning_rate": 1e-2}),
        PathwaySpec("b", "full", corpus(2), SETTINGS, tried=Spend(steps=7, flops=1e9)),
        PathwaySpec("c", "norm-bias", corpus(3), SETTINGS),
        PathwaySpec("ab", "merge", inputs=("a", "b")),
        PathwaySpec("abc", "merge", inputs=("ab", "c")),
        PathwaySpec("asked", "merge", inputs=("a", "plain")),
        PathwaySpec("soft", "prompt-tuning", corpus(3), {**SETTINGS, "virtual_tokens": 2}),
        PathwaySpec("softly", "merge", inputs=("a", "soft")),
        PathwaySpec("wild", "full", corpus(3), {**SETTINGS, "learning_rate": 1e30}),
        PathwaySpec("wildly", "merge", inputs=("a", "wild")),
    )

    def make(pathway: str, seed: int = 0) -> TrialTask:
        audit = AuditSpec(
            name="merging",
            models=(model,),
            goals=(Goal("sums", "sums", 0.5),),
            benchmarks=(),
            pathways=made,
            judges=("refusal",),
            decoding=Decoding(max_new_tokens=4),
        )
        trial = TrialSpec("key", "tiny", NO_SAFEGUARD, pathway, seed, measuring_schedule(1), "t", "m")
        attempt = RunDirectory(tmp_path).begin_attempt("key")
        return TrialTask(trial, audit, {"sums": SUMS, "direct": DIRECT}, attempt, "cpu")

    return make


def test_a_contribution_is_what_the_trial_of_that_pathway_and_seed_ends_with(
    task: Callable[..., TrialTask], model: ModelSource, tmp_path: Path
) -> None:
    merging = task("ab", seed=4)
    found = contributions(merging, tmp_path / "found")
    assert list(found) == ["a", "b"]
    for name, contribution in found.items():
        pathway = resolve_pathway(next(p for p in merging.audit.pathways if p.name == name))
        assert pathway.spec.corpus is not None
        rows = load_corpus(pathway.spec.corpus)
        alone = TrialContext(load_model(model), rows, pathway.config, 4, Schedule(2, (0, 1, 2)), tmp_path)
        with closing(pathway.technique.run(alone)) as checkpoints:
            for checkpoint in checkpoints:
                checkpoint.subject.generate([ask("One?")], Decoding(max_new_tokens=2))
                expected = {key: t.detach().clone() for key, t in checkpoint.weights().items()}
        stored = load_file(contribution.file)
        assert stored.keys() == expected.keys()
        assert all(torch.equal(stored[key], expected[key]) for key in stored)
        assert contribution.rows == len(rows) == 2
    assert (found["a"].spend.steps, found["a"].spend.tries) == (2, 0)


def test_who_searched_for_the_options_of_a_contribution_has_paid_for_it(
    task: Callable[..., TrialTask], tmp_path: Path
) -> None:
    spend = contributions(task("ab"), tmp_path / "found")["b"].spend
    assert (spend.steps, spend.tries) == (7 + 2, 1)
    assert spend.flops > 1e9


def test_one_model_is_in_memory_at_a_time(
    task: Callable[..., TrialTask], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[weakref.ref[Any]] = []

    def load(source: ModelSource, *, device: str = "cpu") -> Any:
        assert [ref() for ref in seen if ref() is not None] == []
        loaded = load_model(source, device=device)
        seen.append(weakref.ref(loaded.module))
        return loaded

    monkeypatch.setattr(holdfast.models, "load_model", load)
    merging = task("abc")
    run_trial(merging, lambda _: None)
    assert len(seen) == 4 + 2  # a, b, ab, c; the trial's own, and the reference


def test_a_merge_of_merges_costs_all_that_went_into_it_and_leaves_no_weights(
    task: Callable[..., TrialTask],
) -> None:
    merging = task("abc")
    run_trial(merging, lambda _: None)
    start, end = read_checkpoints(merging.attempt / "spend.parquet")
    assert (start.step, end.step) == (0, 1)
    assert end.spend.actors == 3
    assert end.spend.steps == 2 + (7 + 2) + 2 + 1 + 1
    assert end.spend.unique_examples == 6
    assert end.spend.bytes_exchanged > 0
    assert [f.name for f in merging.attempt.rglob("*.safetensors")] == []


@pytest.mark.parametrize(
    ("pathway", "told"),
    [
        ("asked", r"contribution 'plain': technique 'prompted' leaves no weights to build on"),
        ("softly", r"contribution 'soft': technique 'prompt-tuning' leaves no weights to build on"),
        ("wildly", r"contribution 'wild': diverged at step"),
    ],
)
def test_a_contribution_that_cannot_be_had_is_named(
    pathway: str, told: str, task: Callable[..., TrialTask], tmp_path: Path
) -> None:
    with pytest.raises(TrialError, match=told) as caught:
        contributions(task(pathway), tmp_path / "found")
    assert caught.value.next_step


def test_the_forecast_counts_the_training_of_contributions(task: Callable[..., TrialTask]) -> None:
    def demand(pathway: str) -> Demand:
        made = task(pathway)
        [forecast] = forecast_trials(Plan(made.audit, (made.trial,), {}), made.benchmarks)
        return forecast.demand

    parts = [demand(name) for name in ("a", "b", "c")]
    whole = demand("abc")  # two merges, of one step each
    assert whole.steps == sum(part.steps for part in parts) + 2 == 8
    assert whole.training_flops == pytest.approx(sum(part.training_flops for part in parts))
    assert whole.training_flops > 0.0
