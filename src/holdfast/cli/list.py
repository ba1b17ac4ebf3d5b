"""`holdfast list`: the plug-ins that are there."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer


class Noun(StrEnum):
    """What can be listed."""

    TECHNIQUES = "techniques"
    JUDGES = "judges"
    BENCHMARKS = "benchmarks"
    CORPORA = "corpora"
    MODELS = "models"


def list_plugins(
    noun: Annotated[Noun | None, typer.Argument(help="What to list [everything].")] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """List the installed plug-ins: techniques, judges, benchmarks, corpora, models."""
    from json import dumps

    from holdfast.auditing.catalogue import describe_plugins

    rows = describe_plugins([noun.value] if noun else [n.value for n in Noun])
    if json:
        print(dumps([row.as_dict() for row in rows], indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in ("kind", "name", "what it is", "from"):
        table.add_column(header, overflow="fold")
    for row in rows:
        table.add_row(row.kind, row.name, row.summary, row.origin)
    Console(highlight=False).print(table, markup=False)
