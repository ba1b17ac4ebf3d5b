"""A run on the desk: its population, the rounds drawn from it, and what is done with labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from holdfast.auditing.analysis.stage import Judged
from holdfast.auditing.calibration.calibrating import calibrate
from holdfast.auditing.calibration.drawing import Wish, draw, make_frame
from holdfast.auditing.calibration.labels import (
    Labels,
    contradictions,
    labels_of_oracle,
    labels_of_sheets,
)
from holdfast.auditing.calibration.population import Population, answers_of, population_of
from holdfast.auditing.calibration.rates import Asking
from holdfast.auditing.calibration.sheet import Known, read_sheet, sheet_text
from holdfast.domain import ORACLE_LABELS, CalibrationSpec, PluginError, RunError, did_you_mean
from holdfast.store import (
    FrameUnit,
    Round,
    RunDirectory,
    file_digest,
    read_calibrations,
    read_frame,
    read_labels,
    read_rounds,
    write_atomic,
    write_calibration,
    write_frame,
    write_labels,
    write_round,
)

SHEET = "sheet"


@dataclass(frozen=True, slots=True)
class Desk:
    """A judged run and its population.

    Attributes:
        run: The run.
        judged: The same, judged.
        population: Its population; never empty.
    """

    run: RunDirectory
    judged: Judged
    population: Population

    @property
    def panels(self) -> list[str]:
        """Names of the panels, the primary one first."""
        return [panel.name for panel in self.judged.panels]

    def panel(self, name: str) -> str:
        """Return the panel called so, or the primary one for an empty name.

        Raises:
            PluginError: If there is none.
        """
        if name and name not in self.panels:
            hint = did_you_mean(name, self.panels)
            raise PluginError(f"no judge or panel of this run is called {name!r}", next_step=hint)
        return name or self.panels[0]

    def sheets(self) -> list[Round]:
        """Return the rounds drawn from this population for people to label."""
        rounds = read_rounds(self.run)
        return [r for r in rounds if r.labels == SHEET and r.population == self.population.digest]


def open_desk(run: RunDirectory, judged: Judged) -> Desk:
    """Return a judged run with its population.

    Raises:
        RunError: If it holds nothing to label.
    """
    population = population_of(run, judged)
    if not population.units:
        raise RunError(
            f"{run.path} holds no held-out answers to safety prompts: there is nothing to label",
            next_step=f"finish the audit: holdfast audit {run.path}",
        )
    return Desk(run, judged, population)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What labels are to be used for.

    Attributes:
        judge: The panel to calibrate; empty calibrates every panel.
        width: Wished width of the intervals, in (0, 1]; None for half of what they are.
    """

    judge: str = ""
    width: float | None = None


def calibrate_by_oracle(desk: Desk, spec: CalibrationSpec, purpose: Purpose, *, each_model: bool) -> None:
    """Draw a sample, take the oracle's word for its labels, and calibrate.

    Args:
        desk: The run.
        spec: How many answers, and the seed.
        purpose: What for.
        each_model: Whether so many are drawn of each model, instead of all together.

    Raises:
        RunError: If the oracle has judged nothing.
        PluginError: If the panel is unknown.
    """
    if ORACLE_LABELS not in desk.panels:
        raise RunError(
            f"{desk.run.path} holds no verdicts of the oracle",
            next_step=f"holdfast grade {desk.run.path} --judge {ORACLE_LABELS}",
        )
    frame = make_frame(desk.run, desk.judged, desk.population, desk.panel(purpose.judge))
    wish = Wish(spec.sample, spec.seed, ORACLE_LABELS, each_model)
    drawn = draw(frame, desk.population.digest, (), wish)
    write_frame(desk.run, drawn.frame, frame)
    write_round(desk.run, drawn)
    _calibrate(desk, labels_of_oracle(desk.population, drawn), frame, purpose)


