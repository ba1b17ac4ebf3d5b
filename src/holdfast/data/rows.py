"""Rows of a data file with the line each came from; what cannot be read is collected, not stopped at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from holdfast.data.csv_rows import scan_csv
from holdfast.data.jsonl_rows import scan_jsonl
from holdfast.data.scan import Row, Scan
from holdfast.domain import DataError, DataSource, Problem, did_you_mean

PROBLEMS_SHOWN = 50
"""Different problems of one file that are listed one by one."""
ALIKE_SHOWN = 5
"""Rows of one file that are wrong in the same way and still listed one by one."""

_FORMATS = {".jsonl": "jsonl", ".json": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".tsv": "tsv"}


def shown_path(path: Path) -> str:
    """Return a path as messages show it: relative to the working directory where it lies below it."""
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def scan_rows(source: DataSource) -> Scan:
    """Read every row of a file that can be read, and name every one that cannot.

    Args:
        source: A file; its `columns` (our name -> theirs) rename fields of CSV and JSONL alike.

    Returns:
        The readable rows in file order, under our names, and the problems.
    """
    if source.path is None:
        raise ValueError("only files have rows; plug-ins are read by `holdfast.data.plugin_sources`")
    path = Path(source.path)
    shown = shown_path(path)
    kind = _FORMATS.get(path.suffix.lower())
    if kind is None:
        hint = "rename it to .jsonl (one JSON object a line) or .csv"
        return Scan.failed(
            Problem(f"cannot tell the format from {path.suffix or path.name!r}", shown, None, hint)
        )
    try:
        content = path.read_bytes()
    except OSError as error:
        return Scan.failed(
            Problem(f"cannot be read: {error.strerror or error}", shown, None, "check the path")
        )
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Scan.failed(Problem("is encoded as UTF-16", shown, 1, "save it as UTF-8"))
    if kind == "jsonl":
        scan = scan_jsonl(content, shown)
        absent = _absent_fields(scan, source.columns, shown)
        if absent:
            return Scan((), (*scan.problems, *absent))
    else:
        scan = scan_csv(content, shown, source.columns, delimiter="\t" if kind == "tsv" else ",")
    return Scan(
        tuple(Row(row.line, _renamed(row.values, source.columns)) for row in scan.rows), scan.problems
    )


def read_rows(source: DataSource) -> list[Row]:
    """Read a JSONL or CSV file.

    Args:
        source: A file, with a column map if its names differ from ours.

    Returns:
        Its rows in order, each with the 1-based line it starts on.

    Raises:
        DataError: If the file cannot be read or decoded, or any row is not valid JSON or CSV: all at once.
        DataError: If there is no row.
    """
    scan = scan_rows(source)
    problems = scan.problems
    if not problems and not scan.rows:
        problems = (Problem("holds no rows", shown_path(Path(source.path or ""))),)
    if problems:
        raise DataError(collapse(problems))
    return list(scan.rows)


def _absent_fields(scan: Scan, columns: Mapping[str, str], shown: str) -> list[Problem]:
    seen = {name for row in scan.rows for name in row.values}
    return [
        Problem(
            f"no row has a field {their!r} (named by columns.{our})", shown, None, did_you_mean(their, seen)
        )
        for our, their in columns.items()
        if scan.rows and their not in seen
    ]


def _renamed(values: Mapping[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    theirs = set(columns.values())
    kept = {name: value for name, value in values.items() if name not in columns and name not in theirs}
    return kept | {our: values[their] for our, their in columns.items() if their in values}


def collapse(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems by file and line, short enough to be read, with every line still named.

    What is wrong in the same way with more than `ALIKE_SHOWN` rows of a file is said once, and after
    `PROBLEMS_SHOWN` problems of a file the lines of the others are listed together.

    Args:
        problems: Problems of one or more files.
    """
    by_file: dict[str, list[Problem]] = {}
    for same in _same(problems):
        said = same if len(same) <= ALIKE_SHOWN else [_said_once(same)]
        by_file.setdefault(same[0].source, []).extend(said)
    shown: list[Problem] = []
    for source, found in by_file.items():
        found.sort(key=lambda p: p.line or 0)
        shown += found[:PROBLEMS_SHOWN]
        rest = [p.line for p in found[PROBLEMS_SHOWN:] if p.line is not None]
        if rest:
            message = f"{len(rest)} more problems, first at lines {_ranges(sorted(set(rest)))}"
            shown.append(Problem(message, source, rest[0]))
    return shown


def _same(problems: Sequence[Problem]) -> list[list[Problem]]:
    alike: dict[Problem, list[Problem]] = {}
    for problem in dict.fromkeys(problems):
        alike.setdefault(replace(problem, line=None), []).append(problem)
    return list(alike.values())


def _said_once(same: list[Problem]) -> Problem:
    lines = sorted({p.line for p in same if p.line is not None})
    return replace(same[0], line=lines[0], message=f"{same[0].message}; also at lines {_ranges(lines[1:])}")


def _ranges(lines: Sequence[int]) -> str:
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in spans)
