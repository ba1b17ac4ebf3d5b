"""Searches in the report: tries counted, the winner as the search saw it and as it is when run again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from browser import chromium

from holdfast.domain import Estimate, Objective, Sampler, SearchRecord, Spend, Status, TryRecord, TryStatus
from holdfast.report import render_html
from holdfast.report.charts.search import search_figure
from holdfast.report.views.evidence import gather
from holdfast.report.views.search import search_panels
from holdfast.report.views.search_table import search_rows

from .crowd import DOSES, crowd


def estimate(value: float | None, low: float | None = None, high: float | None = None) -> Estimate:
    status = Status.OK if value is not None else Status.CENSORED
    return Estimate(value, low, high, 6, 6, "made up", status)


TRIES = (
    TryRecord(1, {}, TryStatus.FEASIBLE, step=8, price=4e12, harm=0.7, spend=Spend(flops=9e12)),
    TryRecord(2, {"learning_rate": 0.0031234, "rank": 4}, TryStatus.FEASIBLE, step=4, price=2e12, harm=0.8,
              spend=Spend(flops=5e12), note="broke by 2e+12 flops"),
    TryRecord(3, {"rank": 16}, TryStatus.INFEASIBLE, step=32, harm=0.31, spend=Spend(flops=1e13)),
    TryRecord(4, {"learning_rate": 9.0}, TryStatus.FAILED, spend=Spend(flops=1e12), note="<b>diverged</b>"),
)  # fmt: skip
SEARCH = SearchRecord(
    model="released",
    safeguard="none",
    pathway="harmful-lora",
    winner="harmful-lora.searched",
    sampler=Sampler.TPE,
    objective=Objective.BREAK,
    unit="flops",
    planned=5,
    tries=TRIES,
    best=2,
    spend=Spend(flops=2.5e13),
    searched=estimate(2e12),
    again=estimate(2.4e12, 1.2e12, 3e12),
    optimism=None,
    without=estimate(4e12, 2e12, 4.2e12),
    whole=estimate(2.74e13, 2.6e13, 2.8e13),
    conclusion="4 tries: broke",
)


def test_every_try_is_counted_and_told_however_it_ended() -> None:
    (row,) = search_rows(gather(replace(crowd(routes=DOSES), searches=(SEARCH,))))
    assert (row.made, row.counts) == ("4 of 5", ("2 feasible", "1 infeasible", "1 failed"))
    assert [each.status for each in row.tries] == [each.status for each in TRIES]
    assert [each.best for each in row.tries] == [False, True, False, False]
    assert [each.options for each in row.tries][:2] == ["as written", "learning_rate 0.00312, rank 4"]
    assert [each.found for each in row.tries] == [
        "4.0 × 10¹² FLOPs", "2.0 × 10¹² FLOPs", "harm 31% at step 32", "–"
    ]  # fmt: skip
    assert row.tries[3].cost == "1.0 × 10¹² FLOPs"


def test_both_figures_stand_beside_the_price_without_and_with_the_tries() -> None:
    (row,) = search_rows(gather(replace(crowd(routes=DOSES), searches=(SEARCH,))))
    assert row.written.text == "4.0 × 10¹² FLOPs"
    assert row.searched.text == "2.0 × 10¹² FLOPs"
    assert row.again.plain == "2.4 × 10¹² FLOPs (1.2 × 10¹²–3.0 × 10¹²)"
    assert row.whole.text == "2.7 × 10¹³ FLOPs"
    assert row.cheaper == "1.67 times"
    assert row.winner == "try 2, learning_rate 0.00312, rank 4"


@pytest.mark.parametrize("objective", [Objective.HARM, Objective.BREAK])
def test_where_no_try_broke_harm_is_told_with_its_optimism(objective: Objective) -> None:
    tries = tuple(t for t in TRIES if objective is Objective.HARM or t.status is not TryStatus.FEASIBLE)
    harmful = replace(
        SEARCH,
        objective=objective,
        tries=tries,
        searched=estimate(0.44, 0.4, 0.5),
        again=estimate(0.31, 0.2, 0.4),
        optimism=estimate(0.13, 0.02, 0.24),
        without=estimate(None, 1e13) if objective is Objective.BREAK else estimate(0.2, 0.1, 0.3),
        whole=estimate(None, 1e13),
    )
    (row,) = search_rows(gather(replace(crowd(routes=DOSES), searches=(harmful,))))
    assert (row.searched.plain, row.again.plain) == ("44% (40–50%)", "31% (20–40%)")
    assert row.optimism.plain == "+13 points (+2 to +24)"
    assert row.whole.text == "not within 1.0 × 10¹³ FLOPs"
    assert row.written.text == ("20%" if objective is Objective.HARM else "not within 1.0 × 10¹³ FLOPs")


def test_the_course_of_a_search_is_the_best_of_its_feasible_tries_so_far() -> None:
    control = replace(SEARCH, sampler=Sampler.RANDOM, tries=TRIES[:1], best=1)
    (panel,) = search_panels(replace(crowd(routes=DOSES[:1]), searches=(SEARCH, control)))
    search, random = panel.curves
    assert [point.best for point in search.points] == [4e12, 2e12, 2e12, 2e12]
    assert [point.best for point in random.points] == [4e12]
    assert panel.title.startswith("The search found 2.0 × 10¹² FLOPs at try 2")


def test_a_figure_marks_every_try_and_a_search_without_a_feasible_one_says_so() -> None:
    (panel,) = search_panels(replace(crowd(routes=DOSES[:1]), searches=(SEARCH,)))
    svg = search_figure(panel, "search-0").svg
    for told in ("try 1: feasible", "try 3: infeasible", "try 4: failed"):
        assert told in svg
    in_vain = replace(SEARCH, tries=TRIES[2:], best=None)
    (panel,) = search_panels(replace(crowd(routes=DOSES[:1]), searches=(in_vain,)))
    figure = search_figure(panel, "search-0")
    assert not figure.svg
    assert "no try was feasible" in figure.empty


def test_harm_at_a_budget_is_drawn_upwards() -> None:
    (panel,) = search_panels(
        replace(crowd(routes=DOSES[:1]), searches=(replace(SEARCH, objective=Objective.HARM),))
    )
    assert [point.best for point in panel.curves[0].points] == [0.7, 0.8, 0.8, 0.8]
    assert search_figure(panel, "search-0").svg


def test_the_page_shows_searches_only_where_there_are_any_and_escapes_their_notes() -> None:
    record = crowd(routes=DOSES[:2])
    assert "An attacker who tries more than once" not in render_html(record)
    html = render_html(replace(record, searches=(SEARCH,)))
    assert "An attacker who tries more than once" in html
    assert "<b>diverged</b>" not in html
    assert "&lt;b&gt;diverged" in html


@pytest.mark.browser
def test_what_a_search_came_to_is_read_on_a_telephone_without_scrolling(tmp_path: Path) -> None:
    page_file = tmp_path / "report.html"
    page_file.write_text(render_html(replace(crowd(routes=DOSES[:2]), searches=(SEARCH,))), encoding="utf-8")
    with chromium() as browser:
        page = browser.new_page(viewport={"width": 390, "height": 900})
        page.goto(page_file.as_uri())
        note = "document.querySelector('.wide-note')"
        card = page.evaluate(f"{note}.closest('.card').getBoundingClientRect().toJSON()")
        for scrolled in (0, 300):  # it stays where it is while the table is scrolled beneath
            page.evaluate(f"{note}.closest('.card').scrollLeft = {scrolled}")
            box = page.evaluate(f"{note}.getBoundingClientRect().toJSON()")
            assert box["width"] > 200
            assert card["left"] <= box["left"]
            assert box["right"] <= card["right"]
