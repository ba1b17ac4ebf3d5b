"""Groups: rows that ask the same thing. Splits and resampling go by group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from holdfast.data.text import normalise
from holdfast.domain import Item

LEAST_GROUPS = 10
"""Fewer distinct targets than this (or than a quarter of the rows) make labels, not groups."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """Items that all have a group.

    Attributes:
        items: The items, in their order.
        notes: What was decided for them.
    """

    items: tuple[Item, ...]
    notes: tuple[str, ...] = ()


def fill_groups(items: Sequence[Item]) -> Grouped:
    """Give every item without a group one: its normalised target, or its normalised prompt.

    Targets make groups only where they tell questions apart. Where there are fewer distinct targets than
    max(10, rows / 4), as in a label task, grouping by them would lump unrelated questions together, so those
    items fall back to their own prompts.

    Args:
        items: Items; those with a group keep it.

    Returns:
        The items with groups, and a note where the fall-back was taken.
    """
    open_items = [item for item in items if not item.group]
    with_target = [item for item in open_items if item.target is not None]
    distinct = {normalise(item.target or "") for item in with_target}
    by_target = len(distinct) >= max(LEAST_GROUPS, len(with_target) / 4)
    notes: tuple[str, ...] = ()
    if with_target and not by_target:
        notes = (
            f"{len(distinct)} distinct targets in {len(with_target)} rows: too few to group by, "
            "so every prompt is a group of its own",
        )
    grouped = tuple(
        item if item.group else replace(item, group=_default_group(item, by_target)) for item in items
    )
    return Grouped(grouped, notes)


def _default_group(item: Item, by_target: bool) -> str:
    if by_target and item.target is not None:
        return normalise(item.target)
    return normalise(" ".join(message.content for message in item.messages))
