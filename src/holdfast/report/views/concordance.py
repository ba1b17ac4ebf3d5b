"""Whether the cells of the multiverse rank the arms alike."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median

from holdfast.domain import Concordance
from holdfast.report.views import words
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.sides import place_name
from holdfast.report.views.tracks import Dot, Tone


@dataclass(frozen=True, slots=True)
class ConcordanceRow:
    """The rankings at one point.

    Attributes:
        where: The point and what arms are ranked by.
        arms: Arms ranked.
        rankings: Cells that rank them.
        w: Kendall's W.
        interval: Its interval; may be empty.
        dots: To be drawn, on shares.
        taus: Median of Kendall's tau over pairs of cells, and their range.
        method: The estimator, in words.
    """

    where: str
    arms: int
    rankings: int
    w: str
    interval: str
    dots: tuple[Dot, ...]
    taus: str
    method: str


def concordance_rows(evidence: Evidence) -> tuple[ConcordanceRow, ...]:
    """Return one row a point at which the cells rank the arms."""
    return tuple(_row(found) for found in evidence.record.robustness.concordance)


def _row(found: Concordance) -> ConcordanceRow:
    at, _, goal = found.at.partition(":")
    return ConcordanceRow(
        where=f"{words.metric(found.metric)}, {place_name(at, goal)}",
        arms=len(found.arms),
        rankings=found.rankings,
        w=words.coefficient(found.w) if found.w is not None else "not defined",
        interval=words.coefficient_interval(found.low, found.high),
        dots=() if found.w is None else (Dot(found.w, found.low, found.high, Tone.SKILL),),
        taus=_taus(found),
        method=found.method,
    )


def _taus(found: Concordance) -> str:
    known = [pair.tau for pair in found.taus if pair.tau is not None]
    if not known:
        return words.MISSING
    ends = f"{words.coefficient(min(known))} to {words.coefficient(max(known))}"
    return f"{words.coefficient(median(known))} ({ends})"
