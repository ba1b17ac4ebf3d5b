"""From the rows of a file to benchmark items."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from holdfast.data.fields import BENCHMARK_FIELDS, RowFields, unknown_fields
from holdfast.data.placed import PlacedItem
from holdfast.data.rows import scan_rows, shown_path
from holdfast.data.scan import Row
from holdfast.data.text import quoted
from holdfast.domain import Conversation, DataSource, Item, Problem, Split, ask, did_you_mean


def items_of_file(source: DataSource, problems: list[Problem]) -> list[PlacedItem]:
    """Read a benchmark file.

    Args:
        source: A file with rows ``{"id"?, "prompt" | "messages", "target"?, "category"?, "group"?,
            "choices"?, "split"?}``; a missing id becomes ``line-<n>``.
        problems: Grows by everything that is wrong.

    Returns:
        The rows that are sound in themselves, in file order.
    """
    scan = scan_rows(source)
    shown = shown_path(Path(source.path or ""))
    problems += scan.problems
    problems += unknown_fields(scan.rows, BENCHMARK_FIELDS, source.columns, shown)
    if not scan.rows and not scan.problems:
        problems.append(Problem("holds no rows", shown, None, "a benchmark needs at least one prompt"))
    placed: list[PlacedItem] = []
    for row in scan.rows:
        found = _item(row, shown, problems)
        if found is not None:
            placed.append(found)
    return placed


def _item(row: Row, shown: str, problems: list[Problem]) -> PlacedItem | None:
    fields = RowFields(row, shown)
    messages = _prompt(fields)
    split = _split(fields)
    item = Item(
        id=fields.text("id") or f"line-{row.line}",
        messages=messages,
        target=fields.text("target"),
        group=fields.text("group") or "",
        category=fields.text("category"),
        choices=fields.texts("choices"),
        split=split or Split.HELDOUT,
    )
    if len(set(item.choices)) < len(item.choices):
        fields.problem(f"choices repeat each other: {quoted(item.choices)}")
    problems += fields.problems
    return None if fields.problems else PlacedItem(item, row.line, bool(item.group), split is not None)


def _prompt(fields: RowFields) -> Conversation:
    if fields.has("prompt") and fields.has("messages"):
        fields.problem("holds both prompt and messages", "keep one of the two")
        return ()
    if fields.has("messages"):
        messages = fields.messages()
        if messages and messages[-1].role != "user":
            fields.problem(
                f"the last message is the {messages[-1].role}'s", "a benchmark row ends with the user"
            )
        return messages
    if not fields.has("prompt"):
        fields.problem("row without a prompt")
        return ()
    text = fields.text("prompt")
    return ask(text) if text is not None else ()


def _split(fields: RowFields) -> Split | None:
    name = fields.text("split")
    if name is None:
        return None
    try:
        return Split(name)
    except ValueError:
        fields.problem(f"unknown split {quoted(name)}", did_you_mean(name, [s.value for s in Split]))
        return None


def duplicate_ids(placed: Sequence[PlacedItem], source: str) -> list[Problem]:
    """Name rows whose id an earlier row has."""
    first: dict[str, PlacedItem] = {}
    problems = []
    for row in placed:
        earlier = first.setdefault(row.item.id, row)
        if earlier is not row:
            place = f"line {earlier.line}" if earlier.line is not None else "an earlier row"
            problems.append(
                Problem(f"duplicate id {quoted(row.item.id)}", source, row.line, f"first at {place}")
            )
    return problems
