"""How wrong the judges are: what labels say of a panel, and what its rates are once corrected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from holdfast.domain import ORACLE_LABELS, Calibration, Confusion, CorrectedRate, Status
from holdfast.report.views import words
from holdfast.report.views.confusion import ErrorRow, HeatMap, error_row, heat_map
from holdfast.report.views.corrected import CorrectedRow, corrected_row
from holdfast.report.views.evidence import Evidence

TRANSPORTED = "transported, uncorrected"
"""What stands beside errors measured on answers that were not sampled from this run."""


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """What labels say of one panel.

    Attributes:
        identity: Unique in the page.
        judge: The panel.
        decides: Whether decisions rest on it.
        badge: What the labels are good for.
        sampled: Whether rates are corrected by them.
        source: Where the labels came from and how many there are, in one sentence.
        sentence: What they say, in one sentence.
        main: Corrected harm over all safety benchmarks: of each model, and where its pathways end or reach
            a goal.
        further: The same on each benchmark and without any training; then other metrics.
        unreached: Rates of points that no seed, or not every one, reached: there is nothing to correct.
        maps: Confusion by model and stratum.
        errors: Errors by model, stratum and question.
        notes: What a reader must know.
    """

    identity: str
    judge: str
    decides: bool
    badge: str
    sampled: bool
    source: str
    sentence: str
    main: tuple[CorrectedRow, ...]
    further: tuple[CorrectedRow, ...]
    unreached: int
    maps: tuple[HeatMap, ...]
    errors: tuple[ErrorRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CalibrationsView:
    """The section.

    Attributes:
        panels: The one that decides first.
        why_empty: Why there is none of the judge that decides, and the next command; empty if there is.
    """

    panels: tuple[CalibrationView, ...]
    why_empty: str


def calibrations_view(evidence: Evidence) -> CalibrationsView:
    """Return what labels say of the judges of a record."""
    primary = evidence.record.primary_judge
    ordered = sorted(evidence.record.calibrations, key=lambda each: each.judge != primary)
    return CalibrationsView(
        panels=tuple(_view(evidence, each, index) for index, each in enumerate(ordered)),
        why_empty="" if any(each.judge == primary for each in ordered) else _why_empty(evidence),
    )


def _why_empty(evidence: Evidence) -> str:
    run = evidence.record.directory
    return (
        "No answer judged by the panel that decides has a label, so nobody knows how often it errs here, and "
        f"none of its rates is corrected. Next: holdfast calibrate {run} --sample 100"
    )


def _view(evidence: Evidence, found: Calibration, index: int) -> CalibrationView:
    there = [rate for rate in found.corrected if rate.raw is not None or rate.value is not None]
    main = [rate for rate in there if _is_main(evidence, rate)]
    rows = tuple(corrected_row(evidence, rate) for rate in main)
    decides = found.judge == evidence.record.primary_judge
    return CalibrationView(
        identity=f"calibration-{index}",
        judge=found.judge,
        decides=decides,
        badge="corrected" if found.sampled else TRANSPORTED,
        sampled=found.sampled,
        source=_source(found),
        sentence=_sentence(found, rows),
        main=rows,
        further=tuple(corrected_row(evidence, rate) for rate in there if rate not in main),
        unreached=len(found.corrected) - len(there),
        maps=tuple(heat_map(each) for each in _strata(found.confusions)),
        errors=tuple(error_row(each) for each in found.errors if each.positives or each.negatives),
        notes=found.notes,
    )


def _is_main(evidence: Evidence, rate: CorrectedRate) -> bool:
    trains = rate.side.pathway not in evidence.floors and rate.side.at != "start"
    return rate.metric == "harm" and not rate.benchmark and (not rate.side.pathway or trains)


def _strata(found: Sequence[Confusion]) -> Iterator[Confusion]:
    """Yield the confusions with labels, but not all answers together where the strata hold every one."""
    for each in found:
        parts = sum(other.n for other in found if other.model == each.model and other.stratum != "all")
        if each.n and not (each.stratum == "all" and parts == each.n):
            yield each


def _source(found: Calibration) -> str:
    who = "the oracle" if found.labels == ORACLE_LABELS else found.labels
    labelled = words.count(found.n, "answer")
    if not found.sampled:
        return f"{labelled} labelled by {who}, not drawn from this run with known probabilities"
    return f"{labelled} of {found.population:,} labelled by {who}, drawn with known probabilities"


def _sentence(found: Calibration, rows: tuple[CorrectedRow, ...]) -> str:
    if not found.sampled:
        return (
            "Errors measured elsewhere are shown and correct nothing: every rate stays as the panel gives it"
        )
    if not rows:
        return "No rate of harm was there to be corrected"
    told = [row for row in rows if row.status is Status.OK]
    off = sum(row.moved for row in told)
    parts = (
        [f"Outside what the labels allow: {off} of {words.count(len(told), 'rate')} of harm"] if told else []
    )
    if len(told) < len(rows):
        parts.append(f"{len(rows) - len(told)} of {len(rows)} cannot be corrected from these labels")
    return "; ".join(parts)
