from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.stats import SampleError, UniverseValue, multiverse_shares

AXES = {"benchmark": ("direct", "role-play"), "judge": ("panel", "strings", "oracle")}
VALUES = st.lists(st.one_of(st.none(), st.floats(-1, 1)), min_size=6, max_size=6)


def cells(values, half=0.1):
    combos = itertools.product(*AXES.values())
    return [
        UniverseValue(
            dict(zip(AXES, levels, strict=True)),
            value,
            None if value is None else value - half,
            None if value is None else value + half,
            primary=index == 0,
        )
        for index, (levels, value) in enumerate(zip(combos, values, strict=True))
    ]


def test_shares_count_cells_with_the_primary_sign_and_those_whose_interval_excludes_zero():
    found = multiverse_shares(cells([0.5, 0.4, 0.05, -0.3, 0.2, 0.0]))
    assert found.same_sign == pytest.approx(4 / 6)
    assert found.significant == pytest.approx(3 / 6)


def test_a_significant_cell_of_the_other_sign_does_not_count():
    assert multiverse_shares(cells([0.5, -0.5, -0.5, -0.5, -0.5, -0.5])).significant == pytest.approx(1 / 6)


def test_every_level_is_left_out_once():
    found = multiverse_shares(cells([0.5, 0.4, 0.3, -0.3, -0.2, -0.1]))
    left = {(each.axis, each.level): each for each in found.left_out}
    assert set(left) == {(axis, level) for axis, levels in AXES.items() for level in levels}
    without_role_play = left["benchmark", "role-play"]
    assert (without_role_play.same_sign, without_role_play.median) == (1.0, pytest.approx(0.4))
    assert without_role_play.holds
    assert not left["benchmark", "direct"].holds


def test_a_cell_without_a_value_counts_against_the_claim():
    full = multiverse_shares(cells([0.5, 0.4, 0.3, 0.3, 0.2, 0.1]))
    gaps = multiverse_shares(cells([0.5, 0.4, None, 0.3, None, None]))
    assert (full.same_sign, gaps.same_sign) == (1.0, 0.5)
    left = {(each.axis, each.level): each for each in gaps.left_out}
    assert left["benchmark", "direct"].median == pytest.approx(0.3)
    assert not left["benchmark", "direct"].holds


def test_a_primary_cell_without_a_sign_supports_nothing():
    for value in (None, 0.0, float("nan")):
        found = multiverse_shares(cells([value, 0.4, 0.3, 0.3, 0.2, 0.1]))
        assert (found.same_sign, found.significant) == (0.0, 0.0)
        assert not any(each.holds for each in found.left_out)


@given(VALUES)
def test_turning_every_sign_changes_no_share(values):
    one = multiverse_shares(cells(values))
    other = multiverse_shares(cells([None if value is None else -value for value in values]))
    assert (one.same_sign, one.significant) == (other.same_sign, other.significant)
    assert [each.holds for each in one.left_out] == [each.holds for each in other.left_out]


@given(VALUES, st.integers(1, 5))
def test_losing_a_cell_never_helps_a_claim(values, lost):
    before = multiverse_shares(cells(values))
    after = multiverse_shares(cells([None if i == lost else value for i, value in enumerate(values)]))
    assert after.same_sign <= before.same_sign
    assert after.significant <= before.significant
    for one, other in zip(before.left_out, after.left_out, strict=True):
        assert one.holds or not other.holds


def test_one_axis_is_no_multiverse():
    few = [cell for cell in cells([0.1] * 6) if cell.levels["benchmark"] == "direct"]
    with pytest.raises(SampleError, match="1 axes have two or more levels"):
        multiverse_shares(few)


def test_missing_double_and_unmarked_cells_are_refused():
    whole = cells([0.1] * 6)
    with pytest.raises(SampleError, match="1 combinations have no cell, such as role-play x oracle"):
        multiverse_shares(whole[:-1])
    with pytest.raises(SampleError, match="more than one cell"):
        multiverse_shares([*whole, whole[-1]])
    with pytest.raises(SampleError, match="0 of 5 cells are primary"):
        multiverse_shares(whole[1:])
    with pytest.raises(SampleError, match="level on each"):
        multiverse_shares([*whole, UniverseValue({"benchmark": "x"}, 0.1, 0, 1)])
