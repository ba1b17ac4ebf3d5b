"""Selection and held-out parts, by group and by content alone: no seed, no row order."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from holdfast.data.placed import PlacedItem
from holdfast.data.text import quoted
from holdfast.domain import BenchmarkKind, Item, Problem, Split


@dataclass(frozen=True, slots=True)
class SplitItems:
    """Items whose split is settled.

    Attributes:
        items: The items, in their order.
        problems: Why it could not be settled; empty if it could.
        notes: What a reader should know of it.
    """

    items: tuple[Item, ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


def settle_split(
    placed: Sequence[PlacedItem], kind: BenchmarkKind, source: str, *, halved: bool = False
) -> SplitItems:
    """Decide which part every item belongs to.

    Splits that rows name are kept. Where no row names one, a capability benchmark is halved by group (the
    anchor is chosen on one half and reported on the other), and rows of other kinds are all held out.

    Args:
        placed: Items with groups.
        kind: What the benchmark measures.
        source: Its name in problems.
        halved: Halve rows that name no split, whatever the kind: something is chosen by looking at them.

    Returns:
        The items with their split, or problems: rows that name a split beside rows that do not, a group the
        file puts in both parts, a capability benchmark of which a part is empty.
    """
    items = tuple(row.item for row in placed)
    silent = [row for row in placed if not row.has_split]
    if silent and len(silent) < len(placed):
        message = f"{len(silent)} rows name no split while the others do"
        return SplitItems(
            items, (Problem(message, source, silent[0].line, "name it in every row, or in none"),)
        )
    capability = kind is BenchmarkKind.CAPABILITY
    if silent and not capability and not halved:
        return SplitItems(items)
    if silent:
        if len({item.group for item in items}) < 2:
            hint = "it is halved by group, one half to choose on and one to report: give it more rows"
            what = "a capability benchmark" if capability else "a benchmark that a search looks at"
            return SplitItems(items, (Problem(f"{what} needs at least two groups", source, None, hint),))
        halves = halve_by_group(items)
        return SplitItems(tuple(replace(item, split=halves[item.group]) for item in items))
    present = {item.split for item in items}
    if len(present) < 2 and (capability or Split.HELDOUT not in present):
        message = f"every row is in split {items[0].split.value!r}"
        hint = (
            "a capability benchmark needs rows to choose on (selection) and rows to report on (heldout)"
            if capability
            else "it is reported on held-out rows: put some in split 'heldout'"
        )
        return SplitItems(items, (Problem(message, source, None, hint),))
    return _keep(placed, source)


def _keep(placed: Sequence[PlacedItem], source: str) -> SplitItems:
    parts: dict[str, set[Split]] = {}
    for row in placed:
        parts.setdefault(row.item.group, set()).add(row.item.split)
    both = {group for group, splits in parts.items() if len(splits) > 1}
    named = [row for row in placed if row.item.group in both and row.has_group]
    problems = tuple(
        Problem(f"group {quoted(group)} is in both splits", source, rows[0].line, "put all its rows in one")
        for group in sorted(both)
        if (rows := [row for row in named if row.item.group == group])
    )
    implied = len(both) - len(problems)
    notes = (f"{implied} targets occur in both splits, as the rows' own split says",) if implied else ()
    return SplitItems(tuple(row.item for row in placed), problems, notes)


def halve_by_group(items: Sequence[Item]) -> Mapping[str, Split]:
    """Split groups into two halves by a hash of their names.

    Groups are ordered by sha256 and cut where the rows come nearest to half. The split depends on no seed and
    on no row order, and a row added or removed moves only groups next to the cut.

    Args:
        items: Items with groups; at least two groups.

    Returns:
        Group -> split. Both parts are non-empty and their sizes differ by at most the largest group.

    Raises:
        ValueError: If there are fewer than two groups.
    """
    sizes = Counter(item.group for item in items)
    if len(sizes) < 2:
        raise ValueError(f"{len(sizes)} group(s) cannot be split in two")
    order = sorted(sizes, key=lambda group: hashlib.sha256(group.encode()).digest())
    before, best_cut, best_gap = 0, 1, float("inf")
    for cut, group in enumerate(order[:-1], start=1):
        before += sizes[group]
        gap = abs(2 * before - len(items))
        if gap < best_gap:
            best_cut, best_gap = cut, gap
    chosen = set(order[:best_cut])
    return {group: Split.SELECTION if group in chosen else Split.HELDOUT for group in sizes}
