"""CSV with a header line; quoted cells may hold line breaks."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.data.scan import Row, Scan
from holdfast.data.text import quoted
from holdfast.domain import Problem, did_you_mean


@dataclass(frozen=True, slots=True)
class _Record:
    line: int
    cells: list[str]


def scan_csv(content: bytes, source: str, columns: Mapping[str, str], delimiter: str = ",") -> Scan:
    """Parse CSV.

    Args:
        content: The file's bytes, UTF-8, with or without a byte-order mark.
        source: The file's name in problems.
        columns: Our field name -> the file's column; the header must hold every one.
        delimiter: Between cells.

    Returns:
        One row a record under the file's own column names, empty cells left out, with the line the record
        starts on. No row at all when the header is missing or lacks a mapped column, since the first record
        would then be lost in silence.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        bad = f"byte 0x{error.object[error.start]:02x}"
        return Scan.failed(Problem(f"is no UTF-8 ({bad})", source, line, "save the file as UTF-8"))
    problems: list[Problem] = []
    records = _records(text, delimiter, source, problems)
    if not records:
        return Scan((), tuple(problems))
    header = records[0].cells
    wrong_header = _check_header(header, columns, source, records[0].line)
    if wrong_header:
        return Scan((), (*problems, *wrong_header))
    rows: list[Row] = []
    for record in records[1:]:
        if len(record.cells) != len(header):
            hint = "quote cells that hold the separator or a line break"
            message = (
                f"has {len(record.cells)} cells where the header has {len(header)}: {quoted(record.cells)}"
            )
            problems.append(Problem(message, source, record.line, hint))
            continue
        named = zip(header, record.cells, strict=True)
        rows.append(Row(record.line, {name: cell for name, cell in named if cell != ""}))
    return Scan(tuple(rows), tuple(problems))


def _records(text: str, delimiter: str, source: str, problems: list[Problem]) -> list[_Record]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    records: list[_Record] = []
    while True:
        start = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return records
        except csv.Error as error:
            # After a broken quote every later record is a guess: what follows is not read.
            hint = "close the quote, and double the quotes inside quoted cells"
            problems.append(Problem(f"is no CSV: {error}; nothing after it is read", source, start, hint))
            return records
        if cells:
            records.append(_Record(start, cells))


def _check_header(header: Sequence[str], columns: Mapping[str, str], source: str, line: int) -> list[Problem]:
    problems = [
        Problem(f"the header names {name!r} {count} times", source, line)
        for name, count in Counter(header).items()
        if count > 1
    ]
    needed = dict(columns)
    if not {"prompt", "messages"} & {*needed, *header}:
        needed["prompt"] = "prompt"
    for our, their in needed.items():
        if their not in header:
            mapped = f" (named by columns.{our})" if our in columns else ""
            hint = f"the first line must be the header; {_suggest(their, header, mapped)}"
            found = ", ".join(quoted(name) for name in header[:8])
            message = f"no column {their!r}{mapped}; the first line holds {found}"
            problems.append(Problem(message, source, line, hint))
    return problems


def _suggest(name: str, header: Sequence[str], mapped: str) -> str:
    near = did_you_mean(name, header)
    if near.startswith("did you mean"):
        return near
    return "name a column of the file" if mapped else f"or map a column: columns: {{{name}: <column>}}"
