"""Stacked areas: what answers became as spend grew."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from holdfast.report.charts import theme
from holdfast.report.views import words
from holdfast.report.views.composition import CompositionPanel, CompositionPoint

_WIDTH, _HEIGHT = 322, 190


def composition_chart(panel: CompositionPanel) -> Any:
    """Return the altair chart of a panel that has at least one point."""
    import altair as alt

    steps = [float(point.step) for point in panel.points]
    last = max([*steps, *(mark.step for mark in panel.marks)])
    x = alt.X(
        "step:Q",
        scale=alt.Scale(**theme.step_scale(last)),
        axis=alt.Axis(
            values=theme.step_ticks(steps, _WIDTH),
            format="~s",
            grid=False,
            title="Optimiser steps (log scale)",
        ),
    )
    layers = [_shares(panel, x), *_targets(panel), *_capability(panel), *_marks(panel, last), _hover(panel)]
    layers += _reached(panel)
    head = 2 if panel.marks else 16  # keeps plots of one row level
    return theme.dress(alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT), head)


def _shares(panel: CompositionPanel, x: Any) -> Any:
    import altair as alt

    rows = [
        {"step": point.step, "outcome": outcome.value, "order": order, "share": point.shares[outcome]}
        for point in panel.points
        for order, outcome in enumerate(words.OUTCOME_ORDER)
    ]
    chart = alt.Chart(alt.Data(values=rows))
    single = len(panel.points) == 1
    marks = chart.mark_bar(size=46, aria=False) if single else chart.mark_area(aria=False)
    return marks.encode(
        x=x,
        y=alt.Y(
            "share:Q",
            stack="zero",
            scale=alt.Scale(domain=[0, 1]),
            axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title="Share of answers", grid=False),
        ),
        order=alt.Order("order:Q"),
        color=alt.Color(
            "outcome:N",
            legend=None,
            scale=alt.Scale(
                domain=[o.value for o in words.OUTCOME_ORDER],
                range=[theme.OUTCOME_FILL[o] for o in words.OUTCOME_ORDER],
            ),
        ),
        stroke=alt.StrokeValue(theme.PAPER),
        strokeWidth=alt.StrokeWidthValue(0.75),
    )


def _capability(panel: CompositionPanel) -> list[Any]:
    import altair as alt

    layers = []
    for index, line in enumerate(panel.capability):
        base = alt.Chart(alt.Data(values=[{"step": p.step, "score": p.score} for p in line.points]))
        dash = list(theme.DASHES[(index + 1) % len(theme.DASHES)])
        for colour, width, style in ((theme.PAPER, 4.0, [1, 0]), (theme.INK, 1.6, dash)):
            mark = base.mark_line(
                stroke=colour, strokeWidth=width, strokeDash=style, aria=False, clip=False, strokeCap="round"
            )
            layers.append(mark.encode(x=alt.X("step:Q"), y=alt.Y("score:Q")))
    return layers


def _targets(panel: CompositionPanel) -> list[Any]:
    """Return the thin line of each goal's target."""
    import altair as alt

    return [
        alt.Chart(alt.Data(values=[{"score": line.target}]))
        .mark_rule(stroke=colour, strokeWidth=width, aria=False)
        .encode(y=alt.Y("score:Q"))
        for line in panel.capability
        if line.target is not None
        for colour, width in ((theme.PAPER, 2.4), (theme.INK, 1.0))
    ]


def _reached(panel: CompositionPanel) -> list[Any]:
    """Return a dot a goal reached, above the mark of its step."""
    import altair as alt

    values = [
        {
            "step": line.reached.step,
            "score": line.reached.score,
            "about": f"goal {line.goal}: {words.share(line.reached.score)} on held-out prompts, "
            f"target {line.asked}",
        }
        for line in panel.capability
        if line.reached
    ]
    dots = alt.Chart(alt.Data(values=values)).mark_point(
        shape="circle", size=58, fill=theme.INK, stroke=theme.PAPER, strokeWidth=1.6, opacity=1
    )
    encoded = dots.encode(x=alt.X("step:Q"), y=alt.Y("score:Q"), description=alt.Description("about:N"))
    return [encoded] if values else []


def _marks(panel: CompositionPanel, last: float) -> list[Any]:
    import altair as alt

    layers = []
    for level, mark in enumerate(panel.marks):
        base = alt.Chart(alt.Data(values=[{"step": mark.step, "label": mark.label}])).encode(
            x=alt.X("step:Q")
        )
        right = mark.step > 0.35 * last
        layers += [
            base.mark_rule(stroke=theme.PAPER, strokeWidth=3.5, aria=False),
            base.mark_rule(stroke=theme.INK, strokeWidth=1.4, aria=False),
            base.mark_text(
                align="right" if right else "left",
                baseline="bottom",
                dx=3 if right else -3,
                dy=-4 - 13 * level,
                fill=theme.INK,
                fontSize=12,
                fontWeight=600,
                limit=200,
                aria=False,
            ).encode(y=alt.YValue(0), text=alt.Text("label:N")),
        ]
    return layers


def _hover(panel: CompositionPanel) -> Any:
    import altair as alt

    steps = [float(point.step) for point in panel.points]
    edges = [steps[0], *((a * b) ** 0.5 if a else b / 2 for a, b in pairwise(steps))]
    rows = [
        {"step": low, "until": high, "about": _about(point)}
        for point, low, high in zip(panel.points, edges, [*edges[1:], steps[-1]], strict=True)
    ]
    chart = alt.Chart(alt.Data(values=rows)).mark_rect(fill=theme.INK, fillOpacity=0)
    return chart.encode(x=alt.X("step:Q"), x2=alt.X2("until:Q"), description=alt.Description("about:N"))


def _about(point: CompositionPoint) -> str:
    parts = [f"{words.share(s)} {o.value}" for o, s in point.shares.items() if s > 0]
    return f"step {point.step}: {', '.join(parts)} ({words.count(point.seeds, 'seed')})"
