"""Benchmarks ready to be measured: checked, grouped, split, and pinned by a digest."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from holdfast.data.digest import check_digest, rows_digest
from holdfast.data.framing import in_template
from holdfast.data.grouping import fill_groups
from holdfast.data.items import duplicate_ids, items_of_file
from holdfast.data.placed import PlacedItem
from holdfast.data.plugin_sources import plugin_benchmark
from holdfast.data.rows import collapse, shown_path
from holdfast.data.scoring_checks import check_scoring, default_scorer
from holdfast.data.splitting import settle_split
from holdfast.domain import Benchmark, BenchmarkSpec, DataError, DataSource, Item, Problem, Split


@dataclass(frozen=True, slots=True)
class _Given:
    """What a source holds, before grouping and splitting."""

    shown: str
    placed: tuple[PlacedItem, ...]
    scorer: str | None = None
    notes: tuple[str, ...] = ()


def load_benchmark(spec: BenchmarkSpec) -> Benchmark:
    """Load a benchmark.

    Rows without a group share one when they share a normalised target (see `fill_groups`). A capability
    benchmark whose rows name no split is halved by group (see `halve_by_group`); the rows of other kinds
    are held out, for nothing is chosen by looking at them, unless `spec.halved` says that a search does.

    A template is put around the text of each row's last user turn, after the rows have been checked.

    Args:
        spec: What to load. If its source has a digest, the rows must still be those.

    Returns:
        The benchmark under `spec.name`, never empty, with a scorer if it is scored: `spec.scorer`, else the
        plug-in's, else `choice` where every row has choices.

    Raises:
        DataError: If the file cannot be read, holds no row, or any row is unusable: all at once.
        DataError: If the rows do not fit the kind or the scorer, or are not those of `spec.source.digest`.
        PluginError: If the plug-in cannot be found or breaks its contract.
    """
    problems: list[Problem] = []
    given = (
        _of_plugin(spec, spec.source.use, problems) if spec.source.use else _of_file(spec.source, problems)
    )
    scorer = spec.scorer or given.scorer or default_scorer(spec.kind, given.placed)
    problems += duplicate_ids(given.placed, given.shown)
    problems += check_scoring(given.placed, spec.kind, scorer, given.shown)
    if problems:
        raise DataError(collapse(problems))
    grouped = fill_groups([row.item for row in given.placed])
    with_groups = [replace(row, item=item) for row, item in zip(given.placed, grouped.items, strict=True)]
    split = settle_split(with_groups, spec.kind, given.shown, halved=spec.halved)
    if split.problems:
        raise DataError(collapse(split.problems))
    check_digest(rows_digest(split.items), spec.source, given.shown)
    notes = (*given.notes, *grouped.notes, *split.notes)
    items = tuple(_in_template(item, spec.template) for item in split.items) if spec.template else split.items
    return Benchmark(spec.name, spec.kind, items, scorer, given.shown, notes)


def _in_template(item: Item, template: str) -> Item:
    return replace(item, messages=in_template(item.messages, template))


def _of_file(source: DataSource, problems: list[Problem]) -> _Given:
    return _Given(shown_path(Path(source.path or "")), tuple(items_of_file(source, problems)))


def _of_plugin(spec: BenchmarkSpec, use: str, problems: list[Problem]) -> _Given:
    benchmark = plugin_benchmark(use)
    if benchmark.kind is not spec.kind:
        hint = f"leave `kind` out, or write kind: {benchmark.kind.value}"
        problems.append(
            Problem(f"is a {benchmark.kind.value} benchmark, not {spec.kind.value}", use, None, hint)
        )
    has_split = any(item.split is Split.SELECTION for item in benchmark.items)
    placed = tuple(PlacedItem(item, None, bool(item.group), has_split) for item in benchmark.items)
    return _Given(use, placed, benchmark.scorer, benchmark.notes)
