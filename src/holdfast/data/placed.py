"""A benchmark row or corpus example together with the line it was read from."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import Example, Item


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


@dataclass(frozen=True, slots=True)
class PlacedExample:
    """A corpus example and where it stands.

    Attributes:
        example: The example.
        line: Line in the file; None for examples of a plug-in.
    """

    example: Example
    line: int | None
