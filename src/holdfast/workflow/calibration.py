"""Calibration of a run: labels in, calibrations and report out, and the next sheet to label."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from holdfast.auditing.analysis.stage import load_judged
from holdfast.auditing.calibration.calibrating import still_valid
from holdfast.auditing.calibration.desk import (
    Desk,
    Purpose,
    calibrate_by_oracle,
    draw_sheet,
    open_desk,
    take_labels_in,
)
from holdfast.auditing.record import open_run
from holdfast.domain import ORACLE_LABELS, Calibration, CalibrationSpec, Plan, RunError
from holdfast.store import (
    read_benchmarks,
    read_calibrations,
    read_labels,
    read_record,
    run_lock,
)
from holdfast.workflow.audit import conclude


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a calibration.

    Attributes:
        labels: Sheets to take in, or `oracle` alone.
        sample: Answers to draw for a sheet, or for the oracle; None draws no sheet, and for the oracle the
            default of `CalibrationSpec`, of each model.
        seed: Seed of the drawing.
        judge: The panel to calibrate and to draw by; empty calibrates every panel and draws by the primary.
        width: Wished width of intervals, in (0, 1]; None for half of what they are.
        sheet: Where a drawn sheet goes; None puts it into the working directory, named after run and round.
    """

    labels: tuple[str, ...] = ()
    sample: int | None = None
    seed: int = 0
    judge: str = ""
    width: float | None = None
    sheet: Path | None = None

    @property
    def of_oracle(self) -> bool:
        """Whether the oracle gives the labels."""
        return ORACLE_LABELS in self.labels


@dataclass(frozen=True, slots=True)
class Standing:
    """How the calibration of a run stands.

    Attributes:
        population: Answers that labels are about.
        drawn: Answers drawn for sheets.
        labels: Rows labelled in sheets.
        calibrations: What labels say of the panels, as it holds now.
        sheet: The sheet drawn just now; None if none was.
    """

    population: int
    drawn: int
    labels: int
    calibrations: tuple[Calibration, ...]
    sheet: Path | None = None


def calibrate_run(directory: Path, request: Request) -> Standing:
    """Take labels in, calibrate, analyse and report again, and draw what is to be labelled next.

    Args:
        directory: The run directory.
        request: What is asked; an empty one changes nothing.

    Returns:
        How things stand afterwards.

    Raises:
        DataError: With every problem of a sheet; nothing is changed.
        PluginError: If a judge is unknown.
        RunError: If the directory holds no judged run, is in use, or a file of it is damaged; if there is
            nothing to draw, no label, or no verdict of the oracle.
    """
    if request.of_oracle and len(request.labels) > 1:
        raise RunError("labels come from the oracle or from sheets, not from both at once")
    run = open_run(directory)
    with run_lock(run.path):
        plan = read_record(run.file("plan.json"), Plan)
        desk = open_desk(run, load_judged(run, plan, read_benchmarks(run.file("items.parquet"))))
        if _calibrate(desk, request):
            conclude(run, desk.judged)
        sheet = _sheet(desk, request)
        return _standing(desk, sheet)


def _calibrate(desk: Desk, request: Request) -> bool:
    """Calibrate if that is asked for; return whether it was."""
    purpose = Purpose(request.judge, request.width)
    if request.of_oracle:
        each_model = request.sample is None
        spec = CalibrationSpec(ORACLE_LABELS, seed=request.seed)
        if request.sample is not None:
            spec = CalibrationSpec(ORACLE_LABELS, request.sample, request.seed)
        calibrate_by_oracle(desk, spec, purpose, each_model=each_model)
        return True
    recalibrates = request.sample is None and (request.judge or request.width is not None)
    if request.labels or recalibrates:
        take_labels_in(desk, [Path(name) for name in request.labels], purpose)
        return True
    return False


def _sheet(desk: Desk, request: Request) -> Path | None:
    if request.sample is None or request.of_oracle:
        return None
    path = request.sheet or Path(f"{desk.run.path.resolve().name}-sheet-{len(desk.sheets()) + 1}.csv")
    draw_sheet(desk, CalibrationSpec("sheet", request.sample, request.seed), request.judge, path)
    return path


def _standing(desk: Desk, sheet: Path | None) -> Standing:
    return Standing(
        population=len(desk.population.units),
        drawn=sum(len(each.drawn) for each in desk.sheets()),
        labels=len({entry.row for entry in read_labels(desk.run).entries}),
        calibrations=tuple(still_valid(read_calibrations(desk.run), desk.population)),
        sheet=sheet,
    )
