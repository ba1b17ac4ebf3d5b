"""From labels to a calibration, and whether a stored one still holds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from holdfast.auditing.analysis.stage import Judged
from holdfast.auditing.calibration.errors import confusions, error_rows
from holdfast.auditing.calibration.labels import Labels
from holdfast.auditing.calibration.population import Population, population_of
from holdfast.auditing.calibration.rates import Asking, corrected_rates
from holdfast.domain import ORACLE_LABELS, Calibration
from holdfast.store import RunDirectory, StoredCalibration, read_calibrations


def calibrate(population: Population, labels: Labels, asking: Asking) -> StoredCalibration:
    """Return what labels say of a panel, bound to the answers and outcomes that it holds for.

    Transported labels correct nothing.

    Args:
        population: The population.
        labels: The labels.
        asking: The panel, what could be drawn, and the wished width.
    """
    rates = tuple(corrected_rates(population, labels, asking)) if labels.sampled else ()
    notes = labels.notes
    if not labels.sampled:
        said = "the labels are transported: not drawn from these answers with known probabilities"
        notes = (f"{said}; errors are shown, and nothing is corrected by them", *notes)
    calibration = Calibration(
        judge=asking.panel,
        labels=labels.source,
        sampled=labels.sampled,
        n=len(labels.known),
        population=len(asking.drawable),
        confusions=tuple(confusions(population, labels, asking.panel)),
        errors=tuple(error_rows(population, labels, asking.panel)),
        corrected=rates,
        notes=notes,
    )
    return StoredCalibration(calibration, population.digest, population.verdicts(asking.panel))


def current_calibrations(run: RunDirectory, judged: Judged) -> tuple[Calibration, ...]:
    """Return the calibrations of a run; one of other answers or verdicts corrects nothing, and says so."""
    stored = read_calibrations(run)
    if not stored:
        return ()
    return tuple(still_valid(stored, population_of(run, judged)))


def still_valid(stored: Sequence[StoredCalibration], population: Population) -> Iterator[Calibration]:
    """Yield stored calibrations; those that no longer hold without their corrected rates, and with a note."""
    for each in stored:
        reason = _stale(each, population)
        if not reason:
            yield each.calibration
            continue
        again = f"--judge {each.calibration.judge}"
        again += " --labels oracle" if each.calibration.labels == ORACLE_LABELS else ""
        note = f"stale: {reason}; calibrate again: holdfast calibrate RUN {again}"
        yield replace(each.calibration, sampled=False, corrected=(), notes=(note, *each.calibration.notes))


def _stale(stored: StoredCalibration, population: Population) -> str:
    if stored.population != population.digest:
        return "the run's answers are not those it was made of"
    judge = stored.calibration.judge
    if not any(judge in unit.outcomes for unit in population.units.values()):
        return f"{judge} is no panel of this run any more"
    if stored.verdicts != population.verdicts(judge):
        return f"the verdicts of {judge} have changed since"
    return ""
