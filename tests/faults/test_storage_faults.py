"""What is cut, edited, planted, mixed up or does not fit on the disk is named, and never becomes a result.

Each test follows the next step that the error gives, and then finds what an audit without the fault finds.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from steadfast import Audit, assert_inconclusive, same_findings, statuses, written

from holdfast.auditing.inputs import prepare
from holdfast.auditing.record import load_record
from holdfast.domain import Conclusion, RunError, TrialStatus
from holdfast.store import Receipt, RunDirectory, write_json
from holdfast.workflow.audit import report_run


@pytest.fixture
def whole(audit: Audit) -> Audit:
    """Return an audit that is finished, for a test to damage."""
    assert audit.finished is not None
    audit.config()
    shutil.copytree(audit.finished, audit.run)
    return audit


def trial_of(audit: Audit, pathway: str = "tune") -> Path:
    """Return the directory of one trial."""
    plan = load_record(audit.run).plan
    return audit.run / "trials" / next(t.key for t in plan.trials if t.pathway == pathway)


def assert_named(audit: Audit, *said: str) -> None:
    """Make sure that neither command gives a result, and that both say what is wrong in these words."""
    (audit.run / "decision.json").unlink()
    for command in (lambda: report_run(audit.run), audit.result):
        with pytest.raises(RunError) as caught:
            command()
        assert [words for words in said if words not in str(caught.value)] == [], str(caught.value)
        assert caught.value.next_step
        assert not (audit.run / "decision.json").exists()


def assert_mended(audit: Audit, kept: dict[Path, int]) -> None:
    """Make sure that the same command now finds what it should, and that finished trials were kept."""
    record = audit.result()
    assert audit.finished is not None
    assert record.decision.conclusion is Conclusion.HOLDS
    assert same_findings(record, load_record(audit.finished))
    assert kept.items() <= written(audit.run).items(), "a finished trial was run again"


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def others(audit: Audit, trial: Path) -> dict[Path, int]:
    return {path: when for path, when in written(audit.run).items() if path.parent != trial}


@pytest.mark.parametrize("name", ["generations-001.parquet", "spend.parquet", "reference.parquet"])
def test_a_truncated_table_of_a_trial(name: str, whole: Audit) -> None:
    trial = trial_of(whole)
    cut(trial / name)
    assert_named(whole, str(trial / name), "delete", "holdfast audit ")
    kept = others(whole, trial)
    shutil.rmtree(trial)
    assert_mended(whole, kept)


def test_a_truncated_table_of_rows(whole: Audit) -> None:
    cut(whole.run / "items.parquet")
    with pytest.raises(RunError) as caught:
        report_run(whole.run)
    assert f"{whole.run / 'items.parquet'} cannot be read as Parquet" in str(caught.value)
    assert "holdfast audit " in caught.value.next_step
    assert_mended(whole, written(whole.run))


def test_a_receipt_without_its_data(whole: Audit) -> None:
    trial = trial_of(whole)
    (trial / "generations-002.parquet").unlink()
    assert_named(
        whole,
        f"{trial / 'generations-002.parquet'} is missing though its receipt names it",
        f"delete {trial}",
    )
    kept = others(whole, trial)
    shutil.rmtree(trial)
    assert_mended(whole, kept)


def test_a_receipt_that_vouches_for_nothing(whole: Audit) -> None:
    trial = trial_of(whole)
    held = RunDirectory(whole.run).receipt(trial.name)
    assert held is not None
    shutil.rmtree(trial)
    write_json(trial / "receipt.json", Receipt(held.record, {}, held.training_key, held.measurement_key))
    assert_named(whole, f"{trial}", "is missing", "delete")
    kept = others(whole, trial)
    shutil.rmtree(trial)
    assert_mended(whole, kept)


def test_a_receipt_of_another_trial(whole: Audit) -> None:
    one, other = (whole.run / "trials" / t.key for t in load_record(whole.run).plan.trials[-2:])
    shutil.rmtree(other)
    shutil.copytree(one, other)
    assert_named(whole, f"{other / 'receipt.json'} is the receipt of trial {one.name}", f"delete {other}")
    kept = others(whole, other)
    shutil.rmtree(other)
    assert_mended(whole, kept)


def test_answers_that_no_receipt_names_are_nobodys(whole: Audit) -> None:
    trial = trial_of(whole)
    shutil.copy(trial / "generations-003.parquet", trial / "generations-999.parquet")
    assert_mended(whole, others(whole, trial))


def test_an_edited_verdict_file(whole: Audit) -> None:
    verdicts = trial_of(whole) / "verdicts"
    path = next(verdicts.glob("*.parquet"))
    table = pq.read_table(path)
    column = table.column_names.index("refusal")
    edited = table.set_column(column, "refusal", pa.array(["full"] * len(table)))
    pq.write_table(edited, path)
    assert_named(whole, f"{path} is missing or was changed after it was judged", f"delete {verdicts}")
    shutil.rmtree(verdicts)
    assert_mended(whole, written(whole.run))


# --- a disk that is full -----------------------------------------------------------------------------


def no_room_for(monkeypatch: pytest.MonkeyPatch, wanted: Callable[[Path], bool]) -> None:
    """Let the disk be full whenever such a file is about to take its place."""
    replace = os.replace

    def refusing(source: Any, target: Any) -> None:
        if wanted(Path(target)):
            raise OSError(errno.ENOSPC, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", refusing)
    monkeypatch.setattr(Path, "replace", refusing)


def test_a_disk_that_is_full_for_a_trial(audit: Audit, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = audit.take_over()
    gone = trials_to_do(audit)
    no_room_for(monkeypatch, lambda path: path.name == "generations-001.parquet")
    record = audit.result()
    assert_inconclusive(record, "no trial of aligned x tune gave a result")
    assert {place for place, s in statuses(record).items() if s is TrialStatus.LOST} == {
        ("tune", s) for s in range(3)
    }
    for trial in (t for t in record.trials if t.pathway == "tune"):
        assert "No space left on device" in trial.error
        assert "generations-001.parquet" in trial.error
        assert (
            "next: make room there and give the same command again; finished trials are kept" in trial.error
        )
    monkeypatch.undo()
    assert_mended(audit, {path: when for path, when in kept.items() if path.parent.name not in gone})


def trials_to_do(audit: Audit) -> set[str]:
    """Delete the trainings of a run that was taken over, and return their keys."""
    keys = {t.key for t in prepare(audit.config()).plan.trials if t.pathway == "tune"}
    for key in keys:
        shutil.rmtree(audit.run / "trials" / key)
    return keys


@pytest.mark.filterwarnings("ignore:.*click:DeprecationWarning")
@pytest.mark.parametrize("name", ["receipt.json", "items.parquet", "findings.json", "report.html"])
def test_a_disk_that_is_full_for_the_run(
    name: str, audit: Audit, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from holdfast.cli import main

    kept = audit.take_over()
    gone = trials_to_do(audit)
    monkeypatch.setattr(
        sys, "argv", ["holdfast", "audit", str(audit.config()), "-o", str(audit.run), "--workers", "0"]
    )
    with monkeypatch.context() as full:
        no_room_for(full, lambda path: path.name == name)
        with pytest.raises(SystemExit) as ended:
            main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert name in told
    assert "finished trials are kept; mend this and give the same command again" in told
    assert not (audit.run / "manifest.json").exists()
    assert_mended(audit, {path: when for path, when in kept.items() if path.parent.name not in gone})


def can_mount() -> bool:
    mount = ["unshare", "-Urm", "mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"]
    try:
        return subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.skipif(not can_mount(), reason="needs user namespaces to mount a small disk")
def test_a_real_disk_that_is_full_while_a_worker_trains(audit: Audit) -> None:
    kept = audit.take_over()
    gone = trials_to_do(audit)
    script = Path(__file__).with_name("small_disk.py")
    command = ["unshare", "-Urm", sys.executable, str(script), str(audit.config()), str(audit.run)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert "No space left on device: '" in done.stdout, "the file is not named"
    assert not (audit.run / "manifest.json").exists()
    assert {path.relative_to(audit.run) for path in written(audit.run)} >= {
        path.relative_to(audit.run) for path in kept if path.parent.name not in gone
    }
    assert_mended(audit, written_by_trials(audit))


def written_by_trials(audit: Audit) -> dict[Path, int]:
    """Return what finished trials left."""
    done = {path.parent for path in audit.run.glob("trials/*/receipt.json")}
    return {path: when for path, when in written(audit.run).items() if path.parent in done}
