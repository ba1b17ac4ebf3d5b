"""Files that are whole or absent, never half-written."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from holdfast.store.keys import plain


def fsync_path(path: Path) -> None:
    """Force a file or directory to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Let errors of the machine (a full disk) in this block name the file: a write does not by itself."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def write_atomic(path: Path, content: str | bytes) -> None:
    """Write a file so that a crash leaves the old one or the new one, never a part.

    Args:
        path: Where; parents are made.
        content: Text (UTF-8) or bytes.

    Raises:
        OSError: If the machine cannot (a full disk), naming the file.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    data = content.encode() if isinstance(content, str) else content
    with naming(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(data)
            fsync_path(partial)
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
        fsync_path(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Write `value` (dataclasses allowed) as indented JSON, atomically. NaN is not JSON and is refused.

    Raises:
        ValueError: If a number is NaN or infinite.
    """
    text = json.dumps(plain(value), indent=1, ensure_ascii=False, allow_nan=False)
    write_atomic(path, text + "\n")


def write_json_rows(path: Path, rows: Iterable[Any]) -> None:
    """Write a JSON list with one row a line, atomically: smaller than indented, and good to `grep`.

    Raises:
        ValueError: If a number is NaN or infinite.
    """
    lines = [json.dumps(plain(row), ensure_ascii=False, allow_nan=False) for row in rows]
    write_atomic(path, "[\n" + ",\n".join(lines) + "\n]\n")


def file_digest(path: Path) -> str:
    """Return sha256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
