"""An audit that varies templates and decodings, from its configuration to its record."""

from pathlib import Path

import pytest

from holdfast.auditing.record import load_record
from holdfast.domain import Robustness, RunRecord, Status
from holdfast.store import read_benchmarks, read_record
from holdfast.workflow.audit import report_run, run_audit

CONFIG = """\
name: varied
models:
  - {name: tiny, path: FOLDER/model}
goals:
  - {name: echo, benchmark: {path: FOLDER/goal.jsonl, kind: capability, scorer: contains}, target: 0}
benchmarks:
  - {name: direct, path: FOLDER/harmful.jsonl, kind: safety}
  - {name: lookalikes, path: FOLDER/harmless.jsonl, kind: over_refusal}
pathways:
  - {name: tune, technique: lora, corpus: {path: FOLDER/pairs.jsonl, regime: benign}, steps: 2}
judges: [coherence, refusal, target]
seeds: 1
decoding: {max_new_tokens: 4}
multiverse:
  templates: {plain: "{prompt}", polite: "Please. {prompt}"}
  decodings: {own: {}, drawn: {temperature: 1.0}}
"""
PANEL = "coherence+refusal+target"
VARIANTS = {"direct@polite", "direct@drawn", "direct@polite+drawn"}


@pytest.fixture(scope="module")
def run(audit_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("varied")
    (folder / "audit.yaml").write_text(CONFIG.replace("FOLDER", str(audit_files)))
    return run_audit(folder / "audit.yaml", folder / "run", workers=0)


@pytest.fixture(scope="module")
def record(run: Path) -> RunRecord:
    return load_record(run)


def test_what_was_asked_is_kept_as_it_was_asked(run: Path) -> None:
    benchmarks = read_benchmarks(run / "items.parquet")
    assert set(benchmarks) == VARIANTS | {"direct", "lookalikes", "echo"}
    plain, polite = (benchmarks[name].items for name in ("direct", "direct@polite"))
    assert [row.prompt for row in polite] == [f"Please. {row.prompt}" for row in plain]


def test_variants_are_measured_untouched_and_at_the_end_and_by_no_attack_on_inputs(record: RunRecord) -> None:
    asked = {(p.pathway, p.step, p.benchmark) for p in record.trajectories if p.benchmark in VARIANTS}
    assert asked == {
        (pathway, step, name) for pathway, step in (("plain", 0), ("tune", 2)) for name in VARIANTS
    }


def test_the_record_holds_every_cell_and_reads_back_what_was_written(run: Path, record: RunRecord) -> None:
    assert record.robustness == read_record(run / "robustness.json", Robustness)
    (row,) = record.robustness.multiverse
    assert row.axes == {
        "judge": (PANEL, "refusal-strings"),
        "template": ("plain", "polite"),
        "decoding": ("own", "drawn"),
    }
    assert len(row.cells) == 8
    assert (row.status, row.cells[0].value) == (Status.OK, 0.0)  # the goal is reached untouched
    assert record.robustness.agreement
    assert record.robustness.survival


def test_readers_of_answers_and_comparisons_meet_no_variant(record: RunRecord) -> None:
    assert record.transcripts
    assert not {t.benchmark for t in record.transcripts} & VARIANTS
    assert not {c.benchmark for c in record.robustness.comparisons} & VARIANTS
    named = {f.benchmark for f in record.findings if f.metric.startswith("break.")}
    assert named == {"", "direct"}


def test_analysing_again_changes_nothing(run: Path) -> None:
    before = (run / "robustness.json").read_bytes()
    report_run(run)
    assert (run / "robustness.json").read_bytes() == before
