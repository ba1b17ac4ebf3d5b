"""`holdfast audit`: run an audit, or finish one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def audit(
    config: Annotated[
        Path | None,
        typer.Argument(
            metavar="CONFIG|RUN",
            help="Configuration file, or a run to finish. Without one: the embedded audit of the organism.",
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Run directory [runs/<name>-<config digest>].")
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=0, help="Worker processes; 0: this process [what cores and memory allow]."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON, nothing else.")] = False,
) -> None:
    """Fine-tune by every pathway, measure, decide, report. On an unfinished directory: go on from there."""
    from holdfast.auditing.execution.progress import progress_for
    from holdfast.cli.summary import print_run
    from holdfast.workflow.audit import run_audit

    path = run_audit(config, output, workers=workers, progress=progress_for())
    if not print_run(path, as_json=json):
        raise typer.Exit(1)
