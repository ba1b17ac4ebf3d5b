"""Step functions: the share of seeds unbroken against spend, by pathway."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from holdfast.report.charts import theme
from holdfast.report.views import words
from holdfast.report.views.survival import SurvivalCurve, SurvivalPanel

_WIDTH, _HEIGHT = 322, 180


def survival_chart(panel: SurvivalPanel, series: dict[str, int]) -> Any:
    """Return the altair chart of a panel that has at least one curve with points.

    Args:
        panel: The panel.
        series: Index of the colour of each pathway, the same in every panel.
    """
    import altair as alt

    curves = [curve for curve in panel.curves if curve.points]
    steps = [point.step for curve in curves for point in curve.points]
    x = alt.X(
        "step:Q",
        scale=alt.Scale(**theme.step_scale(max(steps))),
        axis=alt.Axis(
            values=theme.step_ticks(steps, _WIDTH),
            format="~s",
            grid=False,
            title="Optimiser steps (log scale)",
        ),
    )
    y = alt.Y(
        "high:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title="Share of seeds unbroken"),
    )
    layers = [
        layer
        for place, curve in enumerate(curves)
        for layer in _curve(curve, series[curve.pathway], 2.0 * place, x, y)
    ]
    return theme.dress(alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT))


def _curve(curve: SurvivalCurve, index: int, offset: float, x: Any, y: Any) -> list[Any]:
    import altair as alt

    colour = theme.SERIES[index % len(theme.SERIES)]
    dash = list(theme.DASHES[index // len(theme.SERIES) % len(theme.DASHES)])
    rows = [
        {
            "step": point.step,
            "low": point.low,
            "high": point.high,
            "about": f"{curve.pathway}, from step {words.number(point.step)}: "
            f"{words.share(point.low)} to {words.share(point.high)} of seeds unbroken",
        }
        for point in curve.points
    ]
    base = alt.Chart(alt.Data(values=rows))
    band = base.mark_area(interpolate="step-after", fill=colour, fillOpacity=0.13, aria=False)
    line = base.mark_line(
        interpolate="step-after", stroke=colour, strokeWidth=2.2, strokeDash=dash, yOffset=offset, aria=False
    )
    dots = base.mark_circle(fill=colour, size=22, opacity=1, yOffset=offset)
    layers = [
        *_band(curve, colour, x),
        band.encode(x=x, y=y, y2=alt.Y2("low:Q")),
        line.encode(x=x, y=y),
        dots.encode(x=x, y=y, description=alt.Description("about:N")),
    ]
    if curve.broke < curve.seeds:
        end = alt.Chart(alt.Data(values=[rows[-1]])).mark_point(
            shape="circle", fill=theme.PAPER, stroke=colour, strokeWidth=2, size=60, opacity=1, yOffset=offset
        )
        layers.append(end.encode(x=x, y=y, description=alt.Description("about:N")))
    return layers


def _band(curve: SurvivalCurve, colour: str, x: Any) -> list[Any]:
    """Return the thin lines of the confidence band, where there are seeds enough for one."""
    import altair as alt

    horizon = max(point.step for point in curve.points)
    points = [point for point in curve.band if point.step <= horizon]
    if not points:
        return []
    points.append(replace(points[-1], step=horizon))
    layers = []
    for end in ("low", "high"):
        rows = [{"step": point.step, end: getattr(point, end)} for point in points]
        line = alt.Chart(alt.Data(values=rows)).mark_line(
            interpolate="step-after", stroke=colour, strokeWidth=1, strokeDash=[1, 3], aria=False
        )
        layers.append(line.encode(x=x, y=alt.Y(f"{end}:Q")))
    return layers
