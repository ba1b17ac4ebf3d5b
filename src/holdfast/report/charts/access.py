"""The accessibility map: pathways by price and actors, coloured by harm, with intervals of their prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.domain import Conclusion
from holdfast.report.charts import theme
from holdfast.report.charts.access_layout import NOTHING, Axis, Layout, Placed, arrange, arrow, price_axis
from holdfast.report.charts.drawing import draw
from holdfast.report.views import words
from holdfast.report.views.access import (
    UNIT_TITLES,
    AccessGroup,
    AccessMap,
    Entry,
    price_interval,
    price_text,
)

WIDE, NARROW = 980.0, 320.0
"""Widths of a map in pixels: on a desk, and on a telephone."""
HARM_FILL = tuple(f"var(--harm-{index})" for index in range(5))
"""Colours of harm, the least first."""


@dataclass(frozen=True, slots=True)
class AccessFigure:
    """The map of one model.

    Attributes:
        identity: Unique in the page.
        group: What is drawn.
        wide: The drawing for a wide page.
        narrow: The same for a narrow one.
    """

    identity: str
    group: AccessGroup
    wide: str
    narrow: str


def access_figures(view: AccessMap) -> tuple[AccessFigure, ...]:
    """Return one map a model, all on one axis of prices.

    Raises:
        DrawingError: If a drawing did not come out as plain SVG.
    """
    everything = [entry for group in view.groups for entry in group.entries]
    wide, narrow = (price_axis(everything, width, view.unit) for width in (WIDE, NARROW))
    return tuple(
        AccessFigure(
            identity=f"access-{index}",
            group=group,
            wide=_drawing(group, wide, f"access-{index}"),
            narrow=_drawing(group, narrow, f"access-{index}-narrow"),
        )
        for index, group in enumerate(view.groups)
    )


def access_chart(group: AccessGroup, axis: Axis) -> Any:
    """Return the altair chart of one model; it has at least one pathway."""
    import altair as alt

    layout = arrange(group.entries, axis)
    layers = [*_frame(layout, axis), *_marks(layout, axis.unit), *_names(layout)]
    chart = alt.layer(*layers).properties(width=axis.width, height=layout.height)
    return theme.dress(chart)


def _drawing(group: AccessGroup, axis: Axis, identity: str) -> str:
    label = (
        f"{group.subject}: pathways by price in {UNIT_TITLES[axis.unit]} and number of actors. {group.title}."
    )
    return draw(access_chart(group, axis), identity=identity, label=label)


def _x(field: str, axis_width: float) -> Any:
    import altair as alt

    return alt.X(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, axis_width], nice=False))


def _y(field: str, height: float) -> Any:
    import altair as alt

    return alt.Y(f"{field}:Q", axis=None, scale=alt.Scale(domain=[0, height], reverse=True, nice=False))


def _frame(layout: Layout, axis: Axis) -> list[Any]:
    """Return lanes, their numbers of actors, and the axis of prices."""
    import altair as alt

    foot = layout.height
    lanes = [
        {"x": 0.0, "x2": axis.width, "at": -10.0, "y": lane.top, "y2": lane.bottom,
         "middle": (lane.top + lane.bottom) / 2, "text": words.count(lane.actors, "actor")}
        for lane in layout.lanes
    ]  # fmt: skip
    ticks = [{"x": t.x, "y": 0.0, "y2": foot + 5, "text": t.label, "foot": foot + 17} for t in axis.ticks()]
    free = [{"x": 0.0, "x2": NOTHING - 14, "y": 0.0, "y2": foot, "text": "nothing spent", "foot": foot + 17}]
    x, y = _x("x", axis.width), _y("y", foot)
    base, marks, floor = (alt.Chart(alt.Data(values=rows)) for rows in (lanes, ticks, free))
    small = {"fontSize": 12, "fill": theme.MUTED, "aria": False}
    return [
        floor.mark_rect(fill=theme.LINE, opacity=0.35, aria=False).encode(x=x, y=y, x2="x2:Q", y2="y2:Q"),
        marks.mark_rule(stroke=theme.LINE, opacity=0.7, aria=False).encode(x=x, y=y, y2="y2:Q"),
        base.mark_rule(stroke=theme.LINE, strokeWidth=1.5, aria=False).encode(
            x=x, x2="x2:Q", y=_y("y2", foot)
        ),
        base.mark_text(align="right", **small).encode(
            x=_x("at", axis.width), y=_y("middle", foot), text="text:N"
        ),
        marks.mark_text(align="center", **small).encode(x=x, y=_y("foot", foot), text="text:N"),
        floor.mark_text(align="left", **small).encode(x=x, y=_y("foot", foot), text="text:N"),
    ]


def _marks(layout: Layout, unit: str) -> list[Any]:
    """Return intervals, arrows and marks: full where it broke, hollow where not, dashed where it is open."""
    import altair as alt

    rows = [_mark(placed, unit) for placed in layout.placed]
    layers = []
    spans = [row for row in rows if row["low"] < row["high"]]
    if spans:
        rule = alt.Chart(alt.Data(values=spans)).mark_rule(
            strokeWidth=2.6, strokeCap="round", stroke=theme.MUTED, opacity=0.6, aria=False
        )
        layers.append(rule.encode(x=alt.X("low:Q"), x2="high:Q", y=alt.Y("y:Q")))
    arrows = [row for row in rows if row["arrow"]]
    if arrows:
        base = alt.Chart(alt.Data(values=arrows)).encode(y=alt.Y("y:Q"))
        line = base.mark_rule(stroke=theme.MUTED, strokeWidth=1.6, aria=False)
        head = base.mark_point(
            shape="triangle-right", size=46, fill=theme.MUTED, stroke=theme.MUTED, opacity=1, aria=False
        )
        layers += [line.encode(x="from:Q", x2="to:Q"), head.encode(x=alt.X("to:Q"))]
    for conclusion, dash in ((c, [2, 2] if c is Conclusion.INCONCLUSIVE else [1, 0]) for c in Conclusion):
        these = [row for row in rows if row["conclusion"] == conclusion.value]
        if these:
            layers.append(_points(these, dash))
    return layers


def _points(rows: Sequence[dict[str, Any]], dash: Sequence[int]) -> Any:
    import altair as alt

    mark = alt.Chart(alt.Data(values=list(rows))).mark_point(
        shape="circle", size=150, opacity=1, strokeDash=list(dash)
    )
    return mark.encode(
        x=alt.X("x:Q"),
        y=alt.Y("y:Q"),
        fill=alt.Fill("fill:N", scale=None, legend=None),
        stroke=alt.Stroke("stroke:N", scale=None, legend=None),
        strokeWidth=alt.StrokeWidth("line:Q", scale=None, legend=None),
        description=alt.Description("about:N"),
    )


def _names(layout: Layout) -> list[Any]:
    import altair as alt

    layers = []
    for leftwards, align in ((False, "left"), (True, "right")):
        for broke, colour in ((True, theme.INK), (False, theme.MUTED)):
            rows = [
                {"x": placed.label, "y": placed.y, "text": placed.entry.arm.pathway}
                for placed in layout.placed
                if placed.leftwards == leftwards and (placed.entry.conclusion is Conclusion.BREAKS) == broke
            ]
            if rows:
                text = alt.Chart(alt.Data(values=rows)).mark_text(
                    align=align, fontSize=12, fill=colour, fontWeight=600 if broke else 400, aria=False
                )
                layers.append(text.encode(x=alt.X("x:Q"), y=alt.Y("y:Q"), text="text:N"))
    return layers


def _mark(placed: Placed, unit: str) -> dict[str, Any]:
    entry = placed.entry
    level = entry.harm_bin
    colour = theme.MUTED if level is None else HARM_FILL[level]
    broke = entry.conclusion is Conclusion.BREAKS
    return {
        "x": placed.x,
        "y": placed.y,
        "low": placed.low,
        "high": placed.high,
        "arrow": arrow(entry),
        "from": placed.x + 8,
        "to": placed.x + 20,
        "conclusion": entry.conclusion.value,
        "fill": (theme.HATCH if level is None else colour) if broke else theme.PAPER,
        "stroke": theme.INK if broke else colour,
        "line": 1.2 if broke else 3.2,
        "about": about(entry, unit),
    }


def about(entry: Entry, unit: str) -> str:
    """Return what a mark says, in one sentence, for those who point at it or listen."""
    price = "nothing spent" if entry.floor else "price not known"
    if entry.price is not None:
        price = price_text(entry.price.value, unit)
        interval = price_interval(entry.price, unit)
        price += f" ({interval})" if interval else ""
    word = words.CONCLUSION_WORDS[entry.conclusion].lower()
    actors = words.count(entry.paid.actors, "actor")
    return (
        f"{entry.arm.subject}, {entry.arm.pathway}: {word}; {price}; {actors}; "
        f"harm at the utility bound {entry.harm.plain}"
    )
