"""Points with intervals on a share axis, one row a model or pathway."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.report.charts import theme
from holdfast.report.views.cells import Cell

_WIDTH, _ROW = 158, 40


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
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format="%", values=[0, 0.5, 1], title=title)
    limit = alt.Chart(alt.Data(values=[] if threshold is None else [{"value": threshold}]))
    rule = limit.mark_rule(stroke=theme.MUTED, strokeDash=[2, 3], aria=False)
    layers = [
        rule.encode(x=alt.X("value:Q", scale=scale, axis=axis)),
        *_labels(rows, height),
        *_dots(rows),
        _words(rows),
    ]
    return theme.dress(alt.layer(*layers).properties(width=_WIDTH, height=height))


def _centre(index: int) -> float:
    return _ROW * (index + 0.5)


def _labels(rows: Sequence[IntervalRow], height: float) -> list[Any]:
    import altair as alt

    values = [{"label": row.label, "remark": row.remark, "y": _centre(i)} for i, row in enumerate(rows)]
    y = alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[0, height], reverse=True, nice=False))
    base = alt.Chart(alt.Data(values=values)).encode(y=y)
    left = base.mark_text(align="right", dx=-10, fontSize=12, fill=theme.INK, limit=108, aria=False)
    right = base.mark_text(align="left", dx=8, fontSize=12, fill=theme.MUTED, limit=138, aria=False)
    return [
        left.encode(x=alt.XValue(0), text=alt.Text("label:N")),
        right.encode(x=alt.XValue(_WIDTH), text=alt.Text("remark:N")),
    ]


def _dots(rows: Sequence[IntervalRow]) -> list[Any]:
    import altair as alt

    values = []
    for index, row in enumerate(rows):
        known = [dot for dot in row.dots if dot.cell.value is not None]
        for place, dot in enumerate(known):
            values.append(_dot(row.label, dot, _centre(index) + 12.0 * (place - (len(known) - 1) / 2)))
    base = alt.Chart(alt.Data(values=values)).encode(
        y=alt.Y("y:Q"), stroke=alt.Stroke("colour:N", scale=None, legend=None)
    )
    rule = base.mark_rule(strokeWidth=2.4, strokeCap="round", opacity=0.55, aria=False)
    mark = base.mark_point(size=64, opacity=1, strokeWidth=2)
    return [
        rule.encode(x=alt.X("low:Q"), x2=alt.X2("high:Q")),
        mark.encode(
            x=alt.X("value:Q"),
            fill=alt.Fill("inside:N", scale=None, legend=None),
            shape=alt.Shape("shape:N", scale=None, legend=None),
            description=alt.Description("about:N"),
        ),
    ]


def _dot(label: str, dot: Dot, y: float) -> dict[str, str | float | None]:
    cell = dot.cell
    return {
        "y": y,
        "value": cell.value,
        "low": cell.value if cell.low is None else cell.low,
        "high": cell.value if cell.high is None else cell.high,
        "colour": dot.colour,
        "inside": theme.PAPER if dot.hollow else dot.colour,
        "shape": dot.shape,
        "about": f"{label}: {cell.plain} {dot.name}",
    }


def _words(rows: Sequence[IntervalRow]) -> Any:
    import altair as alt

    values = [
        {"y": _centre(index), "text": next((dot.cell.text for dot in row.dots), "")}
        for index, row in enumerate(rows)
        if all(dot.cell.value is None for dot in row.dots)
    ]
    mark = alt.Chart(alt.Data(values=values)).mark_text(
        align="left", dx=6, fontSize=12, fontStyle="italic", fill=theme.MUTED, aria=False
    )
    return mark.encode(x=alt.XValue(0), y=alt.Y("y:Q"), text=alt.Text("text:N"))
