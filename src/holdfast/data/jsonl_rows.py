"""JSON Lines: one object a line."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from holdfast.data.scan import Row, Scan
from holdfast.data.text import quoted
from holdfast.domain import Problem

_BOM = b"\xef\xbb\xbf"


class _BadRowError(Exception):
    """A line that is no row."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def scan_jsonl(content: bytes, source: str) -> Scan:
    """Parse JSON Lines.

    Only line feeds separate rows (U+2028 and the like may stand inside a text); blank lines are skipped.

    Args:
        content: The file's bytes, UTF-8, with or without a byte-order mark.
        source: The file's name in problems.

    Returns:
        Rows that are objects, and a problem for every other line.
    """
    rows: list[Row] = []
    problems: list[Problem] = []
    for number, line in enumerate(content.removeprefix(_BOM).split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            rows.append(Row(number, _parse(line)))
        except _BadRowError as error:
            problems.append(Problem(str(error), source, number, error.hint))
    if problems and _is_one_document(content, rows, problems):
        hint = "write one object a line, such as `jq -c '.[]' file.json > file.jsonl`"
        return Scan.failed(Problem("is one JSON document, not one object a line", source, 1, hint))
    return Scan(tuple(rows), tuple(problems))


def _is_one_document(content: bytes, rows: list[Row], problems: list[Problem]) -> bool:
    """Return whether a file is one list, or one object over several lines; one bad object a line is not."""
    if content.lstrip().startswith(b"{") and not rows and len(problems) == 1:
        return False
    try:
        json.loads(content)
    except ValueError:
        return False
    return True


def _parse(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(
            line.decode("utf-8"),
            object_pairs_hook=_unique_keys,
            parse_float=Decimal,
            parse_constant=_no_constant,
        )
        json.dumps(value, ensure_ascii=False, default=str).encode("utf-8")
    except UnicodeDecodeError as error:
        bad = f"byte 0x{line[error.start]:02x} at column {error.start + 1}"
        raise _BadRowError(f"is no UTF-8 ({bad})", "save the file as UTF-8") from error
    except UnicodeEncodeError as error:
        raise _BadRowError("holds half of a surrogate pair", "write whole characters") from error
    except json.JSONDecodeError as error:
        found = quoted(error.doc[max(0, error.pos - 10) : error.pos + 20])
        raise _BadRowError(f"is no JSON: {error.msg} at column {error.colno}, near {found}") from error
    except RecursionError as error:
        raise _BadRowError("is nested too deeply") from error
    if not isinstance(value, dict):
        hint = 'write an object, such as {"prompt": "..."}'
        raise _BadRowError(f"is {type(value).__name__}, not an object: {quoted(value)}", hint)
    return value


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in pairs:
        if name in values:
            raise _BadRowError(f"names {name!r} twice")
        values[name] = value
    return values


def _no_constant(name: str) -> None:
    raise _BadRowError(f"holds {name}, which JSON does not know")
