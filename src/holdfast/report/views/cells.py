"""Figures as a table shows them: text, interval, and what stands there when there is no figure."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import Finding, Status
from holdfast.report.views import words
from holdfast.report.views.evidence import Pick


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure.

    Attributes:
        text: The figure, or the word that stands for it.
        interval: Its interval in words; may be empty.
        note: What the reader must know beside it; may be empty.
        value: The share in [0, 1], for the little interval drawn below it; None where there is none.
        low: Lower end of its interval.
        high: Upper end of its interval.
        status: What the figure is worth.
    """

    text: str
    interval: str = ""
    note: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    status: Status = Status.OK

    @property
    def plain(self) -> str:
        """The figure with its interval on one line, for terminals and Markdown."""
        return f"{self.text} ({self.interval})" if self.interval else self.text


EMPTY = Cell(words.MISSING)
"""Where nothing was measured."""


def share_cell(finding: Finding | None, note: str = "") -> Cell:
    """Return the cell of a share or score in [0, 1]."""
    if finding is None:
        return EMPTY
    if finding.value is None:
        text = words.status_word(finding.status) or words.MISSING
        return Cell(text, note=note, status=finding.status)
    flagged = "" if finding.status is Status.OK else words.status_word(finding.status)
    return Cell(
        text=words.share(finding.value),
        interval=words.share_interval(finding.low, finding.high),
        note=", ".join(part for part in (note, flagged) if part),
        value=finding.value,
        low=finding.low,
        high=finding.high,
        status=finding.status,
    )


def worst_cell(pick: Pick | None) -> Cell:
    """Return the cell of a figure chosen as the worst, naming its benchmark and how many gave none."""
    if pick is None:
        return EMPTY
    note = pick.finding.benchmark
    if 0 < pick.without_value < pick.among:
        note += f"; {pick.without_value} of {pick.among} without a result"
    if pick.lost is not None:
        lost = share_cell(pick.lost)
        note += f"; refusal lost {lost.text} on {pick.lost.benchmark}, where harm cannot be told"
    return share_cell(pick.finding, note.removeprefix("; "))
