"""Files and records: whole or absent, exact, and never mistaken for what they are not."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from holdfast.domain import Decision, Finding, RunError, TrialRecord, TrialStatus
from holdfast.store import Receipt, read_record, write_atomic, write_json

RECEIPT = Receipt(TrialRecord("k", "m", "none", "p", 0, TrialStatus.DONE), {"spend.parquet": "00"}, "t", "m")


def finding(**changes: Any) -> Finding:
    fields: dict[str, Any] = {
        "id": "1",
        "metric": "harm",
        "at": "end",
        "unit": "share",
        "model": "m",
        "safeguard": "none",
        "pathway": "p",
        "goal": "",
        "benchmark": "b",
        "judge": "j",
        "value": 0.1,
        "low": None,
        "high": 1.0,
        "n": 3,
        "seeds": 1,
        "method": "",
        "status": "ok",
        "conclusion": "é",
    }
    return Finding(**fields | changes)


def test_an_atomic_write_makes_folders_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_atomic(path, "one")
    write_atomic(path, b"two")
    assert path.read_text() == "two"
    assert [p.name for p in path.parent.iterdir()] == ["b.txt"]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file(
    call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file.json"
    write_json(path, {"old": 1})

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, call, full)
    with pytest.raises(OSError, match="No space"):
        write_json(path, {"new": 2})
    monkeypatch.undo()
    assert json.loads(path.read_text()) == {"old": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["file.json"]


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_numbers_that_are_no_json_are_never_written(number: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "file.json", {"value": number})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("value", "kind"), [(RECEIPT, Receipt), ((finding(), finding(id="2", value=None)), tuple[Finding, ...])]
)
def test_a_record_reads_back_equal(value: Any, kind: Any, tmp_path: Path) -> None:
    write_json(tmp_path / "file.json", value)
    assert read_record(tmp_path / "file.json", kind) == value


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "does not hold"),
        (b'{"record": ', "does not hold"),
        (b"\xff\xfe", "does not hold"),
        (b"[1]", "does not hold"),
        (b"{}", "record: Field required"),
    ],
)
def test_a_damaged_record_is_an_error_that_names_it(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "receipt.json"
    path.write_bytes(content)
    with pytest.raises(RunError, match=said) as caught:
        read_record(path, Receipt)
    assert str(path) in str(caught.value)
    assert caught.value.next_step


def test_a_missing_record_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"decision\.json is missing") as caught:
        read_record(tmp_path / "decision.json", Decision)
    assert f"holdfast audit {tmp_path}" in caught.value.next_step


@pytest.mark.parametrize(
    ("value", "kind"),
    [({"schema": 99, "another": "layout"}, Receipt), ([{"schema": 1}, {"schema": 99}], tuple[Finding, ...])],
)
def test_a_newer_layout_names_the_upgrade_whatever_else_it_holds(
    value: Any, kind: Any, tmp_path: Path
) -> None:
    write_json(tmp_path / "file.json", value)
    with pytest.raises(RunError, match="schema 99, this version reads up to 1") as caught:
        read_record(tmp_path / "file.json", kind)
    assert "upgrade" in caught.value.next_step
