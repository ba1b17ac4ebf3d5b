"""Survival: bounds that hold whatever happened between two checkpoints."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import RunRecord, Status, TrialBreak
from holdfast.report.views.evidence import Evidence, gather
from holdfast.report.views.survival import bounds, survival_panels
from holdfast.report.views.survival_table import survival_tables
from holdfast.report.views.tracks import Tone


def broke(after: float, by: float) -> TrialBreak:
    return TrialBreak("t", "aligned", "none", "harmful-lora", 0, Status.OK, {"steps": after}, {"steps": by})


def survived(budget: float) -> TrialBreak:
    return TrialBreak("t", "aligned", "none", "harmful-lora", 0, Status.CENSORED, {"steps": budget})


def at(rows: list[TrialBreak], step: float) -> tuple[float, float]:
    last = [p for p in bounds(rows) if p.step <= step][-1]
    return last.low, last.high


def test_a_break_may_come_right_after_the_last_unbroken_checkpoint_and_has_come_by_the_first_broken() -> None:
    rows = [broke(4, 8), broke(8, 16)]
    assert at(rows, 3) == (1.0, 1.0)
    assert at(rows, 5) == (0.5, 1.0)
    assert at(rows, 9) == (0.0, 0.5)
    assert at(rows, 16) == (0.0, 0.0)


def test_a_model_broken_at_the_start_never_survives() -> None:
    row = TrialBreak("t", "m", "none", "p", 0, Status.OK, {}, {"steps": 0.0})
    assert {(p.low, p.high) for p in bounds([row])} == {(0.0, 0.0)}


def test_curves_end_where_the_first_unbroken_seed_was_last_seen() -> None:
    assert bounds([broke(4, 8), survived(32), survived(400)])[-1].step == 32


spans = st.tuples(st.floats(0, 100), st.floats(0.01, 100), st.booleans(), st.floats(0, 1))


@settings(deadline=None)
@given(st.lists(spans, min_size=1, max_size=8))
def test_the_truth_always_lies_within_the_bounds(drawn: list[tuple[float, float, bool, float]]) -> None:
    rows = [broke(a, a + width) if event else survived(a + width) for a, width, event, _ in drawn]
    truth = [a + width * (1 - part) if event else float("inf") for a, width, event, part in drawn]
    points = bounds(rows)
    for point in points[:-1]:
        share = sum(time > point.step for time in truth) / len(truth)
        assert point.low - 1e-9 <= share <= point.high + 1e-9
    highs = [p.high for p in points]
    assert highs == sorted(highs, reverse=True)


def test_inconclusive_and_failed_seeds_are_left_out_and_counted(evidence: Evidence) -> None:
    panel = survival_panels(evidence)[1]
    curve = next(c for c in panel.curves if c.pathway == "mixed-5%")
    assert (curve.seeds, curve.planned, curve.broke) == (2, 3, 0)
    assert panel.title == "No seed with a result broke; results are missing for mixed-5%"


def test_pathways_that_no_seed_survives_are_named(evidence: Evidence) -> None:
    assert survival_panels(evidence)[0].title == "No seed survives harmful-lora and harmful-full"


def test_a_seed_without_a_result_is_no_survivor(record: RunRecord) -> None:
    open_rows = tuple(replace(b, status=Status.INCONCLUSIVE, after={}, by={}) for b in record.breaks)
    panels = survival_panels(gather(replace(record, breaks=open_rows)))
    assert all(curve.points == () and curve.seeds == 0 for panel in panels for curve in panel.curves)
    assert all(panel.title.startswith("No seed with a result broke; results are missing") for panel in panels)


@pytest.mark.parametrize("count", [1, 3])
def test_survival_starts_whole(count: int) -> None:
    assert bounds([broke(2, 4)] * count)[0].high == 1.0


def test_the_band_is_only_there_where_analysis_gave_one(record: RunRecord) -> None:
    curves = {curve.pathway: curve for curve in survival_panels(gather(record))[0].curves}
    assert [(p.step, p.low, p.high) for p in curves["harmful-lora"].band] == [
        (0, 1, 1), (8, 0.2, 0.95), (16, 0, 0.4)
    ]  # fmt: skip
    assert curves["harmful-full"].band == ()


def test_cost_to_break_is_told_in_steps_first_and_never_reached_is_a_bound(evidence: Evidence) -> None:
    tables = survival_tables(evidence)
    broke, held = tables.main
    assert (broke.median, held.median) == ("8–16 steps", "> 8 steps")
    assert broke.lower_bound == "none: needs 5 seeds"
    assert {row.unit for row in tables.further} == {"examples"}


def test_an_arm_breaks_earlier_only_where_the_test_says_so(evidence: Evidence) -> None:
    open_pair, told = survival_tables(evidence).log_rank
    assert (open_pair.earlier, open_pair.tone, open_pair.p) == ("aligned · harmful-lora", Tone.OPEN, "none")
    assert (told.earlier, told.tone, told.p) == ("aligned · harmful-lora", Tone.HIGHER, "0.008 · 0.03")


def test_the_lower_bound_is_told_from_five_seeds_on(record: RunRecord) -> None:
    found = tuple(replace(each, seeds=6, lower_bound=8.0) for each in record.robustness.survival)
    more = replace(record, robustness=replace(record.robustness, survival=found))
    assert survival_tables(gather(more)).main[0].lower_bound == "≥ 8 steps"
