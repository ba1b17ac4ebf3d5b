"""Rows of dots and intervals: numbers alone, inside their axis, and no axis bends a figure."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.report.charts.tracks import COLOURS, axis, track
from holdfast.report.html import _asset
from holdfast.report.views.tracks import COEFFICIENTS, DIFFERENCES, SHARES, Dot, Scale, Tone, direction

any_number = st.floats(-5, 5)


@settings(max_examples=60)
@given(any_number, any_number, any_number, st.sampled_from([SHARES, DIFFERENCES, COEFFICIENTS]))
def test_whatever_the_figures_all_is_drawn_within_the_axis(
    a: float, b: float, c: float, scale: Scale
) -> None:
    low, value, high = sorted((a, b, c))
    drawn = ElementTree.fromstring(track([Dot(value, low, high, Tone.OPEN)], scale))
    places = [
        float(v.rstrip("%")) for e in drawn.iter() for v in e.attrib.values() if re.fullmatch(r".*\d%", v)
    ]
    assert all(0 <= place <= 100 for place in places)


@settings(max_examples=40)
@given(st.floats(0, 1), st.floats(0, 1))
def test_places_keep_the_order_of_values(a: float, b: float) -> None:
    assert (SHARES.place(a) <= SHARES.place(b)) == (a <= b)


def test_an_interval_without_a_value_has_no_dot_and_a_value_without_one_no_line() -> None:
    interval = track([Dot(None, 0.1, 0.4, Tone.HARM)], SHARES)
    assert "<circle" not in interval
    assert 'x1="10%" x2="40%"' in interval
    assert 'class="interval"' not in track([Dot(0.2, None, None, Tone.HARM)], SHARES)


def test_rows_are_hidden_from_listeners_and_the_axis_names_its_ticks() -> None:
    assert ElementTree.fromstring(track([], DIFFERENCES)).get("aria-hidden") == "true"
    labels = [e.text for e in ElementTree.fromstring(axis(DIFFERENCES)).iter() if e.text]
    assert labels == ["−100", "0", "+100"]


def test_the_style_sheet_gives_each_tone_the_colour_that_charts_draw_it_in() -> None:
    style = _asset("report.css")
    for tone, colour in COLOURS.items():
        assert f".track-plot .{tone} {{ --dot: {colour}; }}" in style


def test_a_direction_needs_both_ends() -> None:
    assert direction(None, 0.4) is Tone.OPEN
    assert direction(0.0, 0.4) is Tone.OPEN
    assert direction(0.1, 0.4) is Tone.HIGHER
    assert direction(-0.4, -0.1) is Tone.LOWER
