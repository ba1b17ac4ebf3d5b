"""Batches that fit into memory, and a model left exactly as it was found."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch

from holdfast.domain import ModelError, ModelShape

Result = TypeVar("Result")
_MEMORY = {"cpu": 256 * 2**20}
_ACCELERATOR_MEMORY = 8 * 2**30
_ENOUGH = 1024
"""Tokens of a batch from which on a larger one computes no faster (measured on a CPU; see `pack`)."""
_FILLED = 0.9
"""Least length of a row in such a batch, as a share of the longest."""
_OUT_OF_MEMORY = ("can't allocate memory", "not enough memory", "out of memory")


@dataclass(frozen=True, slots=True)
class BatchLimits:
    """How much is computed at once. Answers do not depend on it (see `holdfast.models.generation`).

    Attributes:
        rows: Most sequences in a batch.
        tokens: Most tokens in a batch, padding included; a longer sequence goes alone.
        logits: Most positions in a batch at which logits are kept.
    """

    rows: int
    tokens: int
    logits: int


def default_limits(shape: ModelShape, *, bytes_per_value: int, device: str) -> BatchLimits:
    """Return limits that keep caches and logits within 256 MiB on a CPU (8 GiB elsewhere) for each.

    Args:
        shape: The model's sizes.
        bytes_per_value: Size of one cached value, in bytes.
        device: Where the model computes, such as `cpu` or `cuda:0`.
    """
    memory = _MEMORY.get(device.partition(":")[0], _ACCELERATOR_MEMORY)
    head = shape.head_width or shape.hidden // shape.heads
    cached = 2 * shape.layers * shape.kv_heads * head * bytes_per_value
    logits = max(1, memory // (12 * shape.vocabulary))  # the model's, a float32 copy, and its softmax
    return BatchLimits(
        rows=max(1, min(256, logits)), tokens=max(1, min(16384, memory // cached)), logits=logits
    )


def pack(
    lengths: Sequence[int], limits: BatchLimits, *, starts: Sequence[int] | None = None
) -> list[list[int]]:
    """Sort rows by length and cut them into batches.

    Where logits are kept at many positions, a batch is computed in one pass, and padding costs as much as
    tokens: once it is large enough, it takes no row of which more than a tenth would be padding. Where only
    the last are kept, many short passes follow, and one large batch costs less than two.

    Args:
        lengths: Tokens of each row when it is longest.
        limits: What a batch may hold.
        starts: For each row, the first position at which logits are kept; None if only the last one is.

    Returns:
        Indices of rows, longest first; every row is in exactly one batch.
    """
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    batches: list[list[int]] = []
    width = earliest = 0
    for row in order:
        rows = len(batches[-1]) + 1 if batches else 0
        kept = 1 if starts is None else width - min(earliest, starts[row])
        full = rows > limits.rows or rows * width > limits.tokens or rows * kept > limits.logits
        wasteful = starts is not None and rows * width > _ENOUGH and lengths[row] < _FILLED * width
        if not batches or full or wasteful:
            batches.append([])
            width = earliest = lengths[row]
        batches[-1].append(row)
        if starts is not None:
            earliest = min(earliest, starts[row])
    return batches


def run_halving(
    batches: Sequence[Sequence[int]], work: Callable[[Sequence[int]], Sequence[Result]]
) -> dict[int, Result]:
    """Run each batch; one that runs out of memory is halved, and so are the larger ones after it.

    Args:
        batches: Row indices of each batch.
        work: Computes a batch; its results are in the order of the rows given.

    Returns:
        The result of each row, by index.

    Raises:
        ModelError: If a single row does not fit.
    """
    waiting = deque(tuple(batch) for batch in batches)
    largest = max((len(batch) for batch in batches), default=0)
    results: dict[int, Result] = {}
    while waiting:
        batch = waiting.popleft()
        if len(batch) > largest:
            waiting.extendleft(batch[i : i + largest] for i in reversed(range(0, len(batch), largest)))
            continue
        try:
            results.update(zip(batch, work(batch), strict=True))
            continue
        except RuntimeError as error:  # torch.OutOfMemoryError is one
            if not _is_out_of_memory(error):
                raise
            if len(batch) == 1:
                raise ModelError(
                    f"one sequence alone does not fit into memory: {str(error).splitlines()[0]}",
                    next_step="ask for fewer new tokens, a smaller dtype, or use a device with more memory",
                ) from error
        largest = len(batch) // 2  # outside of the handler, so that the failed batch's tensors are freed
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        waiting.appendleft(batch)
    return results


@contextlib.contextmanager
def undisturbed(module: torch.nn.Module) -> Iterator[None]:
    """Evaluate a module without leaving a trace: no gradients, and its modes and random state are restored.

    Not inference mode: a buffer that a model makes on the way (of rotary embeddings, say) must stay usable
    in training.
    """
    training = [part for part in module.modules() if part.training]
    devices = {tensor.device for tensor in module.parameters() if tensor.device.type == "cuda"}
    module.eval()
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=list(devices)):
            yield
    finally:
        for part in training:
            part.training = True


def _is_out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or any(words in str(error) for words in _OUT_OF_MEMORY)
