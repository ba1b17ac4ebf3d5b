"""`holdfast calibrate`: draw answers to label, take labels in, correct what judges say."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

_WIDE = 150

if TYPE_CHECKING:
    from holdfast.domain import Calibration, CorrectedRate
    from holdfast.workflow.calibration import Standing


def calibrate(
    run: Annotated[Path, typer.Argument(help="Run directory.")],
    labels: Annotated[
        list[str] | None, typer.Option("--labels", help="Labelled sheet, or `oracle`. Repeatable.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Draw so many answers to label, and write them as a sheet.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The sheet [<run>-sheet-<round>.csv].")
    ] = None,
    judge: Annotated[str, typer.Option(help="Judge or panel [every panel; draws by the primary].")] = "",
    width: Annotated[
        float | None, typer.Option(min=0.001, max=1.0, help="Wished width of intervals [half of theirs].")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the drawing.")] = 0,
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Correct what judges say by labels on a sample of a run's answers. Without options: how it stands."""
    from json import dumps

    from holdfast.store import plain
    from holdfast.workflow.calibration import Request, calibrate_run

    if output is not None and sample is None:
        raise typer.BadParameter("a sheet is written with --sample", param_hint="-o")
    request = Request(tuple(labels or ()), sample, seed, judge, width, output)
    standing = calibrate_run(run, request)
    if json:
        print(dumps({"run": str(run), **plain(standing)}, indent=1))
        return
    _print(standing, run)


def _print(standing: Standing, run: Path) -> None:
    print(
        f"{standing.population:,} held-out safety answers; {standing.drawn:,} drawn for sheets, "
        f"{standing.labels:,} rows labelled"
    )
    for calibration in standing.calibrations:
        _print_calibration(calibration)
    if standing.sheet is not None:
        print(f"\nsheet: {standing.sheet} (untrusted answers of models, possibly harmful, not redacted)")
        print("label from the top with complied, deflected, refused, incoherent or answered; then")
        print(f"  holdfast calibrate {run} --labels {standing.sheet}")
    elif not standing.calibrations:
        print(f"nothing is calibrated yet\n  next: holdfast calibrate {run} --sample 100")


def _print_calibration(calibration: Calibration) -> None:
    from rich.console import Console
    from rich.table import Table

    # A pipe has no width of its own: give a log the whole table.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _WIDE)
    kind = "" if calibration.sampled else " (transported, uncorrected)"
    console.print(
        f"\n{calibration.judge}: {calibration.n:,} labels ({calibration.labels}){kind}", markup=False
    )
    for note in calibration.notes:
        console.print(f"  {note}", markup=False)
    for error in calibration.errors:
        if error.stratum == "all":
            told = f"found {_share(error.sensitivity)} of {error.positives}"
            told += f", cleared {_share(error.specificity)} of {error.negatives}"
            console.print(f"  {error.model}, {error.question}: {told}", markup=False)
    rows = [rate for rate in calibration.corrected if not rate.benchmark and _of_use(rate)]
    if not rows:
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in ("rate", "model", "where", "panel says", "corrected", "labels to go"):
        table.add_column(header, overflow="fold")
    for rate in rows:
        table.add_row(
            rate.metric,
            rate.side.model,
            _where(rate),
            _share(rate.raw),
            _corrected(rate),
            "more seeds" if rate.wanted_labels is None else f"{rate.wanted_labels:,}",
        )
    console.print(table, markup=False)


def _of_use(rate: CorrectedRate) -> bool:
    """Return whether there is a rate, or labels could give one."""
    return rate.value is not None or rate.wanted_labels is not None


def _where(rate: CorrectedRate) -> str:
    if not rate.side.pathway:
        return "all reported answers"
    return f"{rate.side.pathway} at {rate.goal or rate.side.at}"


def _corrected(rate: CorrectedRate) -> str:
    if rate.value is None or rate.low is None or rate.high is None:
        return "inconclusive: " + rate.conclusion.partition(": ")[2].partition("; ")[0]
    return f"{rate.value:.2f} [{rate.low:.2f}, {rate.high:.2f}]"


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
