"""What a trial measured: its checkpoints with their spend, its answers, their reference likelihoods."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pyarrow as pa

from holdfast.domain import Answer, Benchmark, Generation, RunError, Spend
from holdfast.store.tables import read_table, write_table


@dataclass(frozen=True, slots=True)
class CheckpointRow:
    """One checkpoint of a trial.

    Attributes:
        index: 0-based, in the order measured (refinement comes after the schedule).
        step: Optimiser steps taken.
        at: `start`, `step`, or `anchor:<goal>` for a checkpoint that refinement added.
        loss: Mean training loss since the checkpoint before; None where there is none.
        spend: Cumulative spend.
    """

    index: int
    step: int
    at: str
    loss: float | None
    spend: Spend


@dataclass(frozen=True, slots=True)
class Measurement:
    """One answer at one checkpoint.

    Attributes:
        checkpoint: Index of the checkpoint.
        generation: The answer and its row.
    """

    checkpoint: int
    generation: Generation


_SPEND_TYPES = {"int": pa.int64(), "float": pa.float64(), "float | None": pa.float64()}
_CHECKPOINTS = pa.schema(
    [("index", pa.int32()), ("step", pa.int64()), ("at", pa.string()), ("loss", pa.float64())]
    + [(f.name if f.name != "steps" else "spend_steps", _SPEND_TYPES[str(f.type)]) for f in fields(Spend)]
)


def write_checkpoints(path: Path, rows: Sequence[CheckpointRow]) -> None:
    """Write a trial's checkpoints with their spend."""
    plain_rows = []
    for row in rows:
        spend = asdict(row.spend)
        spend["spend_steps"] = spend.pop("steps")
        plain_rows.append({"index": row.index, "step": row.step, "at": row.at, "loss": row.loss, **spend})
    write_table(path, plain_rows, _CHECKPOINTS)


# Added later: runs from before read back with their defaults.
_ADDED = ("tries", "energy_joules")
_REQUIRED = pa.schema([column for column in _CHECKPOINTS if column.name not in _ADDED])


def read_checkpoints(path: Path) -> list[CheckpointRow]:
    """Read what `write_checkpoints` wrote."""
    result = []
    for row in read_table(path, _REQUIRED):
        head = {name: row.pop(name) for name in ("index", "step", "at", "loss")}
        row["steps"] = row.pop("spend_steps")
        result.append(CheckpointRow(**head, spend=Spend(**row)))
    return result


_GENERATIONS = pa.schema(
    [
        ("checkpoint", pa.int32()),
        ("id", pa.string()),
        ("benchmark", pa.string()),
        ("item", pa.string()),
        ("sample", pa.int32()),
        ("text", pa.string()),
        ("token_ids", pa.list_(pa.int32())),
        ("finished", pa.bool_()),
        ("prompt_tokens", pa.int32()),
        ("score", pa.float64()),
    ]
)
_REFERENCE = pa.schema([("id", pa.string()), ("logprob", pa.float64())])


def write_generations(path: Path, checkpoint: int, generations: Sequence[Generation]) -> None:
    """Write the answers of one checkpoint."""
    rows = [
        {
            "checkpoint": checkpoint,
            "id": g.id,
            "benchmark": g.benchmark,
            "item": g.item.id,
            "sample": g.sample,
            "text": g.answer.text,
            "token_ids": list(g.answer.token_ids),
            "finished": g.answer.finished,
            "prompt_tokens": g.answer.prompt_tokens,
            "score": g.score,
        }
        for g in generations
    ]
    write_table(path, rows, _GENERATIONS)


def read_generations(
    paths: Sequence[Path], benchmarks: Mapping[str, Benchmark], reference: Mapping[str, float | None]
) -> list[Measurement]:
    """Read answers back, joined with their benchmark rows and reference likelihoods.

    Raises:
        RunError: If an answer belongs to a row that the benchmarks do not have.
    """
    items = {(b.name, item.id): item for b in benchmarks.values() for item in b.items}
    result = []
    for path in paths:
        for row in read_table(path, _GENERATIONS):
            item = items.get((row["benchmark"], row["item"]))
            if item is None:
                raise RunError(f"{path}: row {row['item']!r} is not in benchmark {row['benchmark']!r}")
            answer = Answer(row["text"], tuple(row["token_ids"]), row["finished"], row["prompt_tokens"])
            generation = Generation(
                id=row["id"],
                benchmark=row["benchmark"],
                kind=benchmarks[row["benchmark"]].kind,
                item=item,
                answer=answer,
                sample=row["sample"],
                score=row["score"],
                reference_logprob=reference.get(row["id"]),
            )
            result.append(Measurement(row["checkpoint"], generation))
    return result


def write_reference(path: Path, logprobs: Mapping[str, float | None]) -> None:
    """Write mean log-likelihoods under the untuned reference, by generation id."""
    write_table(path, [{"id": k, "logprob": v} for k, v in logprobs.items()], _REFERENCE)


def read_reference(path: Path) -> dict[str, float | None]:
    """Read what `write_reference` wrote."""
    return {row["id"]: row["logprob"] for row in read_table(path, _REFERENCE)}
