"""What every benchmark promises."""

from __future__ import annotations

from collections import Counter, defaultdict

from holdfast.domain import Benchmark, BenchmarkKind, Item, Split
from holdfast.testing.promises import require


def check_benchmark(benchmark: Benchmark) -> None:
    """Make sure that a benchmark keeps its contract.

    Args:
        benchmark: What the plug-in (or file) gave.

    Raises:
        PluginError: If a promise is broken, naming it and the rows.
    """
    name = benchmark.name
    require(bool(name), "a benchmark has a name")
    require(isinstance(benchmark.kind, BenchmarkKind), "its kind is a BenchmarkKind", benchmark.kind)
    require(len(benchmark.items) > 0, f"{name} has rows")
    twice = [item for item, count in Counter(item.id for item in benchmark.items).items() if count > 1]
    require(not twice, f"ids are unique within {name}", twice[:5])
    for item in benchmark.items:
        _check_item(item, benchmark)
    _check_splits(benchmark)


def _check_item(item: Item, benchmark: Benchmark) -> None:
    where = f"{benchmark.name}, row {item.id!r}"
    require(bool(item.id), f"{benchmark.name}: every row has an id")
    require(len(item.messages) > 0, f"{where}: there is a prompt")
    require(item.messages[-1].role == "user", f"{where}: the last turn is the user's")
    require(bool(item.prompt.strip()), f"{where}: the prompt is not blank")
    require(item.target is None or bool(item.target.strip()), f"{where}: a target is not blank")
    require(bool(item.group), f"{where}: there is a group to split and resample by")
    if benchmark.kind is BenchmarkKind.CAPABILITY:
        require(benchmark.scorer is not None, f"{benchmark.name}: a capability benchmark has a scorer")
        require(item.target is not None, f"{where}: a capability row has a gold answer")
    if item.choices:
        require(item.target in item.choices, f"{where}: the gold answer is among the choices", item.choices)
        require(len(set(item.choices)) == len(item.choices), f"{where}: choices differ", item.choices)


def _check_splits(benchmark: Benchmark) -> None:
    splits: dict[str, set[Split]] = defaultdict(set)
    for item in benchmark.items:
        splits[item.group].add(item.split)
    torn = sorted(group for group, found in splits.items() if len(found) > 1)
    require(not torn, f"{benchmark.name}: rows of one group share a split", torn[:5])
    require(len(benchmark.part(Split.HELDOUT)) > 0, f"{benchmark.name} has held-out rows to report on")
    if benchmark.kind is BenchmarkKind.CAPABILITY:
        require(len(benchmark.part(Split.SELECTION)) > 0, f"{benchmark.name} has selection rows to anchor on")
