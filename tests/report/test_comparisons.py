"""Comparisons: direction, refusals, what flipped, and that missing evidence never reads as no difference."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import Comparison, Outcome, RunRecord, Status
from holdfast.report.views.comparisons import REFUSED, ComparisonRow, comparisons_view
from holdfast.report.views.evidence import Evidence, gather
from holdfast.report.views.flips import SHOWN, flips_view
from holdfast.report.views.sides import Kind, contrast
from holdfast.report.views.tracks import Tone

from .record import empty_record
from .robust import PANEL, STRINGS, comparison, flips, side

OURS, THEIRS = side("aligned", "mixed-5%", "anchor"), side("filtered", "mixed-5%", "anchor")


def row(record: RunRecord, found: Comparison) -> ComparisonRow:
    only = replace(record, robustness=replace(record.robustness, comparisons=(found,)))
    return comparisons_view(gather(only)).main[0].rows[0]


@pytest.mark.parametrize(
    ("value", "tone"), [(0.4, Tone.HIGHER), (-0.4, Tone.LOWER), (0.05, Tone.OPEN), (0.0, Tone.OPEN)]
)
def test_a_difference_has_a_direction_only_where_its_interval_excludes_none(
    record: RunRecord, value: float, tone: Tone
) -> None:
    assert row(record, comparison(OURS, THEIRS, value)).tone is tone


def test_sides_of_different_capability_are_refused_and_show_no_figure(record: RunRecord) -> None:
    shown = row(record, comparison(OURS, THEIRS, None, capabilities=(0.81, 0.93)))
    assert (shown.difference, shown.interval, shown.dots) == (REFUSED, "", ())
    assert shown.capabilities == "81% and 93%"


def test_an_inconclusive_difference_is_drawn_hollow_without_a_direction_and_says_why(
    record: RunRecord,
) -> None:
    doubtful = comparison(OURS, THEIRS, 0.4, status=Status.INCONCLUSIVE, conclusion="1 seed is missing")
    shown = row(record, doubtful)
    assert (shown.tone, shown.dots[0].hollow, shown.reason) == (Tone.OPEN, True, "1 seed is missing")


def test_bounds_without_a_value_are_drawn_without_a_dot(record: RunRecord) -> None:
    bounded = comparison(OURS, THEIRS, 0.4, status=Status.INCONCLUSIVE, conclusion="reached in 2 of 3 seeds")
    shown = row(record, replace(bounded, value=None))
    assert shown.difference == "inconclusive"
    assert shown.dots[0].value is None
    assert shown.interval == "+28 to +52"


def test_p_values_stand_beside_the_smallest_attainable(record: RunRecord) -> None:
    tested = comparison(OURS, THEIRS, 0.4, p=0.0313, p_adjusted=0.0625, smallest_p=0.03125, seeds=6)
    shown = row(record, tested)
    assert (shown.p, shown.smallest_p) == ("0.031 · 0.062", "0.031")
    assert row(record, comparison(OURS, THEIRS, 0.4)).p == "none"


def test_harm_by_the_judge_that_decides_comes_first_and_other_judges_apart(evidence: Evidence) -> None:
    view = comparisons_view(evidence)
    assert [panel.heading for panel in view.main] == [
        f"{kind}: harm, by {PANEL}" for kind in (Kind.MODELS, Kind.PATHWAYS, Kind.BEFORE_AND_AFTER)
    ]
    assert [panel.heading for panel in view.further] == [f"Before and after: refused, by {PANEL}"]
    assert {row.judge for panel in view.others for row in panel.rows} == {STRINGS}
    assert view.main[0].title == "Harm differs in 2 of 5 comparisons; 1 refused, because capabilities differ"
    identities = [panel.identity for panel in (*view.main, *view.further, *view.others)]
    assert len(identities) == len(set(identities))


def test_without_comparisons_the_section_says_why() -> None:
    view = comparisons_view(gather(empty_record()))
    assert "No capability goal was set" in view.why_empty
    assert view.main == ()


def test_kinds_of_contrasts_are_told_by_their_sides() -> None:
    start = side("aligned", "mixed-5%", "start")
    assert contrast(OURS, THEIRS, "translate").kind is Kind.MODELS
    assert contrast(start, OURS, "translate").where == "at goal translate − untouched"
    assert contrast(start, replace(start, model="filtered"), "").kind is Kind.UNTOUCHED
    assert contrast(side("aligned", "a", "anchor"), side("aligned", "b", "anchor"), "g").what == "b − a"
    guarded = replace(THEIRS, model="aligned", safeguard="shield")
    assert contrast(OURS, guarded, "g").what == "aligned + shield − aligned"


def test_the_prompts_that_flipped_most_are_listed_and_the_rest_counted() -> None:
    view = flips_view(flips(26), 360)
    assert view is not None
    assert (len(view.rows), view.rest, view.seeds) == (SHOWN, 16, (0, 1, 2))
    assert all(tile is not None for tile in view.rows[0].tiles)
    assert [t.count for t in view.transitions] == sorted((t.count for t in view.transitions), reverse=True)
    assert view.transitions[0].before is Outcome.REFUSED


@settings(max_examples=40)
@given(st.integers(1, 60))
def test_every_flip_is_counted_once(items: int) -> None:
    found = flips(items)
    view = flips_view(found, 360)
    assert view is not None
    assert sum(turn.count for turn in view.transitions) == view.count == len(found)
    assert view.items == items == len(view.rows) + view.rest


def test_nothing_flipped_is_nothing_to_show() -> None:
    assert flips_view((), 360) is None
