"""Content keys: the same key if and only if the same content."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any

KEY_LENGTH = 20
"""Hex digits of a key: 80 bits, so that two of a billion keys collide with probability below 1e-6."""


def plain(value: Any) -> Any:
    """Return `value` as JSON-ready data: dataclasses and mappings as dicts, enums by value, tuples as lists.

    Raises:
        TypeError: If something in it has no canonical form (a set, a function, an array, keys `1` and `"1"`
            side by side).
    """
    match value:
        case Enum():
            return value.value
        case None | bool() | int() | float() | str():
            return value
        case PurePath():
            return str(value)
        case Mapping():
            named = {str(plain(k)): plain(v) for k, v in value.items()}
            if len(named) < len(value):
                raise TypeError(f"keys that read alike have no canonical form: {sorted(map(repr, value))}")
            return named
        case list() | tuple():
            return [plain(v) for v in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise TypeError(f"{type(value).__name__} has no canonical form: {value!r}")


def canonical_json(value: Any) -> str:
    """Return the one JSON text of `value`: keys sorted, no white space, non-ASCII kept."""
    return json.dumps(plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def content_digest(value: Any) -> str:
    """Return sha256 (hex, 64 digits) over the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def content_key(value: Any) -> str:
    """Return the first `KEY_LENGTH` hex digits of `content_digest(value)`."""
    return content_digest(value)[:KEY_LENGTH]
