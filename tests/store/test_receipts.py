"""A receipt means done, and nothing else does."""

from pathlib import Path

import pytest

from holdfast.domain import RunError, Schedule, TrialRecord, TrialSpec, TrialStatus
from holdfast.store import RunDirectory

TRIAL = TrialSpec("key", "m", "none", "p", 0, Schedule(0, (0,)), "training", "measurement")


def record(status: TrialStatus = TrialStatus.DONE, error: str = "") -> TrialRecord:
    return TrialRecord("key", "m", "none", "p", 0, status, error)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return RunDirectory(tmp_path)


@pytest.fixture
def done(run: RunDirectory) -> RunDirectory:
    attempt = run.begin_attempt("key")
    (attempt / "spend.parquet").write_bytes(b"spend")
    (attempt / "scratch").mkdir()
    (attempt / "scratch" / "weights.safetensors").write_bytes(b"tampered")
    run.commit(TRIAL, attempt, record())
    return run


def test_files_without_a_receipt_are_no_result(run: RunDirectory) -> None:
    attempt = run.begin_attempt("key")
    (attempt / "spend.parquet").write_bytes(b"spend")
    (run.trial("key") / "spend.parquet").write_bytes(b"spend")
    assert run.receipt("key") is None
    assert run.record(TRIAL).status is TrialStatus.LOST
    assert "never ran" in run.record(TRIAL).error


def test_a_committed_attempt_leaves_its_files_and_no_scratch(done: RunDirectory) -> None:
    receipt = done.receipt("key")
    assert receipt is not None
    assert (receipt.record, list(receipt.files)) == (record(), ["spend.parquet"])
    assert (receipt.training_key, receipt.measurement_key) == ("training", "measurement")
    assert {p.name for p in done.trial("key").iterdir()} == {"receipt.json", "spend.parquet"}
    done.verify("key", receipt)


def test_a_late_attempt_is_refused_and_changes_nothing(done: RunDirectory) -> None:
    late = done.begin_attempt("key")
    (late / "spend.parquet").write_bytes(b"other")
    with pytest.raises(RunError, match="already done"):
        done.commit(TRIAL, late, record(TrialStatus.FAILED))
    assert (done.trial("key") / "spend.parquet").read_bytes() == b"spend"
    assert done.record(TRIAL).status is TrialStatus.DONE


def test_a_new_attempt_clears_what_an_unfinished_one_left(run: RunDirectory) -> None:
    first = run.begin_attempt("key")
    (first / "weights.safetensors").write_bytes(b"tampered")
    second = run.begin_attempt("key")
    assert list(run.trial("key").iterdir()) == [second]
    assert not list(second.iterdir())


def test_a_lost_trial_is_visible_keeps_no_weights_and_is_not_done(run: RunDirectory) -> None:
    attempt = run.begin_attempt("key")
    (attempt / "weights.safetensors").write_bytes(b"tampered")
    run.lose(record(TrialStatus.LOST, "its worker died"))
    assert run.receipt("key") is None
    assert run.record(TRIAL).error == "its worker died"
    assert [p.name for p in run.trial("key").iterdir()] == ["lost.json"]


def test_success_after_a_loss_removes_the_note(run: RunDirectory) -> None:
    attempt = run.begin_attempt("key")
    run.lose(record(TrialStatus.LOST, "died"))
    attempt = run.begin_attempt("key")
    run.commit(TRIAL, attempt, record())
    assert run.record(TRIAL).status is TrialStatus.DONE
    assert not (run.trial("key") / "lost.json").exists()


def test_a_failed_trial_leaves_its_receipt_and_nothing_else(run: RunDirectory) -> None:
    attempt = run.begin_attempt("key")
    (attempt / "generations-000.parquet").write_bytes(b"half")
    run.discard(attempt)
    run.commit(TRIAL, attempt, record(TrialStatus.FAILED, "diverged"))
    assert [p.name for p in run.trial("key").iterdir()] == ["receipt.json"]
    assert run.record(TRIAL).error == "diverged"


@pytest.mark.parametrize("damage", [b"spenD", b"spen", None])
def test_a_changed_cut_or_missing_file_is_an_error_that_names_it(
    damage: bytes | None, done: RunDirectory
) -> None:
    path = done.trial("key") / "spend.parquet"
    path.unlink() if damage is None else path.write_bytes(damage)
    receipt = done.receipt("key")
    assert receipt is not None
    with pytest.raises(RunError, match=r"is missing|was changed") as caught:
        done.verify("key", receipt)
    assert str(path) in str(caught.value)
    assert f"delete {path.parent}" in caught.value.next_step


def test_a_damaged_receipt_is_an_error_not_an_unfinished_trial(done: RunDirectory) -> None:
    path = done.trial("key") / "receipt.json"
    path.write_text(path.read_text()[:40])
    with pytest.raises(RunError, match=r"receipt\.json does not hold"):
        done.receipt("key")
