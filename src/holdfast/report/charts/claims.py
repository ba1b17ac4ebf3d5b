"""Claims of the multiverse with their specification curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.report.charts.figures import Table
from holdfast.report.charts.specification import SpecificationChart, specification_chart
from holdfast.report.views import words
from holdfast.report.views.multiverse import ClaimView, level_name

MAX_CELLS = 400
"""Cells beyond which a curve is not drawn: its dots would be thinner than a pixel."""


@dataclass(frozen=True, slots=True)
class ClaimFigure:
    """A claim and its drawing.

    Attributes:
        identity: Unique in the page.
        view: The claim.
        chart: Its curve; None if there are too many cells to draw, or no cell with a value.
        table: The cells in figures.
    """

    identity: str
    view: ClaimView
    chart: SpecificationChart | None
    table: Table


def claim_figures(claims: Sequence[ClaimView]) -> tuple[ClaimFigure, ...]:
    """Return the claims with their drawings.

    Raises:
        DrawingError: If a drawing did not come out as plain SVG.
    """
    return tuple(_figure(view, f"claim-{index}") for index, view in enumerate(claims))


def _figure(view: ClaimView, identity: str) -> ClaimFigure:
    measured = any(cell.value is not None for cell in view.cells)
    chart = None
    if measured and len(view.cells) <= MAX_CELLS:
        label = f"{view.heading}, {view.where}. {view.title}."
        chart = specification_chart(view.cells, view.axes, identity=identity, label=label)
    rows = tuple(
        (
            *(level_name(cell.levels.get(axis, "")) for axis in view.axes),
            words.points(cell.value) if cell.value is not None else "not measured",
            words.points_interval(cell.low, cell.high) or words.MISSING,
            "yes" if cell.primary else "",
        )
        for cell in view.cells
    )
    return ClaimFigure(
        identity, view, chart, Table((*view.axes, "Difference, points", "Interval", "Decides"), rows)
    )
