"""The rows of every benchmark, kept in the run so that judging and analysis need no other file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa

from holdfast.domain import Benchmark, BenchmarkKind, Item, Message, Split
from holdfast.store.tables import read_table, write_table

_ITEMS = pa.schema(
    [
        ("benchmark", pa.string()),
        ("kind", pa.string()),
        ("scorer", pa.string()),
        ("id", pa.string()),
        ("messages", pa.string()),
        ("target", pa.string()),
        ("group", pa.string()),
        ("category", pa.string()),
        ("choices", pa.list_(pa.string())),
        ("split", pa.string()),
    ]
)


def write_benchmarks(path: Path, benchmarks: Sequence[Benchmark]) -> None:
    """Write the rows of every benchmark."""
    rows = [
        {
            "benchmark": benchmark.name,
            "kind": benchmark.kind.value,
            "scorer": benchmark.scorer,
            "id": item.id,
            "messages": json.dumps([asdict(m) for m in item.messages], ensure_ascii=False),
            "target": item.target,
            "group": item.group,
            "category": item.category,
            "choices": list(item.choices),
            "split": item.split.value,
        }
        for benchmark in benchmarks
        for item in benchmark.items
    ]
    write_table(path, rows, _ITEMS)


def read_benchmarks(path: Path) -> dict[str, Benchmark]:
    """Read what `write_benchmarks` wrote, by name, in order."""
    items: dict[str, list[Item]] = {}
    heads: dict[str, tuple[str, str | None]] = {}
    for row in read_table(path, _ITEMS):
        heads[row["benchmark"]] = (row["kind"], row["scorer"])
        items.setdefault(row["benchmark"], []).append(
            Item(
                id=row["id"],
                messages=tuple(Message(**m) for m in json.loads(row["messages"])),
                target=row["target"],
                group=row["group"],
                category=row["category"],
                choices=tuple(row["choices"]),
                split=Split(row["split"]),
            )
        )
    return {
        name: Benchmark(name, BenchmarkKind(kind), tuple(items[name]), scorer)
        for name, (kind, scorer) in heads.items()
    }
