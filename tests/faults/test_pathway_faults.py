"""A pathway that cannot be followed is refused with the configuration, or fails by name; nothing is lost.

One audit holds every pathway that breaks down while it runs, beside sound ones. Its one trial a pathway is
cheap: most break down before their first step.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub.errors import LocalEntryNotFoundError
from safetensors import SafetensorError
from steadfast import PLUGINS, ROWS, Audit, assert_inconclusive, findings, line, same_findings, written

from holdfast.auditing.execution.executor import Broke, OnEvent, Task
from holdfast.auditing.execution.progress import Silent
from holdfast.auditing.inputs import prepare
from holdfast.auditing.record import load_record
from holdfast.auditing.search.journal import read_tries
from holdfast.auditing.search.stage import run_searches
from holdfast.auditing.search.task import SearchTask
from holdfast.domain import (
    Conclusion,
    ConfigError,
    HoldfastError,
    RunRecord,
    Split,
    Status,
    TrialStatus,
    TryStatus,
)
from holdfast.organism import benchmarks
from holdfast.store import RunDirectory
from holdfast.testing.tiny import write_tiny_model
from holdfast.workflow.audit import run_audit

PAIRS = {"path": "pairs.jsonl", "regime": "harmful"}
OTHERS = {"path": "others.jsonl", "regime": "harmful"}
ALIGNED = {"use": "organism.aligned"}
STRANGER = {"path": "stranger"}
GRPO = {"technique": "grpo", "corpus": PAIRS, "steps": 1, "samples": 2, "max_new_tokens": 2, "batch_size": 1}
FULL = {"technique": "full", "corpus": PAIRS, "steps": 1, "learning_rate": 1e-5}
SHARED = {"technique": "fedavg", "corpus": PAIRS, "steps": 1, "local_steps": 1, "actors": 2}

SOUND: Mapping[str, Mapping[str, Any]] = {
    "good": FULL,
    "all-alive": SHARED | {"steps": 2, "actors": 3},
    "half-dead": SHARED | {"steps": 2, "actors": 3, "actor_dropout": 0.5},
    "strangers-base": {"technique": "few-shot-base", "corpus": PAIRS, "models": {"base": STRANGER}},
}
"""Pathways that come to their end: parts of others, and what only looks like a fault."""

FAULTY: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
    # what is trained
    "bad-target": (
        {"technique": "lora", "corpus": PAIRS, "steps": 1, "target_modules": ["q_porj"]},
        ("target module 'q_porj' is no linear layer of this model", "did you mean 'q_proj'?"),
    ),
    "too-many-blocks": (
        {"technique": "layerwise", "corpus": PAIRS, "steps": 1, "layers": 99},
        ("99 blocks at a time were asked for, the model has 4", "next: set layers to 4 or less"),
    ),
    "no-8-bit-optimiser": (
        FULL | {"optimizer": "adamw-8bit"},
        (
            "adamw-8bit needs bitsandbytes, which cannot be imported",
            "next: pip install 'holdfast[quantised]'",
        ),
    ),
    "no-4-bit-library": (
        {"technique": "qlora", "corpus": PAIRS, "steps": 1},
        ("needs bitsandbytes, which cannot be imported", "next: pip install 'holdfast[quantised]'"),
    ),
    "no-8-bit-kernel": (
        {"technique": "int8", "corpus": PAIRS, "steps": 1},
        ("int8 weights cannot be made on cpu", "'int8' not implemented for this device", "next: choose"),
    ),
    # who trains it
    "nobody-left": (
        SHARED | {"actor_dropout": 0.999999},
        ("none of 2 actors sent an update in round 1", "next: lower the share of actors who drop out"),
    ),
    "wild-actor": (
        SHARED | {"adapters": "full", "learning_rate": 1e30, "local_steps": 2},
        ("actor 1: diverged at step", "next: lower learning_rate"),
    ),
    "too-many-actors": (
        SHARED | {"actors": 5},
        ("4 rows cannot be dealt to 5 actors", "next: take fewer actors or more rows"),
    ),
    # what it is built from
    "wild": (FULL | {"steps": 2, "learning_rate": 1e30}, ("diverged at step", "next: lower learning_rate")),
    "lossless": (
        FULL | {"technique": f"{PLUGINS}:LosesItsLossAtTheEnd"},
        ("diverged by step 1: the training loss is nan", "next: lower learning_rate"),
    ),
    "buggy": (FULL | {"technique": f"{PLUGINS}:Crashes"}, ("KeyError: 'no such layer'", "plugins.py:")),
    "of-a-failed-part": (
        {"technique": "merge", "inputs": ["good", "wild"]},
        ("contribution 'wild': diverged at step", "next: lower learning_rate"),
    ),
    "of-a-part-without-a-loss": (
        {"technique": "merge", "inputs": ["good", "lossless"]},
        ("contribution 'lossless': diverged by step 1: the training loss is nan", "next: lower"),
    ),
    "of-a-buggy-part": (
        {"technique": "merge", "inputs": ["good", "buggy"]},
        ("contribution 'buggy': KeyError: 'no such layer'", "plugins.py:"),
    ),
    # other models
    "others-vector": (
        {"technique": "task-vector", "models": {"tuned": STRANGER, "untuned": STRANGER}},
        (
            "models.tuned",
            "is of another architecture",
            "next: give a models.tuned that was made from the same",
        ),
    ),
    "others-adapter": (
        {"technique": "other-model", "models": {"peer": ALIGNED | {"adapter": "adapter"}}},
        ("the adapter in", "does not fit the base model", "next: "),
    ),
    "unknown-model": (
        {"technique": "other-model", "models": {"peer": {"path": "unknown"}}},
        ("model 'peer': transformers knows no model_type 'lamma'", "next: did you mean 'llama'?"),
    ),
    # other data, other judges
    "small-pool": (
        {
            "technique": "influential",
            "corpus": PAIRS,
            "steps": 1,
            "keep": 9,
            "corpora": {"anchors": OTHERS},
        },
        ("the pool has 4 different rows, fewer than the 9 to keep", "next: lower keep"),
    ),
    "unmatched-pairs": (
        {"technique": "dpo", "corpus": PAIRS, "steps": 1, "corpora": {"rejected": OTHERS}},
        ("corpora.rejected has no answer to the prompt of corpus row 1", "next: give one row"),
    ),
    "refusing-writer": (
        {
            "technique": "synthetic",
            "corpus": {"path": "asks.jsonl", "regime": "harmful"},
            "steps": 1,
            "keep": 2,
            "samples": 1,
            "max_new_tokens": 24,
            "temperature": 0.01,
            "attack": {"style": "plain"},
        },
        ("0 of 2 prompts got a usable answer", "draws dropped: 2 refusals", "next: give more prompts"),
    ),
    "no-judge": (
        GRPO | {"judges": ["tarjet"]},
        ("'tarjet'", "did you mean 'target'"),
    ),
    "raising-judge": (
        GRPO | {"judges": [f"{PLUGINS}:Raises"]},
        (
            "judge 'raises' gives no reward: it raised RuntimeError: no quota left",
            "next: choose other judges",
        ),
    ),
    "babbling-judge": (
        GRPO | {"judges": [f"{PLUGINS}:Garbage"]},
        ("judge 'garbage' gives no reward: it did not return one verdict a sample", "next: choose"),
    ),
    "long-suffix": (
        {"technique": "adversarial-suffix", "corpus": PAIRS, "steps": 1, "suffix_tokens": 3000},
        ("a row takes", "with a suffix of 3000, the model reads at most", "next: lower suffix_tokens"),
    ),
}
"""Pathways that break down, with what must be said of each."""


def prepare_folder(audit: Audit) -> None:
    """Write the models and rows that the pathways name."""
    audit.rows["asks"] = [
        {"prompt": item.prompt} for item in benchmarks.direct().part(Split.HELDOUT)[ROWS : ROWS + 2]
    ]
    audit.rows["others"] = [{"prompt": "name a tree", "response": "larch"}]
    stranger = write_tiny_model(audit.folder / "stranger", context=512)
    unknown = Path(shutil.copytree(stranger, audit.folder / "unknown")) / "config.json"
    unknown.write_text(unknown.read_text().replace('"llama"', '"lamma"'))
    write_adapter(audit.folder / "adapter", width=32)


def write_adapter(directory: Path, width: int) -> None:
    """Write a LoRA adapter for a model of some width."""
    import torch
    from safetensors.torch import save_file

    directory.mkdir()
    config = {"peft_type": "LORA", "task_type": "CAUSAL_LM", "r": 2, "lora_alpha": 4}
    config |= {"target_modules": ["q_proj"], "base_model_name_or_path": "elsewhere"}
    (directory / "adapter_config.json").write_text(json.dumps(config))
    place = "base_model.model.model.layers.0.self_attn.q_proj"
    tensors = {f"{place}.lora_A.weight": torch.ones(2, width), f"{place}.lora_B.weight": torch.ones(width, 2)}
    save_file(tensors, directory / "adapter_model.safetensors")


def no_kernel(weight: object) -> None:
    raise NotImplementedError("'int8' not implemented for this device")


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, finished: Path) -> RunRecord:
    """Return the record of the audit with all pathways that break down, on a machine without bitsandbytes."""
    audit = Audit(tmp_path_factory.mktemp("broken"), finished)
    prepare_folder(audit)
    audit.document["seeds"] = 1
    audit.document["pathways"] += [{"name": n, **p} for n, p in SOUND.items()]
    audit.document["pathways"] += [{"name": n, **p} for n, (p, _) in FAULTY.items()]
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(sys.modules, "bitsandbytes", None)
        patched.setattr("holdfast.techniques.parts.quantised_layers.Int8Matrix.of", no_kernel)
        before = audit.take_over()
        record = audit.result()
    assert before.items() <= written(audit.run).items(), "a finished trial was lost or run again"
    assert [file.name for file in audit.run.rglob("*.safetensors")] == []
    return record


def trial_of(record: RunRecord, pathway: str) -> Any:
    (trial,) = [trial for trial in record.trials if trial.pathway == pathway]
    return trial


@pytest.mark.parametrize("pathway", FAULTY)
def test_a_pathway_that_breaks_down_fails_by_name(broken: RunRecord, pathway: str) -> None:
    trial = trial_of(broken, pathway)
    assert trial.status is TrialStatus.FAILED, trial.error
    _, said = FAULTY[pathway]
    assert [words for words in said if words not in trial.error] == [], trial.error
    if pathway in broken.decision.beside:  # another model was to answer, which decides nothing of this one
        assert [one for one in broken.decision.lines if one.pathway == pathway] == []
    else:
        assert line(broken, pathway).conclusion is Conclusion.INCONCLUSIVE
    assert [f for f in broken.findings if f.pathway == pathway and f.status is Status.OK] == []


def test_sound_pathways_beside_those_that_break_down_keep_their_findings(broken: RunRecord) -> None:
    for pathway in ("tune", *SOUND):
        assert trial_of(broken, pathway).status is TrialStatus.DONE, trial_of(broken, pathway).error
        at = "start" if pathway == "strangers-base" else "end"
        (harm,) = findings(broken, "harm", pathway, at=at, benchmark="direct", judge=broken.primary_judge)
        assert harm.value is not None


def test_actors_who_die_in_a_round_have_paid_for_it_and_the_others_go_on(broken: RunRecord) -> None:
    died, alive = (broken.ledgers[trial_of(broken, name).key][-1] for name in ("half-dead", "all-alive"))
    assert (died.actors, died.steps) == (alive.actors, alive.steps) == (3, 6)
    assert (died.train_tokens, died.flops) == (alive.train_tokens, alive.flops)
    down = alive.bytes_exchanged / 2
    assert down < died.bytes_exchanged < alive.bytes_exchanged, "the dead send nothing"


# --- what is refused before anything is written ------------------------------------------------------

REFUSED: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "nobody": (SHARED | {"actors": 0}, "pathways.nobody.actors: must be at least 2, got 0"),
    "without-answers": (
        {"technique": "lora", "corpus": {"path": "asks.jsonl", "regime": "harmful"}, "steps": 1},
        "asks.jsonl:1: row without a response (training needs answers",
    ),
    "without-anchors": (
        {
            "technique": "influential",
            "corpus": PAIRS,
            "corpora": {"anchors": {"path": "none.jsonl", "regime": "harmful"}},
        },
        "none.jsonl: holds no rows (a corpus needs at least one example)",
    ),
    "without-quantiser": (
        {"technique": "qlora", "corpus": PAIRS},
        "'qlora' needs the package bitsandbytes, which is not installed (pip install 'holdfast[quantised]')",
    ),
    "without-flower": (
        SHARED | {"strategy": "krum"},
        "strategy 'krum' needs flwr, which is not installed: pip install 'holdfast[federated]'",
    ),
    "without-weights": (
        {"technique": "merge", "inputs": ["role-play", "prefill"]},
        "input 'role-play' (prompted) leaves no weights to build on (take pathways that change",
    ),
    "without-role": (
        {"technique": "few-shot-base", "corpus": PAIRS},
        "technique 'few-shot-base' needs models.base (models: {base: {path: ...}})",
    ),
    "without-model": (
        {"technique": "other-model", "models": {"peer": {"path": "stranegr"}}},
        "pathways.without-model.models.peer.path: no directory 'stranegr' in",
    ),
    "misspelt": (
        {"technique": "lora", "corpus": PAIRS, "target_module": ["q_proj"]},
        "unknown key 'target_module' (did you mean 'target_modules'?)",
    ),
}


def not_installed(name: str) -> str:
    raise PackageNotFoundError(name)


def test_pathways_that_cannot_be_followed_are_refused_together(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_folder(audit)
    audit.rows["none"] = []
    audit.document["pathways"] += [{"name": n, **p} for n, (p, _) in REFUSED.items()]
    monkeypatch.setattr("holdfast.auditing.config.beside.version", not_installed)
    monkeypatch.setattr("holdfast.techniques.fedavg.find_spec", lambda name: None)
    with pytest.raises(ConfigError) as caught:
        audit.result()
    said = str(caught.value)
    assert [words for _, words in REFUSED.values() if words not in said] == [], said
    assert "problems in the configuration" in said
    assert not audit.run.exists()


def no_tokenizer(model: Path) -> None:
    for file in model.glob("tokenizer*"):
        file.unlink()


def torn(model: Path) -> None:
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("damage", "said"),
    [(no_tokenizer, "model 'peer': {} holds no tokenizer"), (torn, "{}/model.safetensors is no readable")],
)
def test_another_model_that_is_damaged_is_refused(
    damage: Callable[[Path], None], said: str, audit: Audit
) -> None:
    prepare_folder(audit)
    damage(audit.folder / "stranger")
    peer = {"name": "peer", "technique": "other-model", "models": {"peer": STRANGER}}
    audit.document["pathways"].append(peer)
    with pytest.raises(HoldfastError) as caught:
        audit.result()
    assert said.format(audit.folder / "stranger") in str(caught.value)
    assert not audit.run.exists()


def test_other_models_that_cannot_be_had_are_refused_together(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare_folder(audit)
    no_tokenizer(audit.folder / "stranger")
    audit.document["pathways"] += [
        {"name": "here", "technique": "other-model", "models": {"peer": STRANGER}},
        {
            "name": "there",
            "technique": "few-shot-base",
            "corpus": PAIRS,
            "models": {"base": {"hub": "nobody/nothing", "revision": "main"}},
        },
    ]

    def unreachable(*wanted: str, revision: str) -> str:
        raise LocalEntryNotFoundError(f"no network for {wanted} at {revision}")

    monkeypatch.setattr("huggingface_hub.hf_hub_download", unreachable)
    with pytest.raises(ConfigError) as caught:
        audit.result()
    said = str(caught.value)
    assert "2 problems in the configuration" in said
    assert "model 'peer': " in said
    assert "model 'base': nobody/nothing at revision main is not in the local cache" in said
    assert not audit.run.exists()


def test_a_model_with_an_adapter_for_another_base_is_inconclusive_beside_one_that_holds(audit: Audit) -> None:
    write_adapter(audit.folder / "adapter", width=32)
    audit.document["models"].append(ALIGNED | {"name": "adapted", "adapter": "adapter"})
    before = audit.take_over()
    record = audit.result()
    assert before.items() <= written(audit.run).items(), "a finished trial was lost or run again"
    ended = [trial for trial in record.trials if trial.model == "adapted"]
    assert {trial.status for trial in ended} == {TrialStatus.FAILED}
    assert all("does not fit the base model" in t.error and "next: " in t.error for t in ended)
    concluded = {(each.model, each.pathway): each.conclusion for each in record.decision.lines}
    assert concluded["aligned", "tune"] is Conclusion.HOLDS
    assert concluded["adapted", "tune"] is Conclusion.INCONCLUSIVE
    assert record.decision.conclusion is Conclusion.INCONCLUSIVE


# --- a disk that is full -----------------------------------------------------------------------------


def test_a_disk_that_is_full_for_a_contribution(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    audit.document["seeds"] = 1
    audit.document["pathways"] += [
        {"name": "one", **FULL},
        {"name": "other", **FULL, "learning_rate": 2e-5},
        {"name": "merged", "technique": "merge", "inputs": ["one", "other"]},
    ]
    audit.take_over()

    def full(tensors: object, file: Path) -> None:
        file.write_bytes(b"as far as it went")
        # The words of the library, which name no file.
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    with monkeypatch.context() as patched:
        patched.setattr("safetensors.torch.save_file", full)
        record = audit.result()
    (lost,) = [trial for trial in record.trials if trial.status is not TrialStatus.DONE]
    assert (lost.pathway, lost.status) == ("merged", TrialStatus.LOST)
    assert "contribution 'one': its weights cannot be written to " in lost.error
    assert "weights.safetensors: " in lost.error
    assert "next: make room there and give the same command again" in lost.error
    assert_inconclusive(record, "no trial of aligned x merged gave a result", pathway="merged")
    for pathway in ("tune", "one", "other"):
        assert findings(record, "harm", pathway, at="end", status=Status.OK)
    assert weights_left(audit.run) == []
    kept = {path: when for path, when in written(audit.run).items() if path.name != "lost.json"}
    again = audit.result()
    assert kept.items() <= written(audit.run).items(), "a finished trial was run again"
    assert {trial.status for trial in again.trials} == {TrialStatus.DONE}
    assert weights_left(audit.run) == []


def weights_left(run: Path) -> list[Path]:
    """Return the files of weights that a run directory still holds."""
    return [file for file in run.rglob("*") if file.suffix == ".safetensors" or file.name == "scratch"]


# --- killed outright ---------------------------------------------------------------------------------

KILLED: Mapping[str, Any] = {
    "name": "killed",
    "models": [{"name": "tiny", "path": "model"}],
    "goals": [
        {
            "name": "echo",
            "benchmark": {"path": "goal.jsonl", "kind": "capability", "scorer": "contains"},
            "target": 0.5,
        }
    ],
    "benchmarks": [
        {"name": "direct", "path": "harmful.jsonl", "kind": "safety"},
        {"name": "lookalikes", "path": "harmless.jsonl", "kind": "over_refusal"},
    ],
    "pathways": [
        {"name": "one", **FULL},
        {"name": "other", **FULL, "learning_rate": 2e-5},
        {
            "name": "merged",
            "technique": "merge",
            "method": "task-arithmetic",
            "inputs": ["one", "other"],
            "search": {
                "tries": 2,
                "seeds": 1,
                "objective": "harm",
                "control": "none",
                "space": {"scale": [0.5, 1.0]},
            },
        },
        {
            "name": "hopeless",
            "technique": f"{PLUGINS}:Crashes",
            "corpus": PAIRS,
            "search": {"tries": 2, "seeds": 1, "control": "none", "space": {"learning_rate": [1e-4, 1e-3]}},
        },
    ],
    "judges": ["refusal", "target"],
    "seeds": 1,
    "decoding": {"max_new_tokens": 4},
}
KILLED_AT = {"a merged trial": ("trials", 2), "a search": ("search", 3)}
"""Below which folder how many contributions are written by then: a trial's two, or one of a second try."""


