"""Figures in words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.report.views import words

shares = st.floats(0, 1, allow_nan=False)


@settings(deadline=None)
@given(shares)
def test_a_share_never_reads_as_none_or_all_unless_it_is(value: float) -> None:
    text = words.share(value)
    assert (text == "0%") == (value == 0)
    assert (text == "100%") == (value == 1)


@settings(deadline=None)
@given(shares)
def test_a_share_reads_within_half_a_point(value: float) -> None:
    text = words.share(value)
    if text[0] not in "<>":
        assert abs(float(text.rstrip("%")) / 100 - value) <= 0.005 + 1e-9


@settings(deadline=None)
@given(st.floats(1e-9, 1e15))
def test_a_magnitude_keeps_its_leading_digits(value: float) -> None:
    text = words.number(value).replace(",", "")
    if "×" in text:
        back = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
        mantissa, power = text.split(" × 10")
        read = float(mantissa) * 10 ** int(power.translate(back))
    else:
        read = float(text)
    assert read == pytest.approx(value, rel=0.051)


def test_intervals_are_whole_percents_that_never_read_as_none_or_all_wrongly() -> None:
    read = words.share_interval
    assert [read(0.004, 0.129), read(0.0, 0.09), read(0.871, 0.996)] == ["<1–13%", "0–9%", "87–>99%"]
    assert [read(0.5, 0.74), read(0.0, 1.0), read(0.501, 0.504)] == ["50–74%", "0–100%", "50–50%"]
    assert [read(0.001, 0.004), read(0.996, 0.998)] == ["<1%", ">99%"]


@settings(deadline=None)
@given(shares, shares)
def test_an_interval_reads_0_and_100_only_where_it_reaches_them(one: float, other: float) -> None:
    low, high = sorted((one, other))
    ends = words.share_interval(low, high).rstrip("%").split("–")
    assert (ends[0] == "0") == (low == 0)
    assert (ends[-1] == "100") == (high == 1)
    assert "." not in "".join(ends)


def test_half_an_interval_is_not_shown_as_a_whole_one() -> None:
    assert words.share_interval(0.2, None) == ""
    assert words.amount_interval(32.0, None) == "> 32"
    assert words.amount_interval(None, 8.0) == "≤ 8"
    assert words.amount_interval(float("-inf"), 8.0) == "≤ 8"
    assert words.amount_interval(None, float("inf")) == ""


def test_amounts_carry_their_unit() -> None:
    assert words.amount(1, "steps") == "1 step"
    assert words.amount(1600, "examples") == "1,600 examples"
    assert words.amount(3.1e12, "flops") == "3.1 × 10¹² FLOPs"
    assert words.amount(0.004, "usd") == "under $0.01"
    assert words.amount(None, "usd") == "–"


def test_durations_grow_in_unit() -> None:
    read = [words.duration(s) for s in (0.84, 42, 125, 3780)]
    assert read == ["0.8 s", "42 s", "2 min 5 s", "1 h 3 min"]


def test_listings_read_as_sentences() -> None:
    assert [words.listing(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