def calibrate_as_planned(run: RunDirectory, judged: Judged, spec: CalibrationSpec) -> None:
    """Calibrate every panel by the labels that a configuration asks for.

    Nothing happens where no safety answer came in, or where sheets were labelled: people's labels stand.

    Raises:
        RunError: If the oracle has judged nothing, or a file of the run is damaged.
    """
    population = population_of(run, judged)
    labelled = any(each.calibration.labels != ORACLE_LABELS for each in read_calibrations(run))
    if population.units and not labelled:
        calibrate_by_oracle(Desk(run, judged, population), spec, Purpose(), each_model=True)


def take_labels_in(desk: Desk, sheets: Sequence[Path], purpose: Purpose) -> None:
    """Take the labels of sheets in, if any are given, and calibrate by all labels taken in so far.

    Args:
        desk: The run.
        sheets: Labelled sheets.
        purpose: What for.

    Raises:
        DataError: With every problem of a sheet; nothing is taken in.
        RunError: If there is no label.
        PluginError: If the panel is unknown.
    """
    desk.panel(purpose.judge)
    rounds, book = read_rounds(desk.run), read_labels(desk.run)
    if sheets:
        answers = answers_of(desk.run, desk.judged, desk.population)
        known = Known(desk.population, rounds, answers)
        read = [read_sheet(path, known) for path in sheets]
        entries = (*book.entries, *(entry for of_sheet in read for entry in of_sheet))
        sources = dict(book.sources) | {path.name: file_digest(path) for path in sheets}
        book = replace(book, entries=entries, sources=sources)
    labels = labels_of_sheets(desk.population, rounds, book)
    if not labels.known:
        raise RunError(
            "no answer of this run has a label" + ("" if sheets else " yet"),
            next_step=f"holdfast calibrate {desk.run.path} --sample 100, and fill the column `label`",
        )
    write_labels(desk.run, book)
    drawn = desk.sheets()
    frame = read_frame(desk.run, drawn[0].frame) if drawn else []
    _calibrate(desk, labels, frame, purpose)


def draw_sheet(desk: Desk, spec: CalibrationSpec, judge: str, path: Path) -> Round:
    """Draw answers that no sheet asks about yet, and write them as a sheet.

    Args:
        desk: The run.
        spec: How many answers in all, and the seed.
        judge: Panel whose outcomes make the strata of the first round; empty takes the primary one.
        path: The sheet; must not exist, for it might hold labels.

    Raises:
        RunError: If every answer was drawn already, or the file exists.
        PluginError: If the panel is unknown.
    """
    if path.exists():
        raise RunError(f"{path} exists, and may hold labels", next_step="give another file with -o")
    before, panel = desk.sheets(), desk.panel(judge)
    if before:
        frame = read_frame(desk.run, before[0].frame)
    else:
        frame = make_frame(desk.run, desk.judged, desk.population, panel)
    labels = labels_of_sheets(desk.population, before, read_labels(desk.run))
    wrong = contradictions(labels, {unit.unit: unit.generation for unit in frame}, panel)
    drawn = draw(frame, desk.population.digest, before, Wish(spec.sample, spec.seed, SHEET), wrong)
    if not drawn.drawn:
        raise RunError(
            f"all {len(frame)} answers have been drawn already", next_step="label the sheets drawn"
        )
    write_frame(desk.run, drawn.frame, frame)
    write_atomic(path, sheet_text(drawn, answers_of(desk.run, desk.judged, desk.population)))
    write_round(desk.run, drawn)  # the receipt comes last: without it the sheet's labels are transported
    return drawn


def _calibrate(desk: Desk, labels: Labels, frame: Sequence[FrameUnit], purpose: Purpose) -> None:
    drawable = frozenset(unit.unit for unit in frame)
    for name in [purpose.judge] if purpose.judge else desk.panels:
        if name != labels.source:  # the oracle is not measured against itself
            asking = Asking(desk.panel(name), drawable, purpose.width)
            write_calibration(desk.run, calibrate(desk.population, labels, asking))
