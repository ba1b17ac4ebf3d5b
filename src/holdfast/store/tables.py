"""Parquet tables of a run: written whole, versioned, and read with errors a person can act on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from holdfast.domain import RunError
from holdfast.store.files import fsync_path, naming

SCHEMA_VERSION = 1
_AGAIN = "give the run to `holdfast audit RUN` again (of a trial's file, delete the trial's folder first)"


def write_table(path: Path, rows: Sequence[Mapping[str, Any]], schema: pa.Schema) -> None:
    """Write rows as Parquet and force them to disk; the schema version travels in the metadata."""
    versioned = schema.with_metadata({"holdfast_schema": str(SCHEMA_VERSION)})
    partial = path.with_name(f".{path.name}.part")
    table = pa.Table.from_pylist(list(rows), schema=versioned)
    with naming(path):
        pq.write_table(table, partial, compression="zstd")
        fsync_path(partial)
        partial.replace(path)


def read_table(path: Path, schema: pa.Schema | None = None) -> list[dict[str, Any]]:
    """Read a Parquet table of a run as rows.

    Args:
        path: The file.
        schema: The columns it must have; None where they vary.

    Raises:
        RunError: If the file is missing, truncated, of another layout, or written by a newer version.
    """
    try:
        table = pq.read_table(path)
    except FileNotFoundError as error:
        raise RunError(f"{path} is missing", next_step=_AGAIN) from error
    except (OSError, pa.ArrowInvalid) as error:
        raise RunError(f"{path} cannot be read as Parquet: {error}", next_step=_AGAIN) from error
    version = int((table.schema.metadata or {}).get(b"holdfast_schema", b"0"))
    lacking = [name for name in schema.names if name not in table.column_names] if schema else []
    if lacking and version <= SCHEMA_VERSION:
        raise RunError(f"{path} has no column {', '.join(lacking)}", next_step=_AGAIN)
    if version > SCHEMA_VERSION:
        raise RunError(
            f"{path} has schema {version}, this version reads up to {SCHEMA_VERSION}",
            next_step="upgrade: pip install --upgrade holdfast",
        )
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
