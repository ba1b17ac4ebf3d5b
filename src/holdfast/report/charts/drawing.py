"""From an altair chart to an SVG string that can safely stand inside the report."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.etree import ElementTree

from holdfast.domain import HoldfastError

_SVG = "{http://www.w3.org/2000/svg}"
_TAGS = frozenset(
    {"svg", "g", "path", "line", "rect", "circle", "text", "tspan", "title", "defs", "clipPath"}
)
_GEOMETRY = {"d", "x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "r", "cx", "cy", "width", "height", "viewBox"}
_PAINT = {"fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray"} | {
    "stroke-dashoffset", "stroke-linecap", "stroke-linejoin", "stroke-miterlimit", "opacity", "display"
}  # fmt: skip
_TYPE = {"text-anchor", "dominant-baseline", "font-family", "font-size", "font-weight", "font-style"}
_ATTRIBUTES = frozenset({"transform", "id", "clip-path"} | _GEOMETRY | _PAINT | _TYPE)
_LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_SHARED_IDS = frozenset({"hatch"})


class DrawingError(HoldfastError):
    """A chart that did not come out as plain SVG; the report is not written with it."""


@contextmanager
def unchecked() -> Iterator[None]:
    """Build charts without checking them against the Vega-Lite schema: half of the time.

    Charts are built by our own code alone; tests build every kind with the check on.
    """
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):
        yield


def draw(chart: Any, *, identity: str, label: str) -> str:
    """Draw a chart.

    Args:
        chart: An altair chart, dressed.
        identity: Unique in the page; prefixes the ids inside the drawing.
        label: What the chart shows, for those who cannot see it.

    Returns:
        One `<svg role="img">` element: no script, style, link, image or class in it; described marks carry
        a `<title>`.

    Raises:
        DrawingError: If the renderer gave anything but the SVG elements a chart is made of.
    """
    import altair
    import vl_convert
    from altair.utils import schemapi

    version = ".".join(altair.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    return clean(
        vl_convert.vegalite_to_svg(chart.to_dict(validate=schemapi.DEBUG_MODE), vl_version=version),
        identity,
        label,
    )


def clean(svg: str, identity: str, label: str) -> str:
    """Return an SVG reduced to what is allowed, see `draw`.

    Raises:
        DrawingError: If it is no XML, or holds an element that charts are not made of.
    """
    ElementTree.register_namespace("", _SVG.strip("{}"))
    try:
        root = ElementTree.fromstring(svg)
    except ElementTree.ParseError as error:
        raise DrawingError(f"chart {identity!r} is no well-formed SVG: {error}") from error
    for element in list(root.iter()):
        _clean_element(element, identity)
    root.set("role", "img")
    root.set("aria-label", label)
    return ElementTree.tostring(root, encoding="unicode")


def _clean_element(element: ElementTree.Element, identity: str) -> None:
    tag = element.tag.removeprefix(_SVG)
    if tag not in _TAGS:
        raise DrawingError(f"chart {identity!r} holds a <{tag}> element, which charts are not made of")
    description = element.get("aria-label") if "role" in element.attrib and not len(element) else None
    for name in list(element.attrib):
        if name not in _ATTRIBUTES:
            del element.attrib[name]
        else:
            element.set(name, _value(element.attrib[name], name, identity))
    if description and tag != "text":
        title = ElementTree.SubElement(element, f"{_SVG}title")
        title.text = description
    for child in [child for child in element if child.get("display") == "none" or child.get("d") == ""]:
        element.remove(child)


def _value(value: str, name: str, identity: str) -> str:
    if name == "id":
        return f"{identity}-{value}"
    value = _LONG_NUMBER.sub(lambda found: f"{float(found.group()):.2f}", value)
    return _REFERENCE.sub(
        lambda found: (
            found.group() if found.group(1) in _SHARED_IDS else f"url(#{identity}-{found.group(1)})"
        ),
        value,
    )
