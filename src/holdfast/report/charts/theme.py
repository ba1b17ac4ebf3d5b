"""How charts look: CSS variables for every colour, so that one drawing reads in light, dark and print."""

from __future__ import annotations

from collections.abc import Sequence
from math import log1p
from typing import Any

from holdfast.domain import Outcome

INK = "var(--ink)"
MUTED = "var(--muted)"
LINE = "var(--line)"
PAPER = "var(--card)"
HATCH = "url(#hatch)"
"""Pattern defined once in the page."""

OUTCOME_FILL = {
    Outcome.COMPLIED: "var(--complied)",
    Outcome.ANSWERED: "var(--answered)",
    Outcome.DEFLECTED: "var(--deflected)",
    Outcome.REFUSED: "var(--refused)",
    Outcome.INCOHERENT: "var(--incoherent)",
    Outcome.UNSCORED: HATCH,
}

SERIES = tuple(f"var(--series-{index})" for index in range(1, 7))
"""Colours of pathways; the dash pattern tells apart what shares one."""

DASHES: tuple[tuple[int, int], ...] = ((1, 0), (6, 3), (2, 2), (10, 3), (4, 6))
"""Dash patterns of lines, the solid one first."""

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif"


def dress(chart: Any, head: float = 2) -> Any:
    """Return an altair chart in the house style, with `head` pixels above it."""
    return chart.configure(
        background="transparent",
        font=FONT,
        padding={"left": 2, "right": 6, "top": head, "bottom": 2},
    ).configure_view(stroke=None).configure_axis(
        domainColor=LINE,
        gridColor=LINE,
        gridOpacity=0.7,
        labelColor=MUTED,
        labelFontSize=12,
        labelPadding=5,
        tickColor=LINE,
        tickSize=4,
        titleColor=MUTED,
        titleFontSize=12,
        titleFontWeight="normal",
        titlePadding=8,
    )  # fmt: skip


def step_scale(last: float) -> dict[str, Any]:
    """Return the scale of a steps axis: linear near zero, logarithmic beyond, so that step 0 has a place."""
    return {"type": "symlog", "constant": 1, "domain": [0, max(last, 1)], "nice": False, "zero": True}


def step_ticks(steps: Sequence[float], width: float, gap: float = 38) -> list[float]:
    """Choose the steps that get a label: the first, the last, and those that keep `gap` pixels apart.

    Args:
        steps: Measured steps.
        width: Width of the axis, in pixels.
        gap: Least distance of two labels, in pixels.

    Returns:
        Chosen steps, increasing; empty without steps.
    """
    ordered = sorted(set(steps))
    if not ordered:
        return []
    last = ordered[-1]
    place = {step: width * log1p(step) / log1p(max(last, 1)) for step in ordered}
    chosen: list[float] = []
    for step in ordered[:-1]:
        clear = all(abs(place[step] - place[other]) >= gap for other in chosen)
        if clear and place[last] - place[step] >= gap:
            chosen.append(step)
    return [*chosen, last]
