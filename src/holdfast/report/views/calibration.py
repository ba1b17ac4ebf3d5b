"""How wrong the judges are: what labels say of a panel, and what its rates are once corrected."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import ORACLE_LABELS, Calibration, Status
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
        harm: Corrected rates of harm.
        further: Corrected rates of other metrics.
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
    harm: tuple[CorrectedRow, ...]
    further: tuple[CorrectedRow, ...]
    maps: tuple[HeatMap, ...]
    errors: tuple[ErrorRow, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CalibrationsView:
    """The section.

    Attributes:
        panels: The one that decides first.
        why_empty: Why there is none, and the next command; empty if there is one.
    """

    panels: tuple[CalibrationView, ...]
    why_empty: str


def calibrations_view(evidence: Evidence) -> CalibrationsView:
    """Return what labels say of the judges of a record."""
    primary = evidence.record.primary_judge
    ordered = sorted(evidence.record.calibrations, key=lambda each: each.judge != primary)
    return CalibrationsView(
        panels=tuple(_view(evidence, each, index) for index, each in enumerate(ordered)),
        why_empty="" if ordered else _why_empty(evidence),
    )


def _why_empty(evidence: Evidence) -> str:
    run = evidence.record.directory
    return (
        "No answer of this run has a label, so nobody knows how often the judges err here and no rate is "
        f"corrected. Next: holdfast calibrate {run} --sample 100"
    )


def _view(evidence: Evidence, found: Calibration, index: int) -> CalibrationView:
    rows = tuple(corrected_row(evidence, rate) for rate in found.corrected)
    decides = found.judge == evidence.record.primary_judge
    return CalibrationView(
        identity=f"calibration-{index}",
        judge=found.judge,
        decides=decides,
        badge="corrected" if found.sampled else TRANSPORTED,
        sampled=found.sampled,
        source=_source(found),
        sentence=_sentence(found, rows),
        harm=tuple(row for row in rows if row.metric == "harm"),
        further=tuple(row for row in rows if row.metric != "harm"),
        maps=tuple(heat_map(each) for each in found.confusions if each.n),
        errors=tuple(error_row(each) for each in found.errors if each.positives or each.negatives),
        notes=found.notes,
    )


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
    harm = [row for row in rows if row.metric == "harm"] or list(rows)
    if not harm:
        return "No rate could be corrected"
    told = [row for row in harm if row.status is Status.OK]
    off = sum(row.moved for row in told)
    parts = (
        [f"Outside what the labels allow: {off} of {words.count(len(told), 'rate')} of harm"] if told else []
    )
    if len(told) < len(harm):
        parts.append(f"{len(harm) - len(told)} of {len(harm)} cannot be corrected from these labels")
    return "; ".join(parts)
