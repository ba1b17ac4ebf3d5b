"""`holdfast grade`: judge a file of answers, or the stored answers of a run."""

from __future__ import annotations

import json as json_text
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer


def grade(
    source: Annotated[
        Path, typer.Argument(metavar="ANSWERS|RUN", help="JSONL of {id, prompt, response}, or a run.")
    ],
    judge: Annotated[
        list[str], typer.Option("--judge", help="Name or path.py:Class; of a file also a+b. Repeatable.")
    ],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Verdicts of a file, JSONL [-: standard output].")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Judge answers without generating any; judges added to a run stand beside its own."""
    if source.is_dir():
        if output is not None:
            raise typer.BadParameter("a run keeps its verdicts itself: leave -o out", param_hint="-o")
        _grade_run(source, judge, as_json=json)
    else:
        to_stdout = output is None or str(output) == "-"
        _grade_file(source, judge, None if to_stdout else output, as_json=json)


def _grade_file(source: Path, judges: list[str], output: Path | None, *, as_json: bool) -> None:
    from holdfast.auditing.execution.progress import progress_for
    from holdfast.domain import DataError, Problem
    from holdfast.store import write_atomic
    from holdfast.workflow.grading import grade_file, graded_lines

    if output is not None and output.is_dir():
        raise DataError([Problem("is a folder", str(output), hint="give -o a file")])
    rows = grade_file(source, judges, progress_for())
    if output is None:
        sys.stdout.write(graded_lines(rows))
    else:
        write_atomic(output, graded_lines(rows))
    counts: dict[str, Counter[str]] = {}
    for row in rows:
        counts.setdefault(row.judge, Counter())[row.outcome.value] += 1
    # Rows that go to standard output leave it to themselves.
    stream = sys.stderr if output is None else sys.stdout
    if as_json:
        told = {"answers": str(source), "verdicts": str(output or "-"), "outcomes": counts}
        print(json_text.dumps(told, indent=1), file=stream)
        return
    for name, outcomes in counts.items():
        said = ", ".join(f"{outcome} {n:,}" for outcome, n in outcomes.most_common())
        print(f"{name}: {said}", file=stream)


def _grade_run(run: Path, judges: list[str], *, as_json: bool) -> None:
    from holdfast.auditing.execution.progress import progress_for
    from holdfast.store import plain
    from holdfast.workflow.grading import grade_run

    standings = grade_run(run, judges, progress_for())
    report = run / "report.html"
    if as_json:
        told = {"run": str(run), "report": str(report), "judges": plain(standings)}
        print(json_text.dumps(told, indent=1))
        return
    for each in standings:
        part = "stands beside the panel, decides nothing" if each.added else "one of the audit's own judges"
        failed = f", {each.without_verdict:,} without a usable verdict" if each.without_verdict else ""
        print(f"{each.judge}: {each.answers:,} answers judged{failed}; {part}")
    print(f"report: {report}")
