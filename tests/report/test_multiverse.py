"""The multiverse: what keeps its sign, what is drawn, and what warns beside the verdict."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from holdfast.domain import Multiverse, RunRecord, Status
from holdfast.report import render_markdown, robustness_lines
from holdfast.report.charts import claims
from holdfast.report.charts.claims import claim_figures
from holdfast.report.charts.specification import CURVE, GAP, ROW, specification_chart
from holdfast.report.views.cautions import cautions
from holdfast.report.views.concordance import concordance_rows
from holdfast.report.views.evidence import Evidence, gather
from holdfast.report.views.multiverse import ClaimView, claim_views, weak, why_no_claims
from holdfast.report.views.tracks import Tone

from .record import HOSTILE, empty_record
from .robust import AXES, PANEL, calibrations, claim

SVG = "{http://www.w3.org/2000/svg}"


def with_claims(record: RunRecord, *found: Multiverse) -> Evidence:
    return gather(replace(record, robustness=replace(record.robustness, multiverse=found), calibrations=()))


def view_of(record: RunRecord, found: Multiverse) -> ClaimView:
    return claim_views(with_claims(record, found))[0]


def test_cells_are_drawn_in_order_with_those_without_a_value_last(record: RunRecord) -> None:
    view = view_of(record, claim(0.42, flat=False))
    known = [cell.value for cell in view.cells if cell.value is not None]
    assert known == sorted(known)
    assert view.cells[-1].value is None
    assert sum(cell.primary for cell in view.cells) == 1


def test_a_clear_difference_that_loses_its_sign_in_other_cells_is_weak(record: RunRecord) -> None:
    found = claim(0.42, flat=False)
    view = view_of(record, found)
    assert (view.clear, view.agreement, weak(view)) == (True, "6 of 12 cells (50%)", True)
    assert view.title.startswith(
        "The sign depends on what is chosen: so in 6 of 12 cells (50%) only; 1 of 12"
    )
    assert not weak(view_of(record, replace(found, same_sign=0.9)))


def test_no_difference_in_the_cell_that_decides_is_held_against_cells_that_see_one(record: RunRecord) -> None:
    flat = claim(0.02, flat=True)
    view = view_of(record, flat)
    assert (view.clear, view.agreement, view.others, weak(view)) == (
        False,
        "11 of 12 cells (92%)",
        "none",
        False,
    )
    seen = tuple(
        cell if cell.primary or cell.value is None else replace(cell, low=0.1, high=0.3, significant=True)
        for cell in flat.cells
    )
    contested = view_of(record, replace(flat, cells=seen))
    assert (contested.agreement, contested.others, weak(contested)) == (
        "1 of 12 cells (8%)",
        "10 higher",
        True,
    )
    assert "no clear difference depends on what is chosen" in contested.title


def test_a_claim_without_a_value_says_so(record: RunRecord) -> None:
    found = claim(0.42, flat=False)
    cells = tuple(replace(c, value=None, low=None, high=None, significant=False) for c in found.cells)
    unknown = replace(found, cells=cells, same_sign=None, significant=None, status=Status.INCONCLUSIVE)
    view = view_of(record, unknown)
    assert (view.agreement, view.others, view.dots, weak(view)) == ("–", "–", (), False)
    assert view.title.startswith("Nothing was measured in the cell that decides; 12 of 12 cells")
    assert claim_figures([view])[0].chart is None


def test_the_curve_has_a_dot_a_cell_and_a_choice_an_axis(record: RunRecord) -> None:
    view = view_of(record, claim(0.42, flat=False))
    chart = specification_chart(view.cells, view.axes, identity="x", label="what is seen")
    root = ElementTree.fromstring(chart.svg)
    assert (root.get("role"), root.get("aria-label")) == ("img", "what is seen")
    levels = sum(map(len, AXES.values()))
    assert float(root.get("height") or 0) == CURVE + GAP * len(AXES) + ROW * levels
    circles = [circle.get("r") for circle in root.iter(f"{SVG}circle")]
    assert len(circles) == 11 + 12 * levels
    assert circles.count("4.5") == 12 * len(AXES)
    assert circles.count("5") == 1
    assert [text.text for text in root.iter(f"{SVG}text")] == ["×"]
    titles = [title.text or "" for title in root.iter(f"{SVG}title")]
    assert len(titles) == 12
    assert sum("the cell that decides" in title for title in titles) == 1


def test_zero_is_always_on_the_curve(record: RunRecord) -> None:
    view = view_of(record, claim(0.9, flat=False))
    high = [replace(cell, value=0.9, low=0.8, high=1.0) for cell in view.cells]
    labels = specification_chart(high, view.axes, identity="x", label="y").labels
    texts = [text.text for text in ElementTree.fromstring(labels).iter(f"{SVG}text")]
    assert "0" in texts
    assert "+100" in texts


def test_hostile_and_long_levels_stay_text(record: RunRecord) -> None:
    view = view_of(record, claim(0.42, flat=False))
    cell = replace(view.cells[0], levels={"judge": HOSTILE * 5}, about=HOSTILE)
    chart = specification_chart([cell], {"judge": (HOSTILE * 5, PANEL)}, identity="x", label=HOSTILE)
    assert "<img" not in chart.svg + chart.labels
    assert "<script" not in chart.svg + chart.labels


def test_too_many_cells_and_cells_without_values_are_told_not_drawn(
    record: RunRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = view_of(record, claim(0.42, flat=False))
    empty = replace(view, cells=tuple(replace(c, value=None, low=None, high=None) for c in view.cells))
    assert claim_figures([empty])[0].chart is None
    assert claim_figures([view])[0].chart is not None
    monkeypatch.setattr(claims, "MAX_CELLS", 11)
    assert claim_figures([view])[0].chart is None


def test_concordance_tells_w_and_the_range_of_tau(evidence: Evidence) -> None:
    (row,) = concordance_rows(evidence)
    assert (row.where, row.w, row.interval) == ("Harm, at goal translate", "0.61", "0.42 to 0.77")
    assert row.taus == "0.00 (−0.40 to 0.40)"
    assert row.dots[0].tone is Tone.SKILL


def test_why_there_is_no_claim_depends_on_whether_one_was_asked_for(record: RunRecord) -> None:
    assert "two safety benchmarks" in why_no_claims(gather(empty_record()))
    assert claim_views(gather(empty_record())) == ()


def test_what_weakens_the_verdict_is_told_beside_it(record: RunRecord) -> None:
    lines = cautions(gather(record))
    assert len(lines) == 2
    assert lines[0].startswith("Labels contradict the judge that decides: harm of aligned is 47% (35–59%)")
    assert (
        "aligned − filtered (mixed-5%, at goal translate) keeps its sign in 6 of 12 cells (50%) only"
        in lines[1]
    )


def test_nothing_to_warn_of_is_no_warning(record: RunRecord) -> None:
    steady = replace(claim(0.42, flat=False), same_sign=1.0)
    assert cautions(with_claims(record, steady, claim(0.02, flat=True))) == ()
    assert cautions(gather(empty_record())) == ()


def test_labels_of_other_judges_or_of_other_runs_never_warn(record: RunRecord) -> None:
    ours, theirs = calibrations()
    elsewhere = replace(ours, sampled=False)
    found = replace(record, calibrations=(elsewhere, theirs), robustness=empty_record().robustness)
    assert robustness_lines(found) == ()


def test_key_figures_stand_in_the_markdown(record: RunRecord) -> None:
    text = render_markdown(record)
    assert "harm corrected 47% (35–59%) by 200 oracle labels, 30% raw" in text
    assert "multiverse: 1 of 2 conclusions hold in 80% or more of the cells" in text
    assert "refusal-strings and the panel that decides: agree poorly (kappa 0.21)" in text
