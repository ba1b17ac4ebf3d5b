"""`holdfast plan`: what an audit would do, cost and be able to show, without training."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def plan(
    config: Annotated[
        Path | None, typer.Argument(help="Configuration file. Without one: the embedded audit.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Worker processes [what cores and memory allow].")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Print trials, estimated time and disk, and what the design can show. Nothing is trained or written."""
    from json import dumps

    from holdfast.auditing.design import describe_design
    from holdfast.auditing.inputs import prepare
    from holdfast.store import plain

    design = describe_design(prepare(config), workers)
    if json:
        print(dumps(plain(design), indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    console = Console(highlight=False)
    console.print(f"audit {design.name!r}: {len(design.trials)} trials", markup=False)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in ("model", "pathway", "technique", "seeds", "steps", "measured at", "answers"):
        table.add_column(header, overflow="fold")
    for arm in design.arms:
        measured = " ".join(str(step) for step in arm.measure_at)
        table.add_row(
            arm.model,
            arm.pathway,
            arm.technique,
            str(arm.seeds),
            str(arm.steps),
            measured,
            f"{arm.answers:,}",
        )
    console.print(table, markup=False)
    console.print(
        f"\nabout {design.seconds / 60:.1f} min on {design.workers} worker(s), "
        f"about {design.disk_bytes / 1e6:.0f} MB of disk"
    )
    for title, lines in (
        ("what this takes for granted", design.assumptions),
        ("what this design can show", design.can_show),
        ("what it cannot", design.cannot_show),
        ("options in force", design.options),
    ):
        console.print(f"\n{title}:")
        for line in lines:
            console.print(f"  - {line}", markup=False)
