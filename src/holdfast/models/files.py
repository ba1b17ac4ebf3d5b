"""What lies in a model directory: weight files and the tensors in them, read without torch."""

from __future__ import annotations

import itertools
import json
import mmap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.domain import ModelError

WEIGHTS = "model.safetensors"
ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
_INDEX_SUFFIX = ".index.json"
_PICKLED = frozenset({".bin", ".pt", ".pth", ".ckpt", ".pkl"})


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """One tensor of a safetensors file.

    Attributes:
        name: Its name in the checkpoint.
        dtype: As safetensors writes it (`F32`, `BF16`, ...).
        shape: Its shape.
        file: The file that holds it.
        start: Offset of its first byte in that file.
        end: Offset after its last byte.
    """

    name: str
    dtype: str
    shape: tuple[int, ...]
    file: Path
    start: int
    end: int

    @property
    def size(self) -> int:
        """Number of elements."""
        count = 1
        for length in self.shape:
            count *= length
        return count


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises:
        ModelError: If the file cannot be read, is not JSON, or is no object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    if not isinstance(value, dict):
        raise ModelError(f"{path} holds a {type(value).__name__}, not an object")
    return value


def weight_files(directory: Path, name: str = WEIGHTS) -> tuple[Path, ...]:
    """Return the safetensors files that make up a checkpoint, in name order; empty if it has none.

    Args:
        directory: The model (or adapter) directory.
        name: Name of the unsharded file; an index beside it is followed where it is missing.

    Raises:
        ModelError: If the index names a file that is not there, or no files at all.
    """
    single = directory / name
    if single.is_file():
        return (single,)
    index = directory / (name + _INDEX_SUFFIX)
    if not index.is_file():
        return ()
    shards = sorted(set(read_json(index).get("weight_map", {}).values()))
    if not shards:
        raise ModelError(f"{index} names no weight files")
    missing = [shard for shard in shards if not (directory / shard).is_file()]
    if missing:
        raise ModelError(
            f"{directory} lacks {len(missing)} of the {len(shards)} weight files its index names: "
            + ", ".join(missing[:5]),
            next_step="download or copy the model again",
        )
    return tuple(directory / shard for shard in shards)


def pickle_files(directory: Path) -> tuple[Path, ...]:
    """Return the weight files of a directory that only unpickling can read, in name order."""
    return tuple(path for path in sorted(directory.iterdir()) if path.suffix in _PICKLED)


def stored_tensors(files: Sequence[Path]) -> list[StoredTensor]:
    """Return the tensors of a checkpoint in name order, from the headers alone.

    Raises:
        ModelError: If a file is damaged, or two files hold a tensor of the same name.
    """
    tensors = sorted((t for file in files for t in _header(file)), key=lambda tensor: tensor.name)
    for one, other in itertools.pairwise(tensors):
        if one.name == other.name:
            raise ModelError(f"tensor {one.name!r} is in both {one.file.name} and {other.file.name}")
    return tensors


def tensor_bytes(tensors: Sequence[StoredTensor]) -> Iterator[tuple[StoredTensor, memoryview]]:
    """Yield each tensor with its raw bytes, mapped from disk; a view is valid until the next one."""
    for file in sorted({tensor.file for tensor in tensors}):
        with (
            file.open("rb") as handle,
            mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as mapped,
            memoryview(mapped) as whole,
        ):
            for tensor in tensors:
                if tensor.file == file:
                    with whole[tensor.start : tensor.end] as view:
                        yield tensor, view


def _header(file: Path) -> list[StoredTensor]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy") as checked:  # validates the header against the file's length
            names = set(checked.keys())
        with file.open("rb") as handle:
            length = int.from_bytes(handle.read(8), "little")
            entries = json.loads(handle.read(length))
    except (OSError, ValueError, SafetensorError) as error:
        raise ModelError(
            f"{file} is no readable safetensors file: {error}", next_step="download or copy the model again"
        ) from error
    base = 8 + length
    return [
        StoredTensor(
            name=name,
            dtype=entries[name]["dtype"],
            shape=tuple(entries[name]["shape"]),
            file=file,
            start=base + entries[name]["data_offsets"][0],
            end=base + entries[name]["data_offsets"][1],
        )
        for name in sorted(names)
    ]
