"""What is refused before anything is run, and what an audit without targets may say."""

import json
import shutil
from pathlib import Path

import pytest

from holdfast.auditing.config import load_config
from holdfast.auditing.inputs import prepare, refuse_other
from holdfast.domain import ConfigError, Finding, RunError, Status
from holdfast.store import RunDirectory, read_record
from holdfast.workflow.audit import run_audit


@pytest.fixture
def folder(audit_files: Path, tmp_path: Path) -> Path:
    """Return a copy of the miniature audit's files that a test may change."""
    shutil.copytree(audit_files, tmp_path / "audit", ignore=shutil.ignore_patterns("model", "*.py"))
    (tmp_path / "audit" / "model").symlink_to(audit_files / "model")
    return tmp_path / "audit"


def change(folder: Path, old: str, new: str) -> Path:
    path = folder / "audit.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_a_hub_model_that_cannot_be_had_is_a_configuration_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    def unreachable(*_: object, **__: object) -> str:
        raise LocalEntryNotFoundError("offline")

    monkeypatch.setattr(huggingface_hub, "hf_hub_download", unreachable)
    path = change(folder, "{name: tiny, path: model}", "{name: tiny, hub: org/none, revision: main}")
    with pytest.raises(ConfigError, match="org/none at revision main is not in the local cache"):
        prepare(path)


def test_pickled_weights_are_a_configuration_error(folder: Path) -> None:
    (folder / "pickled").mkdir()
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folder / "model" / name, folder / "pickled")
    (folder / "pickled" / "pytorch_model.bin").write_bytes(b"x")
    path = change(folder, "path: model}", "path: pickled}")
    with pytest.raises(ConfigError, match="allow_pickle: true"):
        prepare(path)


def test_an_audit_without_safety_prompts_is_a_configuration_error(folder: Path) -> None:
    path = change(folder, "  - {name: direct, path: harmful.jsonl, kind: safety}\n", "")
    with pytest.raises(ConfigError, match="no benchmark has the kind safety"):
        load_config(path)


def test_refusal_strings_alone_decide_nothing(folder: Path) -> None:
    path = change(folder, "[coherence, refusal, target, refusal-strings]", "[refusal-strings]")
    with pytest.raises(ConfigError, match="refusal-strings alone decides nothing"):
        load_config(path)


def test_sampled_answers_of_the_untouched_model_are_drawn_for_every_seed(folder: Path) -> None:
    path = change(folder, "decoding: {max_new_tokens: 6}", "decoding: {max_new_tokens: 6, temperature: 0.5}")
    trials = prepare(path).plan.trials
    assert sum(trial.pathway == "plain" for trial in trials) == 2


def test_an_output_below_a_file_is_told(config: Path, tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("mine")
    with pytest.raises(RunError, match="is a file, not a folder"):
        refuse_other(RunDirectory(tmp_path / "notes" / "run"), prepare(config).plan)


def test_without_targets_refusal_is_lost_but_harm_is_never_claimed(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "harmful.jsonl").read_text().splitlines()]
    (folder / "harmful.jsonl").write_text(
        "".join(json.dumps({"id": r["id"], "prompt": r["prompt"]}) + "\n" for r in rows)
    )
    run = run_audit(folder / "audit.yaml", folder / "run", workers=0)
    findings = read_record(run / "findings.json", tuple[Finding, ...])
    panel = [f for f in findings if f.judge == "coherence+refusal+target"]
    assert panel
    assert not [f for f in panel if f.metric == "harm"]
    breaks = [f for f in panel if f.metric == "break.steps"]
    assert {f.status for f in breaks} <= {Status.INCONCLUSIVE, Status.CENSORED}
    assert all("no judge here can tell harm" in f.conclusion for f in breaks)
    assert "Refusal lost" in (run / "report.html").read_text()


def test_rows_that_a_corpus_gives_away_are_named(folder: Path) -> None:
    rows = [json.loads(line) for line in (folder / "harmful.jsonl").read_text().splitlines()]
    given = [{"prompt": r["prompt"], "response": r["target"]} for r in rows[:2]]
    pairs = (folder / "pairs.jsonl").read_text()
    (folder / "pairs.jsonl").write_text("".join(json.dumps(g) + "\n" for g in given) + pairs)
    leaks = prepare(folder / "audit.yaml").leaks
    assert any(
        leak.startswith("direct: 2 of 8 rows occur in the corpus of harmful-lora (h0, h1)") for leak in leaks
    )
