"""Dataclasses to JSON and back, exactly."""

from __future__ import annotations

import json
from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast, get_args

from pydantic import TypeAdapter, ValidationError

from holdfast.domain import RunError

T = TypeVar("T")


def read_record(path: Path, kind: type[T]) -> T:
    """Read what `write_json` wrote of a dataclass (or of a tuple of them).

    Args:
        path: The JSON file.
        kind: The type to read it as.

    Returns:
        An instance equal to the one written.

    Raises:
        RunError: If the file is missing, was written by a newer version, or is not of this type.
    """
    try:
        content = path.read_bytes()
        _refuse_newer(path, content, kind)
        record: T = _adapter(cast("Hashable", kind)).validate_json(content)
    except FileNotFoundError as error:
        raise RunError(
            f"{path} is missing", next_step=f"finish the run: holdfast audit {path.parent}"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RunError(
            f"{path} does not hold what it should: {where}: {first['msg']}",
            next_step="restore the file, or audit again into a fresh directory",
        ) from error
    return record


@cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    """Return the reader of a type; making one takes longer than reading a record with it."""
    return TypeAdapter(kind)


def _refuse_newer(path: Path, content: bytes, kind: Any) -> None:
    """Refuse a layout that this version does not know, before it is mistaken for a damaged file.

    Records that have a version hold it as `schema`, whose default is what this version writes.
    """
    of_one = next((k for k in (kind, *get_args(kind)) if is_dataclass(k)), None)
    known = next((f.default for f in fields(of_one) if f.name == "schema"), None) if of_one else None
    try:
        written = json.loads(content) if isinstance(known, int) else None
    except ValueError:
        return  # no JSON: validation says where
    records = written if isinstance(written, list) else [written]
    found = [r["schema"] for r in records if isinstance(r, dict) and isinstance(r.get("schema"), int)]
    newest = max(found, default=0)
    if isinstance(known, int) and newest > known:
        raise RunError(
            f"{path} has schema {newest}, this version reads up to {known}",
            next_step="upgrade: pip install --upgrade holdfast",
        )
