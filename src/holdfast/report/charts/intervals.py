"""Points with intervals on a share axis, one row a model or pathway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.report.charts import theme
from holdfast.report.views.cells import Cell

_WIDTH, _ROW = 196, 40


@dataclass(frozen=True, slots=True)
class Dot:
    """One figure of a row.

    Attributes:
        name: What it is, for the tooltip.
        cell: The figure.
        colour: A CSS colour.
        shape: A Vega symbol shape.
        hollow: Whether only its outline is drawn.
    """

    name: str
    cell: Cell
    colour: str
    shape: str = "circle"
    hollow: bool = False


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """One row.

    Attributes:
        label: Shown at the left.
        dots: Figures, drawn below one another.
        remark: Shown at the right.
    """

    label: str
    dots: tuple[Dot, ...]
    remark: str


def interval_chart(rows: Sequence[IntervalRow], *, threshold: float | None, title: str) -> Any:
    """Return the altair chart of at least one row.

    Args:
        rows: From top to bottom.
        threshold: Share marked by a dotted line; None for none.
        title: Title of the share axis.
    """
    import altair as alt

    height = _ROW * len(rows)
    x = alt.X(
        "value:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title=title),
    )
    layers = _labels(rows)
    limit = alt.Chart(alt.Data(values=[] if threshold is None else [{"value": threshold}]))
    layers.append(limit.mark_rule(stroke=theme.MUTED, strokeDash=[2, 3], aria=False).encode(x=x))
    for index, row in enumerate(rows):
        known = [dot for dot in row.dots if dot.cell.value is not None]
        for place, dot in enumerate(known):
            centre = _ROW * (index + 0.5) + 12.0 * (place - (len(known) - 1) / 2)
            layers += _dot(row.label, dot, centre)
        if not known:
            layers.append(_word(row, _ROW * (index + 0.5)))
    return theme.dress(alt.layer(*layers).properties(width=_WIDTH, height=height))


def _labels(rows: Sequence[IntervalRow]) -> list[Any]:
    import altair as alt

    values = [
        {"label": row.label, "remark": row.remark, "y": _ROW * (index + 0.5)}
        for index, row in enumerate(rows)
    ]
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, _ROW * len(rows)], reverse=True, nice=False))
    )
    left = base.mark_text(
        align="right", baseline="middle", dx=-10, fontSize=12, fill=theme.INK, limit=104, aria=False
    )
    right = base.mark_text(
        align="left", baseline="middle", dx=8, fontSize=11, fill=theme.MUTED, limit=92, aria=False
    )
    return [left.encode(x=alt.value(0), text="label:N"), right.encode(x=alt.value(_WIDTH), text="remark:N")]


def _dot(label: str, dot: Dot, centre: float) -> list[Any]:
    import altair as alt

    cell = dot.cell
    about = f"{label}: {cell.plain} {dot.name}"
    low = cell.value if cell.low is None else cell.low
    high = cell.value if cell.high is None else cell.high
    base = alt.Chart(alt.Data(values=[{"value": cell.value, "low": low, "high": high, "about": about}]))
    y = alt.value(centre)
    mark = base.mark_point(
        shape=dot.shape,
        size=64,
        opacity=1,
        stroke=dot.colour,
        strokeWidth=2,
        fill=theme.PAPER if dot.hollow else dot.colour,
    )
    rule = base.mark_rule(stroke=dot.colour, strokeWidth=2.4, strokeCap="round", opacity=0.55, aria=False)
    return [
        rule.encode(x="low:Q", x2="high:Q", y=y),
        mark.encode(x="value:Q", y=y, description="about:N"),
    ]


def _word(row: IntervalRow, centre: float) -> Any:
    import altair as alt

    text = next((dot.cell.text for dot in row.dots), "")
    base = alt.Chart(alt.Data(values=[{"text": text}]))
    mark = base.mark_text(
        align="left", baseline="middle", dx=6, fontSize=11, fontStyle="italic", fill=theme.MUTED
    )
    return mark.encode(x=alt.value(0), y=alt.value(centre), text="text:N")
