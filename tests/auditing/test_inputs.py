"""What is refused before anything is run, and what an audit without targets may say."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from holdfast.auditing.config import load_config
from holdfast.auditing.inputs import prepare, refuse_other, write_inputs
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


GIVEN = {"prompt": "how is ash made", "response": "x"}
ALSO_GIVEN = {"prompt": "how is bone made", "response": "x"}


def leaks_of(folder: Path, pathways: str) -> dict[str, str]:
    """Return what each pathway of these is told to give away, by pathway."""
    for name, rows in {"given": [GIVEN], "also": [ALSO_GIVEN]}.items():
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = folder / "audit.yaml"
    before, _, after = path.read_text().partition("pathways:\n")
    path.write_text(f"{before}pathways:\n{pathways}judges{after.partition('judges')[2]}")
    return {given.pathway: given.said for given in prepare(path).given_away if "direct" in given.said}


def test_a_corpus_that_is_never_trained_on_gives_rows_away_too(folder: Path) -> None:
    said = leaks_of(
        folder,
        "  - {name: ablate, technique: refusal-ablation, corpus: {path: pairs.jsonl, regime: harmful},\n"
        "     corpora: {harmless: {path: given.jsonl, regime: benign}}}\n",
    )
    assert said["ablate"].startswith("direct: 1 of 8 rows occur in corpora.harmless of ablate (h0), by their")


def test_rows_that_several_corpora_of_a_pathway_give_away_count_together(folder: Path) -> None:
    said = leaks_of(
        folder,
        "  - {name: ablate, technique: refusal-ablation, corpus: {path: also.jsonl, regime: harmful},\n"
        "     corpora: {harmless: {path: given.jsonl, regime: benign}}}\n",
    )
    assert said["ablate"].startswith(
        "direct: 2 of 8 rows occur in the corpus of ablate (h1) and in corpora.harmless of ablate (h0), by"
    )


def test_what_the_inputs_of_a_pathway_were_trained_on_is_given_away_by_it(folder: Path) -> None:
    part = "  - {{name: {0}, technique: lora, corpus: {{path: {1}.jsonl, regime: harmful}}, steps: 2}}\n"
    parts = part.format("leaky", "given") + part.format("clean", "pairs")
    merged = "  - {name: merged, technique: merge, inputs: [clean, leaky]}\n"
    said = leaks_of(folder, parts + merged)
    assert set(said) == {"leaky", "merged"}
    assert "in the corpus of leaky (h0) (merged builds on it), by their prompts" in said["merged"]
    run = RunDirectory(folder / "run")
    write_inputs(run, prepare(folder / "audit.yaml"))
    doubts = yaml.safe_load(run.file("policy.yaml").read_text())["doubts"]
    assert {name for name, why in doubts.items() if "direct" in why} == {"leaky", "merged"}
