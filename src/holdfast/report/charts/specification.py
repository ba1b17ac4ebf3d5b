"""The specification curve: differences in order, and below each the choices that it was measured under."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from holdfast.report.charts import theme
from holdfast.report.charts.drawing import clean
from holdfast.report.charts.tracks import COLOURS
from holdfast.report.views import words
from holdfast.report.views.multiverse import Spec, level_name

CURVE, ROW, GAP = 150, 20, 24
"""Height of the curve, of a level and of the line that names an axis, in pixels."""

LONGEST = 24
"""Letters of a level's name that are shown."""

_STEP = 0.25


@dataclass(frozen=True, slots=True)
class SpecificationChart:
    """A drawing that is as wide as it may be, and the labels that stand at its left.

    Attributes:
        svg: The drawing, cleaned.
        labels: Differences and levels, cleaned; of a width of its own.
    """

    svg: str
    labels: str


def specification_chart(
    cells: Sequence[Spec], axes: Mapping[str, Sequence[str]], *, identity: str, label: str
) -> SpecificationChart:
    """Draw the curve (Simonsohn, Simmons and Nelson 2020, Nature Human Behaviour 4:1208).

    Args:
        cells: At least one, in the order to draw them.
        axes: Levels by axis; each becomes a row of the matrix.
        identity: Unique in the page.
        label: What is seen, for those who cannot see it.

    Raises:
        DrawingError: If a name does not fit into plain SVG.
    """
    domain = _domain(cells)
    height = CURVE + sum(GAP + ROW * len(levels) for levels in axes.values())
    root = _root("100%", height)
    for value in _ticks(*domain):
        y = _y(value, *domain)
        _line(root, "0%", "100%", y, y, theme.LINE if value else theme.MUTED)
    for index, cell in enumerate(cells):
        place = _Place(100 * (index + 0.5) / len(cells), 100 / len(cells), height)
        _column(root, cell, place, domain)
        _choices(root, cell, axes, place.centre)
    labels = _labels(domain, axes, height)
    return SpecificationChart(_finished(root, identity, label), _finished(labels, f"{identity}-labels", ""))


def _root(width: str, height: float) -> ElementTree.Element:
    return ElementTree.Element("svg", xmlns="http://www.w3.org/2000/svg", width=width, height=f"{height:g}")


def _finished(root: ElementTree.Element, identity: str, label: str) -> str:
    return clean(ElementTree.tostring(root, encoding="unicode"), identity, label)


def _labels(
    domain: tuple[float, float], axes: Mapping[str, Sequence[str]], height: float
) -> ElementTree.Element:
    """Draw the labels, ending at the right edge; a long name is cut, and told in full on pointing at it."""
    names = [level_name(level) for levels in axes.values() for level in levels]
    width = 16 + 6.6 * min(max(map(len, [*names, *axes]), default=4), LONGEST)
    root = _root(f"{width:g}", height)
    for value in _ticks(*domain):
        _text(root, width - 8, _y(value, *domain) + 4, words.points(value), theme.MUTED)
    y = float(CURVE)
    for axis, levels in axes.items():
        _text(root, width - 8, y + GAP - 7, axis, theme.MUTED)
        y += GAP
        for level in levels:
            _text(root, width - 8, y + ROW / 2 + 4, level_name(level), theme.INK)
            y += ROW
    return root


def _text(root: ElementTree.Element, x: float, y: float, words_shown: str, fill: str) -> None:
    text = ElementTree.SubElement(root, "text", x=f"{x:g}", y=f"{y:g}", fill=fill)
    text.set("text-anchor", "end")
    text.set("font-size", "12")
    text.set("font-family", theme.FONT)
    if len(words_shown) > LONGEST:
        ElementTree.SubElement(text, "title").text = words_shown
        text[0].tail = f"{words_shown[: LONGEST - 1]}…"
    else:
        text.text = words_shown


@dataclass(frozen=True, slots=True)
class _Place:
    centre: float
    width: float
    height: float


def _domain(cells: Sequence[Spec]) -> tuple[float, float]:
    known = [end for cell in cells for end in (cell.low, cell.value, cell.high) if end is not None]
    low = math.floor(min([0.0, *known]) / _STEP) * _STEP
    high = math.ceil(max([0.0, *known]) / _STEP) * _STEP
    return (low, high) if high > low else (-_STEP, _STEP)


def _ticks(low: float, high: float) -> list[float]:
    count = round((high - low) / _STEP)
    every = 1 if count <= 4 else 2
    values = [low + _STEP * index for index in range(count + 1)]
    return [value for value in values if round(value / _STEP) % every == 0]


def _y(value: float, low: float, high: float) -> float:
    return 10 + (CURVE - 26) * (high - value) / (high - low)


def _column(root: ElementTree.Element, cell: Spec, place: _Place, domain: tuple[float, float]) -> None:
    """Draw one cell: a band behind the one that decides, its interval, its dot, and what it is in words."""
    x, colour = f"{place.centre:.2f}%", COLOURS[cell.tone]
    band = ElementTree.SubElement(
        root, "rect", x=f"{place.centre - place.width / 2:.2f}%", y="0", width=f"{place.width:.2f}%",
        height=f"{place.height:g}", fill="var(--accent)" if cell.primary else theme.INK,
    )  # fmt: skip
    band.set("fill-opacity", "0.14" if cell.primary else "0")
    ElementTree.SubElement(band, "title").text = cell.about
    if cell.value is None:
        text = ElementTree.SubElement(root, "text", x=x, y=f"{CURVE - 22}", fill=theme.MUTED)
        text.set("text-anchor", "middle")
        text.set("font-size", "13")
        text.text = "×"
        return
    if cell.low is not None and cell.high is not None:
        line = _line(root, x, x, _y(cell.low, *domain), _y(cell.high, *domain), colour)
        line.set("stroke-width", "2.4")
        line.set("opacity", "0.55")
    dot = ElementTree.SubElement(
        root, "circle", cx=x, cy=f"{_y(cell.value, *domain):.1f}", r="5" if cell.primary else "4", fill=colour
    )
    dot.set("stroke", theme.INK if cell.primary else theme.PAPER)
    dot.set("stroke-width", "2" if cell.primary else "1")


def _choices(root: ElementTree.Element, cell: Spec, axes: Mapping[str, Sequence[str]], centre: float) -> None:
    y = float(CURVE)
    for axis, levels in axes.items():
        y += GAP
        for level in levels:
            chosen = cell.levels.get(axis) == level
            fill = theme.LINE
            if chosen:
                fill = theme.INK if cell.value is not None else theme.MUTED
            ElementTree.SubElement(
                root,
                "circle",
                cx=f"{centre:.2f}%",
                cy=f"{y + ROW / 2:g}",
                r="4.5" if chosen else "2",
                fill=fill,
            )
            y += ROW


def _line(
    root: ElementTree.Element, x1: str, x2: str, y1: float, y2: float, colour: str
) -> ElementTree.Element:
    return ElementTree.SubElement(root, "line", x1=x1, x2=x2, y1=f"{y1:.1f}", y2=f"{y2:.1f}", stroke=colour)
