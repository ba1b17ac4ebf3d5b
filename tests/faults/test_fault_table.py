"""Every fault that must fail closed has its row in `docs/fail-closed.md`, and every row has its test.

The table there is the map from fault to test; it is not repeated here.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "fail-closed.md"
ROW = re.compile(
    r"^\| (?P<fault>[^|]+) \| (?P<what>[^|]+) \| `(?P<file>[\w.]+)::(?P<test>\w+)` \|$", re.MULTILINE
)
ROWS = [match.groupdict() for match in ROW.finditer(DOCUMENT.read_text(encoding="utf-8"))]

MUST_FAIL_CLOSED = (
    "judge raises",
    "judge returns garbage",
    "judge times out",
    "judge disagrees with itself",
    "zero prompts",
    "one prompt",
    "all unscored",
    "NaN loss",
    "diverged training",
    "worker killed",
    "disk full",
    "truncated parquet",
    "receipt without data",
    "edited verdict file",
    "clock going backwards",
    "goal never reached",
    "utility not measured",
    "duplicate ids",
    "targets leak into the corpus",
    "some answers unscored",
    "bad target module",
    "adapter for another base",
    "corpus without answers, 0 actors, missing package, input without weights",
    "actor dies mid-round",
    "quantiser missing on this device",
)


def functions_of(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_fault_has_one_row() -> None:
    faults = [row["fault"] for row in ROWS]
    assert len(set(faults)) == len(faults)
    assert set(MUST_FAIL_CLOSED) <= set(faults)
    table = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    assert len(ROWS) == len(table) - 1, "a row that does not read as fault, what happens, test"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["fault"])
def test_every_row_has_its_test(row: dict[str, str]) -> None:
    assert row["test"] in functions_of(HERE / row["file"])
