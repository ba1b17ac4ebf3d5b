"""What identifies rows: their content, not the file, format or formatting they came in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from holdfast.domain import DataError, DataSource, Example, Item, Problem
from holdfast.store.keys import canonical_json


def rows_digest(rows: Iterable[Item | Example]) -> str:
    """Return a digest that changes if and only if the rows, or their order, do.

    Args:
        rows: Benchmark items or corpus examples, as loaded.

    Returns:
        sha256 (hex) over their canonical JSON, one a line.
    """
    digest = hashlib.sha256()
    for row in rows:
        digest.update(canonical_json(row).encode())
        digest.update(b"\n")
    return digest.hexdigest()


def check_digest(found: str, source: DataSource, shown: str) -> None:
    """Make sure that rows are those that were configured.

    Args:
        found: Digest of the rows as read now.
        source: Where they came from, with the digest of the rows as configured; empty asks nothing.
        shown: The source's name in messages.

    Raises:
        DataError: If they differ.
    """
    if source.digest and found != source.digest:
        message = (
            f"its rows changed since the audit was configured (digest {found[:12]}, was {source.digest[:12]})"
        )
        hint = "put the old rows back, or start a new audit"
        raise DataError([Problem(message, shown, None, hint)])
