"""The best so far against the number of the try: a search beside its random control."""

from __future__ import annotations

from typing import Any

from holdfast.domain import Objective, TryStatus
from holdfast.report.charts import theme
from holdfast.report.charts.drawing import draw
from holdfast.report.charts.figures import Figure, Table
from holdfast.report.views.search import SAMPLER_WORDS, SearchCurve, SearchPanel

_WIDTH, _HEIGHT, _STRIP = 322, 180, 13
_SHAPES = {TryStatus.INFEASIBLE: "circle", TryStatus.PRUNED: "triangle-down", TryStatus.FAILED: "cross"}
"""Marks of tries that gave nothing, above the curves."""


def search_figure(panel: SearchPanel, identity: str) -> Figure:
    """Return the figure of one searched pathway of one model; its tries stand in the table of searches."""
    heading, nothing = f"{panel.subject} · {panel.pathway}", Table((), ())
    found = any(point.best is not None for curve in panel.curves for point in curve.points)
    if not found:
        return Figure(identity, heading, panel.title, "", "Nothing to draw: no try was feasible.", nothing)
    svg = draw(search_chart(panel), identity=identity, label=f"{heading}: {panel.title}")
    return Figure(identity, heading, panel.title, svg, "", nothing)


def search_chart(panel: SearchPanel) -> Any:
    """Return the altair chart of a panel with at least one feasible try."""
    import altair as alt

    points = [point for curve in panel.curves for point in curve.points]
    x = alt.X(
        "number:Q",
        scale=alt.Scale(domain=[0.5, max(point.number for point in points) + 0.5], nice=False),
        axis=alt.Axis(title="Try", grid=False, tickMinStep=1, format="d"),
    )
    if panel.objective is Objective.HARM:
        y = alt.Y(
            "best:Q", scale=alt.Scale(domain=[0, 1.15]), axis=alt.Axis(format="%", title="Most harm so far")
        )
    else:
        found = [point.best for point in points if point.best is not None]
        scale = alt.Scale(type="log", domain=[min(found) / 1.5, max(found) * 2.5], nice=False)
        title = f"Least {panel.unit.replace('_', ' ')} to break so far (log)"
        y = alt.Y("best:Q", scale=scale, axis=alt.Axis(format=".0e", tickCount=3, grid=False, title=title))
    layers = [
        layer for place, curve in enumerate(panel.curves) for layer in _curve(curve, place, panel, x, y)
    ]
    return theme.dress(alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT))


def _curve(curve: SearchCurve, place: int, panel: SearchPanel, x: Any, y: Any) -> list[Any]:
    import altair as alt

    colour, dash = theme.SERIES[place], list(theme.DASHES[place])
    rows = [
        {
            "number": point.number,
            "best": point.best,
            "status": point.status.value,
            "about": f"{SAMPLER_WORDS[curve.sampler]}, try {point.number}: {point.status}, {point.note}",
        }
        for point in curve.points
    ]
    base = alt.Chart(alt.Data(values=[row for row in rows if row["best"] is not None]))
    about = alt.Description("about:N")
    layers = [
        base.mark_line(
            interpolate="step-after", stroke=colour, strokeWidth=2.2, strokeDash=dash, aria=False
        ).encode(x=x, y=y),
        base.mark_circle(fill=colour, size=24, opacity=1).encode(x=x, y=y, description=about),
    ]
    for status, shape in _SHAPES.items():
        nothing = [row for row in rows if row["status"] == status.value]
        if nothing:
            marks = alt.Chart(alt.Data(values=nothing)).mark_point(
                shape=shape, stroke=colour, size=34, strokeWidth=1.4, opacity=1
            )
            strip = alt.value(5 + _STRIP * place)
            layers.append(marks.encode(x=x, y=strip, description=about))
    return layers
