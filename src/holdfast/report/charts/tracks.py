"""Dots and intervals on one line, as wide as the cell they stand in."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.report.charts import theme
from holdfast.report.views.tracks import Dot, Scale, Tone

COLOURS = {
    Tone.HIGHER: "var(--series-2)",
    Tone.LOWER: "var(--series-1)",
    Tone.OPEN: theme.MUTED,
    Tone.HARM: "var(--complied)",
    Tone.REFUSED: "var(--refused)",
    Tone.INCOHERENT: "var(--incoherent)",
    Tone.SKILL: "var(--accent)",
}
"""Colour of each tone; the style sheet gives the same to the class of its name, for rows by the hundred."""

_LINE, _HEAD = 11, 13


def track(dots: Sequence[Dot], scale: Scale) -> str:
    """Return the drawing of one row: every place is in percent, so that it fits any width.

    It is hidden from those who listen: the row says the same in words.

    Args:
        dots: From top to bottom.
        scale: The axis.

    Returns:
        One `<svg>`, of numbers and known colours alone.
    """
    height = _LINE * max(len(dots), 1) + 7
    marks = [*(tick for tick in scale.ticks if tick != scale.reference)]
    parts = [f'<line class="tick" x1="{_at(scale, m)}" x2="{_at(scale, m)}" y2="{height:g}"/>' for m in marks]
    if scale.reference is not None:
        place = _at(scale, scale.reference)
        parts.append(f'<line class="reference" x1="{place}" x2="{place}" y2="{height:g}"/>')
    parts += [_dot(dot, scale, 3.5 + _LINE * (index + 0.5)) for index, dot in enumerate(dots)]
    return _svg(height, "".join(parts))


def axis(scale: Scale) -> str:
    """Return the labels of an axis, to stand above its rows."""
    labels = []
    for tick, label in zip(scale.ticks, scale.labels, strict=True):
        place = scale.place(tick)
        anchor = "start" if place < 5 else "end" if place > 95 else "middle"
        labels.append(
            f'<text x="{place:.1f}%" y="{_HEAD - 3}" text-anchor="{anchor}" font-size="11" '
            f'fill="{theme.MUTED}">{label}</text>'
        )
    return _svg(_HEAD, "".join(labels))


def _svg(height: float, inside: str) -> str:
    return f'<svg class="track-plot" width="100%" height="{height:g}" aria-hidden="true">{inside}</svg>'


def _at(scale: Scale, value: float) -> str:
    return f"{scale.place(value):.4g}%"


def _dot(dot: Dot, scale: Scale, y: float) -> str:
    drawn = ""
    if dot.low is not None and dot.high is not None:
        ends = f'x1="{_at(scale, dot.low)}" x2="{_at(scale, dot.high)}"'
        drawn = f'<line class="interval" {ends} y1="{y:g}" y2="{y:g}"/>'
    if dot.value is not None:
        drawn += f'<circle cx="{_at(scale, dot.value)}" cy="{y:g}" r="4.4"/>'
    return f'<g class="{dot.tone}{" hollow" if dot.hollow else ""}">{drawn}</g>'