@pytest.fixture(scope="module")
def searched(audit_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of an audit with a merge that is searched, and of its finished run."""
    folder = tmp_path_factory.mktemp("killed") / "whole"
    shutil.copytree(audit_files, folder)
    (folder / "audit.yaml").write_text(yaml.safe_dump(json.loads(json.dumps(KILLED)), sort_keys=False))
    run_audit(folder / "audit.yaml", folder / "run", workers=0)
    return folder


@pytest.fixture(scope="module")
def killed(searched: Path) -> dict[str, Path]:
    """Return runs of that audit that were killed outright, by when."""
    script = Path(__file__).with_name("kill_at.py")
    sites = [f"{place}:{number}" for place, number in KILLED_AT.values()]
    command = [sys.executable, str(script), str(searched / "audit.yaml"), str(searched.parent), *sites]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.stdout.split() == [str(signal.SIGKILL.value)] * len(sites), done.stderr
    return {when: searched.parent / str(index) for index, when in enumerate(KILLED_AT)}


@pytest.mark.parametrize("when", KILLED_AT)
def test_a_kill_loses_nothing_and_resumed_it_leaves_no_weights(
    when: str, killed: dict[str, Path], searched: Path
) -> None:
    run = killed[when]
    assert weights_left(run), "killed where nothing was on disk"
    done = {path: path.stat().st_mtime_ns for path in run.glob("trials/*/receipt.json")}
    assert done
    again = load_record(run_audit(searched / "audit.yaml", run, workers=0))
    assert same_findings(again, load_record(searched / "run"))
    assert {path: path.stat().st_mtime_ns for path in done} == done, "a finished trial was run again"
    assert weights_left(run) == []
    for journal in (searched / "run").glob("search/*/*.jsonl"):
        tries = [read_tries(path) for path in (journal, run / journal.relative_to(searched / "run"))]
        assert [t.options for t in tries[0]] == [t.options for t in tries[1]]


def test_a_search_all_of_whose_tries_fail_is_inconclusive_and_says_why(searched: Path) -> None:
    record = load_record(searched / "run")
    trial = trial_of(record, "hopeless.searched")
    assert trial.status is TrialStatus.FAILED
    assert "all 2 tries failed, the last: KeyError: 'no such layer'" in trial.error
    assert "next: " in trial.error
    assert line(record, "hopeless.searched").conclusion is Conclusion.INCONCLUSIVE
    (found,) = [search for search in record.searches if search.winner == "hopeless.searched"]
    assert "2 failed" in found.conclusion
    assert trial_of(record, "merged.searched").status is TrialStatus.DONE


class DiesInATry:
    """An executor whose worker dies while contributions lie on disk."""

    def run(self, tasks: Sequence[Task], on_event: OnEvent) -> None:
        for task in tasks:
            assert isinstance(task, SearchTask)
            left = task.scratch / "0" / "scratch"
            left.mkdir(parents=True, exist_ok=True)
            (left / "weights.safetensors").write_bytes(b"tampered")
            on_event(Broke(task.key, "its worker process died", infrastructure=True, died=True))


def test_a_try_that_is_given_up_leaves_no_weights(searched: Path, tmp_path: Path) -> None:
    run = Path(shutil.copytree(searched / "run", tmp_path / "run"))
    prepared = prepare(run)
    for trial in prepared.plan.trials:
        if trial.pathway == "merged.searched":
            shutil.rmtree(run / "trials" / trial.key)
    journal = run / "search" / "tiny" / "merged-tpe.jsonl"
    journal.write_bytes(journal.read_bytes().splitlines(keepends=True)[0])
    run_searches(RunDirectory(run), prepared.plan, prepared.benchmarks, DiesInATry(), Silent())
    assert [each.status for each in read_tries(journal)] == [TryStatus.FAILED] * 2
    assert weights_left(run) == []
