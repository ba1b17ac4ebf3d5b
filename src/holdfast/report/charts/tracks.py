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
    parts = [_rule(scale.place(tick), height, "2 3") for tick in scale.ticks if tick != scale.reference]
    if scale.reference is not None:
        parts.append(_rule(scale.place(scale.reference), height, "none"))
    for index, dot in enumerate(dots):
        parts.append(_dot(dot, scale, 3.5 + _LINE * (index + 0.5)))
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


def _rule(place: float, height: float, dash: str) -> str:
    colour = theme.LINE if dash != "none" else theme.MUTED
    return (
        f'<line x1="{place:.1f}%" x2="{place:.1f}%" y1="0" y2="{height:g}" stroke="{colour}" '
        f'stroke-width="1" stroke-dasharray="{dash}"/>'
    )


def _dot(dot: Dot, scale: Scale, y: float) -> str:
    colour = COLOURS[dot.tone]
    drawn = ""
    if dot.low is not None and dot.high is not None:
        drawn = (
            f'<line x1="{scale.place(dot.low):.1f}%" x2="{scale.place(dot.high):.1f}%" y1="{y:g}" y2="{y:g}" '
            f'stroke="{colour}" stroke-width="2.4" stroke-linecap="round" opacity="0.55"/>'
        )
    if dot.value is not None:
        fill = theme.PAPER if dot.hollow else colour
        drawn += (
            f'<circle cx="{scale.place(dot.value):.1f}%" cy="{y:g}" r="4.4" fill="{fill}" '
            f'stroke="{colour}" stroke-width="2"/>'
        )
    return drawn
