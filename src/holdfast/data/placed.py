"""A benchmark row together with the line it was read from."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import Item


@dataclass(frozen=True, slots=True)
class PlacedItem:
    """A benchmark row and where it stands.

    Attributes:
        item: The row; its group is empty if the file gives none.
        line: Line in the file; None for rows of a plug-in.
        has_group: Whether the row itself said which group it belongs to.
        has_split: Whether the row itself said which split it belongs to.
    """

    item: Item
    line: int | None
    has_group: bool
    has_split: bool
