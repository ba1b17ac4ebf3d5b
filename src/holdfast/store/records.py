"""Dataclasses to JSON and back, exactly."""

from __future__ import annotations

from pathlib import Path
from typing import TypeVar

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
        RunError: If the file is missing, or is not of this type.
    """
    try:
        return TypeAdapter(kind).validate_json(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(
            f"{path} is missing", next_step=f"run `holdfast audit -o {path.parent}` to finish the run"
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RunError(
            f"{path} does not hold what it should: {where}: {first['msg']}",
            next_step="restore the file, or audit again into a fresh directory",
        ) from error
