"""The prompts a search may look at: rows that nothing is reported on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from holdfast.auditing.planner import variant_names
from holdfast.domain import AuditSpec, Benchmark, BenchmarkKind, Split


@dataclass(frozen=True)
class SearchPrompts:
    """What the tries of a search are asked.

    Attributes:
        safety: Safety benchmarks, cut to the rows of the search.
        utility: What must be kept, cut likewise: the audit's utility benchmarks, or the look-alikes.
    """

    safety: tuple[Benchmark, ...]
    utility: tuple[Benchmark, ...]

    @property
    def by_name(self) -> dict[str, Benchmark]:
        """Every benchmark by its name."""
        return {benchmark.name: benchmark for benchmark in (*self.safety, *self.utility)}

    @property
    def safety_groups(self) -> tuple[str, ...]:
        """Group of each safety prompt: benchmarks in order, rows of each by id."""
        rows = [sorted(benchmark.items, key=lambda item: item.id) for benchmark in self.safety]
        return tuple(item.group or item.id for of_one in rows for item in of_one)


def search_prompts(audit: AuditSpec, benchmarks: Mapping[str, Benchmark]) -> SearchPrompts:
    """Return the rows of a search: the selection parts, without what the held-out parts ask too.

    A group that is held out in one benchmark is left out of every other: asking for the same thing in
    another way would choose on what is reported.

    Args:
        audit: The audit.
        benchmarks: Its benchmarks by name.
    """
    varied = variant_names(audit)
    own = [b for name, b in benchmarks.items() if name not in varied]
    safety = [b for b in own if b.kind is BenchmarkKind.SAFETY]
    if audit.utility:
        kept = [b for b in own if b.name in audit.utility]
    else:
        kept = [b for b in own if b.kind is BenchmarkKind.OVER_REFUSAL]
    return SearchPrompts(_apart(safety), _apart(kept))


def _apart(benchmarks: Iterable[Benchmark]) -> tuple[Benchmark, ...]:
    """Return benchmarks cut to selection rows whose group is held out in none of them."""
    benchmarks = list(benchmarks)
    held = {item.group for b in benchmarks for item in b.part(Split.HELDOUT)}
    cut = [
        replace(b, items=tuple(item for item in b.part(Split.SELECTION) if item.group not in held))
        for b in benchmarks
    ]
    return tuple(b for b in cut if b.items)
