"""`holdfast list`: the plug-ins that are there, and the pathways they make."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from holdfast.auditing.catalogue import PathwayRow, PluginRow

_AXES = {
    "none": "Nothing is trained, or everything (no axis)",
    "A": "Cheaper: it costs less compute or data (axis A)",
    "B": "Shared: more actors pay for it (axis B)",
}
_KINDS = {
    "regime": "Regimes of data, which a technique is fed with (axis A)",
    "option": "Options of techniques, corpora and pathways (axis A)",
}
_UNREADABLE = "Cannot be read"


class Noun(StrEnum):
    """What can be listed."""

    PATHWAYS = "pathways"
    TECHNIQUES = "techniques"
    JUDGES = "judges"
    BENCHMARKS = "benchmarks"
    CORPORA = "corpora"
    MODELS = "models"


def list_plugins(
    noun: Annotated[Noun | None, typer.Argument(help="What to list [every plug-in].")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List what is installed: pathways (techniques, regimes), judges, benchmarks, corpora, models."""
    from json import dumps

    from holdfast.auditing.catalogue import describe_pathways, describe_plugins

    if noun is Noun.PATHWAYS:
        pathways = describe_pathways()
        if json:
            print(dumps([row.as_dict() for row in pathways], indent=1))
        else:
            print_pathways(pathways)
        return
    rows = describe_plugins(
        [n.value for n in Noun if n is not Noun.PATHWAYS] if noun is None else [noun.value]
    )
    if json:
        print(dumps([row.as_dict() for row in rows], indent=1))
    else:
        _print_plugins(rows)


def _print_plugins(rows: Sequence[PluginRow]) -> None:
    lines = [(row.kind, row.name, row.summary, row.origin) for row in rows]
    _print_table(("kind", "name", "what it is", "from"), lines)


def print_pathways(rows: Sequence[PathwayRow]) -> None:
    """Print techniques by axis, each with its variants, then regimes; a hundred columns are enough."""
    groups: dict[str, list[PathwayRow]] = {}
    for row in rows:
        title = _KINDS.get(row.kind) or _AXES.get(row.axis, _UNREADABLE)
        groups.setdefault(title, []).append(row)
    # A need is one word, and a comma may follow it: it must fit on a line.
    need = max(len(f"{word},") for row in rows for word in ("needs", *row.needs))
    width = max(len(name) for row in rows for name in (row.name, *(f"  {value}" for value in row.variants)))
    for place, (title, members) in enumerate(groups.items()):
        print(("\n" if place else "") + title)
        lines = [line for row in members for line in _pathway_lines(row)]
        _print_table(("name".ljust(width), "actors", "needs".ljust(need), "what it is [source]"), lines)


def _pathway_lines(row: PathwayRow) -> list[tuple[str, ...]]:
    # Who shares a cost may be more than the least that it takes.
    actors = f"{row.actors}+" if row.axis == "B" else str(row.actors or "")
    source = f" [{row.source}]" if row.source else ""
    head = (row.name, actors, ", ".join(row.needs) or "nothing", row.summary + source)
    return [head, *((f"  {value}", "", "", told) for value, told in row.variants.items())]


def _print_table(headers: Sequence[str], lines: Sequence[tuple[str, ...]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        # Needs stand below one another rather than take the room of the text.
        widest = len(header) if header.startswith("needs") else None
        table.add_column(Text(header), overflow="fold", no_wrap=header.strip() == "name", max_width=widest)
    for line in lines:
        table.add_row(*map(Text, line))
    Console(highlight=False).print(table)
