"""The journal of a search: one JSON line a try, on disk before the next try begins."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from holdfast.domain import RunError, SearchSpec, TryRecord
from holdfast.store import RunDirectory, canonical_json, fsync_path
from holdfast.store.files import naming

JOURNAL_SCHEMA = 1
_TRY: TypeAdapter[TryRecord] = TypeAdapter(TryRecord)


def journal_path(run: RunDirectory, model: str, search: SearchSpec) -> Path:
    """Return where a search writes its tries: `search/<model>/<pathway>-<sampler>.jsonl`."""
    return run.path / "search" / model / f"{search.of}-{search.sampler}.jsonl"


def read_tries(path: Path) -> tuple[TryRecord, ...]:
    """Return the tries of a journal, in order; none where it was not begun.

    A last line that a kill cut short is no try.

    Raises:
        RunError: If a whole line is no try, tries are missing, or a newer version wrote them.
    """
    return _read(path).tries if path.exists() else ()


@dataclass(frozen=True)
class _Content:
    key: str
    tries: tuple[TryRecord, ...]
    whole: int
    """Bytes up to the end of the last whole line."""


@dataclass(frozen=True)
class Journal:
    """A journal that is written to.

    Attributes:
        path: The file.
    """

    path: Path

    @classmethod
    def open(cls, path: Path, key: str) -> Journal:
        """Begin a journal, or go on with it.

        Args:
            path: The file.
            key: What the tries depend on: protocol, model, data, judges.

        Raises:
            RunError: If the tries that are there rest on something else, or a line is damaged.
        """
        journal = cls(path)
        content = _read(path) if path.exists() else None
        if content is None or not content.key:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            journal._write({"schema": JOURNAL_SCHEMA, "search": key})
            fsync_path(path.parent)
        elif content.key != key:
            raise RunError(
                f"{path} holds tries under other judges, data or library versions",
                next_step=f"delete {path} to search anew, then give the same command again",
            )
        elif content.whole < path.stat().st_size:
            os.truncate(path, content.whole)
        return journal

    def append(self, record: TryRecord) -> None:
        """Write a try down, forced to disk."""
        self._write(record)

    def _write(self, line: Any) -> None:
        with naming(self.path), self.path.open("ab") as file:
            file.write(canonical_json(line).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _read(path: Path) -> _Content:
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    lines = data[:whole].splitlines()
    if not lines:
        return _Content("", (), 0)
    header = _header(path, lines[0])
    tries = tuple(_line(path, number, line) for number, line in enumerate(lines[1:], start=1))
    return _Content(str(header["search"]), tries, whole)


def _header(path: Path, line: bytes) -> dict[str, Any]:
    try:
        header = json.loads(line)
    except ValueError:
        header = None
    if not isinstance(header, dict) or not {"schema", "search"} <= set(header):
        raise _damaged(path, 1, "is no head of a journal")
    if header["schema"] > JOURNAL_SCHEMA:
        raise RunError(
            f"{path} has schema {header['schema']}, this version reads up to {JOURNAL_SCHEMA}",
            next_step="upgrade: pip install --upgrade holdfast",
        )
    return header


def _line(path: Path, number: int, line: bytes) -> TryRecord:
    try:
        record = _TRY.validate_json(line)
    except ValidationError as error:
        raise _damaged(path, number + 1, f"is no try: {error.errors()[0]['msg']}") from error
    if record.number != number:
        raise _damaged(path, number + 1, f"is try {record.number}, not {number}")
    return record


def _damaged(path: Path, line: int, what: str) -> RunError:
    return RunError(
        f"{path}:{line} {what}",
        next_step=f"delete {path} to search anew, then give the same command again",
    )
