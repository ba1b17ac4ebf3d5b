"""Drawings: plain SVG, colours that follow the page, nothing that could run."""

from __future__ import annotations

import re
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import Outcome
from holdfast.report.charts.composition import composition_chart
from holdfast.report.charts.drawing import DrawingError, clean, draw
from holdfast.report.charts.intervals import Dot, IntervalRow, interval_chart
from holdfast.report.charts.survival import survival_chart
from holdfast.report.charts.theme import step_ticks
from holdfast.report.html import _asset
from holdfast.report.views.cells import Cell
from holdfast.report.views.composition import composition_panels
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.survival import survival_panels

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = "</svg><script>alert(1)</script>"


def test_a_composition_is_drawn_with_a_colour_an_outcome(evidence: Evidence) -> None:
    panel = composition_panels(evidence, "direct")[0]
    svg = draw(composition_chart(panel), identity="c", label="what is seen")
    root = ElementTree.fromstring(svg)
    assert (root.get("role"), root.get("aria-label")) == ("img", "what is seen")
    fills = {element.get("fill") for element in root.iter()}
    outcomes = {f"var(--{o.value})" for o in Outcome if o is not Outcome.UNSCORED} | {"url(#hatch)"}
    assert outcomes <= fills
    titles = [t.text or "" for t in root.iter(f"{SVG}title")]
    assert any(t.startswith("step 16:") for t in titles)


def test_survival_is_drawn_with_a_line_a_pathway(evidence: Evidence) -> None:
    panel = survival_panels(evidence)[0]
    series = {curve.pathway: index for index, curve in enumerate(panel.curves)}
    svg = draw(survival_chart(panel, series), identity="s", label="x")
    assert {f"var(--series-{n})" for n in (1, 2, 3, 4)} <= set(re.findall(r"var\(--series-\d\)", svg))


def test_hostile_names_stay_text_in_a_drawing() -> None:
    rows = [IntervalRow(HOSTILE, (Dot("harm", Cell("5%", value=0.05), "var(--ink)"),), HOSTILE)]
    svg = draw(interval_chart(rows, threshold=0.5, title="share"), identity="i", label=HOSTILE)
    root = ElementTree.fromstring(svg)
    assert "<script" not in svg
    assert root.get("aria-label") == HOSTILE
    assert all(element.tag.removeprefix(SVG) != "script" for element in root.iter())


@pytest.mark.parametrize(
    "inside", ["<script>1</script>", "<image href='x'/>", "<a href='x'/>", "<foreignObject/>"]
)
def test_a_drawing_with_anything_else_in_it_is_refused(inside: str) -> None:
    with pytest.raises(DrawingError, match="which charts are not made of"):
        clean(f"<svg xmlns='http://www.w3.org/2000/svg'>{inside}</svg>", "x", "x")


def test_a_drawing_that_is_no_xml_is_refused() -> None:
    with pytest.raises(DrawingError, match="well-formed"):
        clean("<svg><g>", "x", "x")


def test_handlers_and_styles_are_dropped_from_a_drawing() -> None:
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg'><path d='M0,0' onload='x' style='fill:red' class='a'/></svg>"
    )
    assert not re.search("onload|style|class", clean(svg, "x", "x"))


def test_ids_of_two_drawings_cannot_collide() -> None:
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><g id='a' clip-path='url(#a)' fill='url(#hatch)'/></svg>"
    cleaned = clean(svg, "two", "x")
    assert 'id="two-a"' in cleaned
    assert "url(#two-a)" in cleaned
    assert "url(#hatch)" in cleaned


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e6), max_size=40))
def test_ticks_are_measured_steps_far_enough_apart(steps: list[float]) -> None:
    ticks = step_ticks(steps, 320)
    assert set(ticks) <= set(steps)
    assert ticks == sorted(ticks)
    assert (not steps) or ticks[-1] == max(steps)
    places = [320 * np.log1p(t) / np.log1p(max([*steps, 1])) for t in ticks]
    assert all(b - a >= 30 - 1e-6 for a, b in pairwise(places))


# Linear-RGB simulations of full dichromacy: Machado, Oliveira & Fernandes 2009, severity 1.0.
SIGHT = {
    "full": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                        [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                        [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602],
                        [0.004733, 0.691367, 0.303900]]),
}  # fmt: skip
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(colour: str, sight: str) -> np.ndarray:
    srgb = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    xyz = TO_XYZ @ np.clip(SIGHT[sight] @ linear, 0, 1) / np.array([0.9505, 1, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def palette(scheme: str) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", _asset("report.css"), flags=re.S)
    block = blocks[{"light": 0, "dark": 1, "print": 2}[scheme]]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block))


@pytest.mark.parametrize("scheme", ["light", "dark", "print"])
@pytest.mark.parametrize("sight", sorted(SIGHT))
def test_outcomes_are_told_apart_with_any_colour_sight(scheme: str, sight: str) -> None:
    colours = palette(scheme)
    stack = ["complied", "answered", "deflected", "refused", "incoherent"]
    seen = {name: lab(colours[name], sight) for name in stack}
    for first, second in combinations(stack, 2):
        distance = float(np.linalg.norm(seen[first] - seen[second]))
        assert distance >= 20, (first, second, distance)
