"""A resolved configuration as plain data and back, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from holdfast.domain import AuditSpec, RunError
from holdfast.store import plain


def spec_to_dict(spec: AuditSpec) -> dict[str, Any]:
    """Return a resolved configuration as JSON- and YAML-ready data: enums by value, tuples as lists."""
    data: dict[str, Any] = plain(spec)
    return data


def spec_from_dict(data: Mapping[str, Any]) -> AuditSpec:
    """Return the configuration that `spec_to_dict` wrote.

    Args:
        data: What it returned, through JSON or YAML or not.

    Returns:
        A configuration equal to the one written.

    Raises:
        RunError: If the data is no configuration, or holds anything that one has no place for.
    """
    try:
        spec = TypeAdapter(AuditSpec).validate_python(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RunError(
            f"not a resolved configuration: {where}: {first['msg']}",
            next_step="restore the file, or audit again into a fresh directory",
        ) from error
    if spec_to_dict(spec) != plain(data):
        raise RunError(
            "a resolved configuration holds keys or values that this version does not know",
            next_step="use the version of holdfast that wrote it",
        )
    return spec
