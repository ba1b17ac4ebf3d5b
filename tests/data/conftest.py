"""Small files and fake subjects for the data tests."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from holdfast.domain import BenchmarkKind, BenchmarkSpec, DataSource

Rows = Sequence[object]
WriteRows = Callable[..., str]


@pytest.fixture
def jsonl(tmp_path: Path) -> WriteRows:
    """Return a function that writes rows (dicts, or raw lines) and returns the file's path."""

    def write(rows: Rows, name: str = "rows.jsonl") -> str:
        lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
        path = tmp_path / name
        path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        return str(path)

    return write


@pytest.fixture
def spec_of() -> Callable[..., BenchmarkSpec]:
    """Return a function that makes the spec of a benchmark file."""

    def make(
        path: str, kind: str = "safety", scorer: str | None = None, digest: str = "", **columns: str
    ) -> BenchmarkSpec:
        return BenchmarkSpec("bench", DataSource(path, None, columns, digest), BenchmarkKind(kind), scorer)

    return make
