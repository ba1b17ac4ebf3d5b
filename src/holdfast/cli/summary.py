"""What commands print of a finished run: the verdict, the key table, where the report is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from holdfast.auditing.record import load_record
from holdfast.domain import Conclusion, RunRecord, TrialStatus
from holdfast.store import plain

_STYLE = {
    Conclusion.BREAKS: "bold red",
    Conclusion.HOLDS: "bold green",
    Conclusion.INCONCLUSIVE: "bold yellow",
}

_WIDE = 150
"""Columns of a terminal that hold the whole key table."""
_NARROW = ("model", "pathway", "conclusion", "broke", "end")
"""Columns of the key table that are shown where there is less room."""


def print_run(path: Path, *, as_json: bool) -> bool:
    """Print a finished run, or its decision for programs; return whether any trial gave a result."""
    record = load_record(path)
    measured = any(trial.status is TrialStatus.DONE for trial in record.trials)
    if as_json:
        failed = [t.key for t in record.trials if t.status is not TrialStatus.DONE]
        told = {"run": str(path), "report": str(path / "report.html"), "without_result": failed}
        print(json.dumps(told | plain(record.decision), indent=1))
    else:
        _print_summary(record, path)
    return measured


def _print_summary(record: RunRecord, path: Path) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from holdfast.report import robustness_lines, summary_columns, summary_rows

    # A pipe has no width of its own: give a log the whole table.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
    conclusion = record.decision.conclusion
    console.print()
    console.print(f"[{_STYLE[conclusion]}]{conclusion.value.upper()}[/]")
    console.print(record.decision.headline, markup=False)
    columns = summary_columns(record)
    shown = [name for name in columns if console.width >= _WIDE or name in _NARROW]
    table = Table(box=None, pad_edge=False, header_style="bold")
    if "start" not in shown:  # whose header says of what the others are shares
        columns["end"] = columns["start"].replace("start", "end")
    for name in shown:
        table.add_column(columns[name], overflow="fold", no_wrap=name in ("model", "pathway"))
    for row in summary_rows(record):
        table.add_row(*(Text(str(getattr(row, name))) for name in shown))
    console.print()
    console.print(table)
    if told := robustness_lines(record):
        console.print()
        for line in told:
            console.print(f"- {line}", markup=False)
    lost = sum(trial.status is TrialStatus.LOST for trial in record.trials)
    failed = sum(trial.status is TrialStatus.FAILED for trial in record.trials)
    if lost or failed:
        console.print(f"\n{failed} trial(s) failed, {lost} lost (the same command tries lost ones again)")
    console.print(f"\nreport: {path / 'report.html'}", markup=False, soft_wrap=True)
