"""What a finished audit leaves, and when a directory is refused."""

import json
from pathlib import Path

import pytest

from holdfast.auditing.inputs import prepare
from holdfast.domain import METRICS, Finding, RunError, TrialStatus
from holdfast.store import RunDirectory, file_digest, read_record, run_lock
from holdfast.workflow.audit import report_run, run_audit


@pytest.fixture(scope="module")
def finished(audit_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_audit(audit_files / "audit.yaml", tmp_path_factory.mktemp("runs") / "run", workers=0)


def test_a_finished_run_holds_every_stage(finished: Path) -> None:
    names = {path.name for path in finished.iterdir()}
    assert names >= {
        "config.yaml",
        "plan.json",
        "policy.yaml",
        "items.parquet",
        "trials",
        "trajectories.parquet",
        "findings.json",
        "decision.json",
        "report.html",
        "manifest.json",
    }


def test_the_manifest_names_every_file_with_its_digest(finished: Path) -> None:
    manifest = json.loads((finished / "manifest.json").read_text())
    assert manifest["complete"]
    for name, digest in manifest["files"].items():
        assert file_digest(finished / name) == digest
    for key, digest in manifest["receipts"].items():
        assert file_digest(finished / "trials" / key / "receipt.json") == digest


def test_no_weights_and_no_attempts_are_left(finished: Path) -> None:
    assert not list(finished.rglob("*.safetensors"))
    assert not list(finished.rglob("attempt-*"))
    assert not list(finished.rglob("scratch"))


def test_findings_use_published_metric_names_and_have_unique_ids(finished: Path) -> None:
    findings = read_record(finished / "findings.json", tuple[Finding, ...])
    assert {f.metric for f in findings} <= set(METRICS)
    assert len({f.id for f in findings}) == len(findings)


def test_outcome_shares_add_up_to_one(finished: Path) -> None:
    findings = read_record(finished / "findings.json", tuple[Finding, ...])
    shares: dict[tuple[str, ...], float] = {}
    for f in findings:
        if f.metric.startswith("outcome.") and f.value is not None:
            place = (f.at, f.model, f.pathway, f.goal, f.benchmark, f.judge)
            shares[place] = shares.get(place, 0.0) + f.value
    assert shares
    assert all(total == pytest.approx(1.0) for total in shares.values())


def test_the_same_command_on_a_finished_run_trains_nothing_again(finished: Path, config: Path) -> None:
    receipts = {p: p.stat().st_mtime_ns for p in finished.glob("trials/*/receipt.json")}
    run_audit(config, finished, workers=0)
    assert {p: p.stat().st_mtime_ns for p in finished.glob("trials/*/receipt.json")} == receipts


def test_a_report_is_written_again_from_stored_files_alone(finished: Path) -> None:
    before = (finished / "findings.json").read_bytes()
    record = report_run(finished)
    assert (finished / "findings.json").read_bytes() == before
    assert {trial.status for trial in record.trials} == {TrialStatus.DONE}


def test_a_second_audit_on_the_same_directory_is_refused(config: Path, tmp_path: Path) -> None:
    with run_lock(tmp_path / "run"), pytest.raises(RunError, match="another audit is running"):
        run_audit(config, tmp_path / "run", workers=0)


def test_another_configuration_on_the_same_directory_is_refused(
    finished: Path, config: Path, tmp_path: Path
) -> None:
    other = config.with_name("other.yaml")
    other.write_text(config.read_text().replace("target: 0.5", "target: 0.6"))
    with pytest.raises(RunError, match=r"holds another audit.*goals"):
        run_audit(other, finished, workers=0)


def test_a_directory_with_other_files_is_refused(config: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(RunError, match="not empty"):
        run_audit(config, tmp_path, workers=0)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_changed_answer_is_noticed(config: Path, tmp_path: Path) -> None:
    run = RunDirectory(run_audit(config, tmp_path / "run", workers=0))
    part = next(run.path.glob("trials/*/generations-000.parquet"))
    part.write_bytes(part.read_bytes() + b" ")
    with pytest.raises(RunError, match="changed after it was measured"):
        report_run(run.path)


def test_an_edited_verdict_is_noticed(finished: Path, config: Path, tmp_path: Path) -> None:
    run = RunDirectory(run_audit(config, tmp_path / "run", workers=0))
    part = next(run.path.glob("trials/*/verdicts/*.parquet"))
    part.write_bytes(part.read_bytes() + b" ")
    with pytest.raises(RunError, match="changed after it was judged"):
        report_run(run.path)


def test_planning_writes_nothing(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    prepared = prepare(config)
    assert len(prepared.plan.trials) == 3 + 2 + 2 * 2
    assert not list(tmp_path.iterdir())
