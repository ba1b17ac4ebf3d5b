"""`holdfast report`: write a finished run's report again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[Path, typer.Argument(help="Run directory.")],
    json: Annotated[bool, typer.Option("--json", help="Print the decision as JSON, nothing else.")] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print a short Markdown summary.")] = False,
) -> None:
    """Analyse a run's stored answers and verdicts again and write its report; trains and judges nothing."""
    from holdfast.cli.summary import print_run
    from holdfast.workflow.audit import report_run

    record = report_run(run)
    if markdown:
        from holdfast.report import render_markdown

        print(render_markdown(record))
        return
    print_run(run, as_json=json)
