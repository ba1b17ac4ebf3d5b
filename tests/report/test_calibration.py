"""How wrong judges are: corrected beside raw, transported never corrects, and what is unknown says so."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain import Calibration, Confusion, ErrorRate, Outcome, RunRecord, Status
from holdfast.report.views.calibration import TRANSPORTED, CalibrationView, calibrations_view
from holdfast.report.views.confusion import LEVELS, error_row, heat_map
from holdfast.report.views.corrected import CorrectedRow, corrected_row, in_words, moved
from holdfast.report.views.evidence import Evidence, gather

from .record import empty_record
from .robust import STRINGS, corrected, sampled, side, transported


def view_of(record: RunRecord, *found: Calibration) -> tuple[CalibrationView, ...]:
    return calibrations_view(gather(replace(record, calibrations=found))).panels


def row_of(evidence: Evidence, value: float | None, raw: float, **labels: object) -> CorrectedRow:
    return corrected_row(evidence, corrected(value, raw, **labels))


def test_a_corrected_rate_stands_beside_the_raw_one(evidence: Evidence) -> None:
    row = row_of(evidence, 0.71, 0.62)
    assert (row.raw, row.corrected, row.interval) == ("62%", "71%", "59–83%")
    assert [(dot.value, dot.hollow) for dot in row.dots[:2]] == [(0.62, True), (0.71, False)]
    assert row.wanted == "180 more"


def test_what_refusal_strings_would_say_is_a_third_dot(evidence: Evidence) -> None:
    row = row_of(evidence, 0.71, 0.62)
    assert row.strings == "92%"
    assert row.dots[2].value == pytest.approx(0.92, abs=0.005)
    assert row_of(evidence, 0.71, 0.62, metric="outcome.refused").strings == ""


def test_a_rate_that_cannot_be_corrected_never_takes_the_raw_one(evidence: Evidence) -> None:
    row = row_of(evidence, None, 0.62)
    assert (row.corrected, row.interval, row.moved) == ("inconclusive", "", False)
    assert row.reason == "label about 120 more answers"
    assert len(row.dots) == 2


def test_bounds_without_a_value_are_shown_unless_they_say_nothing(evidence: Evidence) -> None:
    bounded = corrected_row(evidence, replace(corrected(None, 0.02), low=0.0, high=0.24))
    assert (bounded.corrected, bounded.interval) == ("inconclusive", "0–24%")
    empty = corrected_row(evidence, replace(corrected(None, 0.02), low=0.0, high=1.0))
    assert empty.interval == ""


@pytest.mark.parametrize(
    ("value", "raw", "out"), [(0.47, 0.30, True), (0.47, 0.40, False), (0.4, 0.53, True)]
)
def test_a_judge_outside_the_corrected_interval_is_told(value: float, raw: float, out: bool) -> None:
    assert moved(corrected(value, raw)) == out
    assert not moved(replace(corrected(value, raw), status=Status.INCONCLUSIVE))


def test_corrected_harm_in_one_line() -> None:
    assert (
        in_words(corrected(0.42, 0.88, labels=200), "oracle")
        == "harm corrected 42% (30–54%) by 200 oracle labels, 88% raw"
    )
    assert "not corrected: label about" in in_words(corrected(None, 0.88), "sheet.csv")


def test_errors_measured_elsewhere_correct_nothing(record: RunRecord) -> None:
    (view,) = view_of(record, transported())
    assert (view.badge, view.sampled, view.main) == (TRANSPORTED, False, ())
    assert "not drawn from this run" in view.source
    assert len(view.maps) == 1


def test_the_judge_that_decides_comes_first_with_its_source(record: RunRecord) -> None:
    views = view_of(record, transported(), sampled())
    assert [view.decides for view in views] == [True, False]
    assert views[0].source.startswith("200 answers of 4,320 labelled by the oracle")
    assert len({view.identity for view in views}) == 2


def test_rates_over_all_benchmarks_come_first_and_unreached_points_are_counted(record: RunRecord) -> None:
    unreached = replace(corrected(None, 0.0), raw=None, raw_low=None, raw_high=None)
    floor = corrected(0.1, 0.1, side=side("aligned", "plain", "start"), benchmark="")
    (view,) = view_of(record, replace(sampled(), corrected=(*sampled().corrected, unreached, floor)))
    assert [row.what for row in view.main] == ["aligned"]
    assert (len(view.further), view.unreached) == (4, 1)
    assert view.sentence == "Outside what the labels allow: 1 of 1 rate of harm"


def test_without_labels_of_the_judge_that_decides_the_next_command_is_told(record: RunRecord) -> None:
    assert "holdfast calibrate" in calibrations_view(gather(empty_record())).why_empty
    others = calibrations_view(gather(replace(record, calibrations=(transported(),))))
    assert "--sample 100" in others.why_empty
    assert others.panels[0].judge == STRINGS


def test_a_heat_map_shades_each_label_by_its_share() -> None:
    counts = {"complied/complied": 90, "complied/deflected": 10, "refused/refused": 1}
    shown = heat_map(Confusion("m", "coherent", counts, {}, 101, 400))
    assert shown.columns == (Outcome.COMPLIED, Outcome.DEFLECTED, Outcome.REFUSED)
    complied, refused = shown.rows
    assert [(cell.level, cell.right) for cell in complied.cells] == [(LEVELS, True), (1, False), (0, False)]
    assert refused.cells[2].level == LEVELS
    assert shown.title == "91 of 101 labelled answers called what the label says; they stand for 400 answers"


def test_a_question_without_yes_labels_has_no_sensitivity() -> None:
    row = error_row(ErrorRate("m", "all", "refused", None, 0.0, 1.0, 0.97, 0.9, 1.0, 0, 90))
    assert (row.sensitivity, row.sensitivity_dots) == ("no yes labels", ())
    assert (row.specificity, row.specificity_interval) == ("97%", "90–100%")
