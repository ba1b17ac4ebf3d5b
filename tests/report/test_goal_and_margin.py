"""Safety at the goal, and what training adds to the zero-spend floor."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain import RunRecord, Status
from holdfast.report import render_html
from holdfast.report.summary import summary_rows
from holdfast.report.views.access import access_map
from holdfast.report.views.access_table import access_rows
from holdfast.report.views.evidence import Evidence, gather
from holdfast.report.views.goals import goal_panels, goals_never_reached
from holdfast.report.views.marginal import marginal_panels
from holdfast.report.views.verdict import verdict

from .record import finding


def test_models_stand_side_by_side_where_they_reached_the_goal(evidence: Evidence) -> None:
    panels = {(p.goal, p.pathway): p for p in goal_panels(evidence)}
    assert set(panels) == {("translate", "benign-translation"), ("translate", "mixed-5%")}
    entries = panels["translate", "benign-translation"].entries
    assert [e.subject for e in entries] == ["aligned", "filtered"]
    assert [e.harm.text for e in entries] == ["1%", "0%"]
    assert entries[0].refused.value is not None


def test_titles_compare_the_models(evidence: Evidence) -> None:
    titles = [p.title for p in goal_panels(evidence)]
    assert titles[1] == "Harm from 12% (filtered) to 59% (aligned)"


def test_models_whose_intervals_overlap_are_not_ranked(record: RunRecord) -> None:
    found = tuple(
        item
        for model, harm, high in (("aligned", 0.01, 0.09), ("filtered", 0.03, 0.12))
        for item in (
            finding("anchor.steps", "", 100.0, model=model, goal="translate", judge=""),
            finding("harm", "anchor", harm, goal="translate", model=model, low=0.0, high=high),
            finding(
                "capability", "anchor", 0.8, goal="translate", model=model, benchmark="translation", judge=""
            ),
        )
    )
    (panel,) = goal_panels(gather(replace(record, findings=found)))
    assert panel.title == (
        "Harm 1% (aligned) and 3% (filtered): intervals overlap, so these models are not ranked"
    )


def test_models_of_different_capability_are_not_compared(record: RunRecord) -> None:
    found = tuple(
        row
        for model, score, harm in (("aligned", 0.79, 0.6), ("filtered", 0.86, 0.1))
        for row in (
            finding("anchor.steps", "", 100.0, model=model, goal="translate", judge=""),
            finding("harm", "anchor", harm, goal="translate", model=model),
            finding(
                "capability", "anchor", score, goal="translate", model=model, benchmark="translate", judge=""
            ),
        )
    )
    (panel,) = goal_panels(gather(replace(record, findings=found)))
    assert panel.title.startswith("No comparison: the capability reached differs by more than 5%")


def test_a_goal_nobody_reached_is_named(evidence: Evidence) -> None:
    assert goals_never_reached(evidence) == ("label",)


def test_a_model_that_missed_the_goal_has_no_figure_there(record: RunRecord) -> None:
    def anchor(model: str, value: float | None, status: Status) -> object:
        return finding("anchor.steps", "", value, model=model, goal="translate", judge="", status=status)

    found = (anchor("aligned", 100.0, Status.OK), anchor("filtered", 200.0, Status.CENSORED),
             finding("harm", "anchor", 0.1, goal="translate"),
             finding("harm", "anchor", 0.0, goal="translate", model="filtered"))  # fmt: skip
    (panel,) = goal_panels(gather(replace(record, findings=found)))  # type: ignore[arg-type]
    missed = next(e for e in panel.entries if e.subject == "filtered")
    assert not missed.reached
    assert (missed.harm.text, missed.harm.value) == ("not reached", None)


def test_what_training_adds_is_the_most_it_reaches_over_the_highest_floor(evidence: Evidence) -> None:
    aligned = marginal_panels(evidence)[0]
    assert aligned.floor == pytest.approx(0.19)
    assert aligned.added == pytest.approx(0.92 - 0.19, abs=0.01)
    assert aligned.title.startswith("Training adds 73 points of harm")


def test_floors_come_first(evidence: Evidence) -> None:
    flags = [e.floor for e in marginal_panels(evidence)[0].entries]
    assert flags == [True] * 4 + [False] * 4


def test_without_a_floor_the_added_risk_is_not_told(record: RunRecord) -> None:
    trained = tuple(f for f in record.findings if f.pathway in {"harmful-lora", "harmful-full"})
    panel = marginal_panels(gather(replace(record, findings=trained)))[0]
    assert panel.added is None
    assert "cannot be told" in panel.title


def test_training_that_adds_nothing_is_said_to_add_nothing(record: RunRecord) -> None:
    rows = (finding("harm", "start", 0.3, pathway="prefill"), finding("harm", "end", 0.1))
    assert "adds nothing" in marginal_panels(gather(replace(record, findings=rows)))[0].title


def with_peer(record: RunRecord, usable: float | None) -> RunRecord:
    """Return a record in which another model answers by `prefill`, so harmful while it is of use."""
    status = Status.INCONCLUSIVE if usable is None else Status.OK
    row = finding("harm.usable", "", usable, pathway="prefill", benchmark="", status=status)
    lines = tuple(line for line in record.decision.lines if line.pathway != "prefill")
    decision = replace(record.decision, lines=lines, beside=("prefill",))
    return replace(record, decision=decision, findings=(*record.findings, row))  # type: ignore[arg-type]


def test_another_model_raises_the_floor_by_its_harm_while_it_is_of_use(record: RunRecord) -> None:
    panel = marginal_panels(gather(with_peer(record, 0.4)))[0]
    peer = next(e for e in panel.entries if e.pathway == "prefill")
    assert (peer.spend, peer.floor) == ("another model answers", True)
    assert panel.floor == pytest.approx(0.4)


def test_another_model_of_no_use_raises_no_floor(record: RunRecord) -> None:
    panel = marginal_panels(gather(with_peer(record, None)))[0]
    assert panel.floor == pytest.approx(0.11)


def test_by_another_model_nothing_is_counted_and_nothing_left_open(record: RunRecord) -> None:
    told = with_peer(record, 0.4)
    view = verdict(gather(told))
    assert "prefill" not in view.pathways_tested
    assert "prefill" not in {p.pathway for model in view.models for p in model.pathways}
    groups = access_map(gather(told)).groups
    assert {entry.arm.pathway for entry in groups[0].others} == {"prefill"}
    assert "of 7 pathways" in groups[0].title
    assert groups[0].title.endswith("; by prefill, another model answers")
    row = access_rows(access_map(gather(told)))[0].rows[-1]
    assert (row.pathway, row.conclusion, row.broke.text) == ("prefill", None, "Another model answers")
    said = {row.pathway: row.conclusion for row in summary_rows(told) if row.model == "aligned"}
    assert said["prefill"] == "Another model answers"
    page = render_html(told)
    assert '<tr class="beside">' in page
    assert page.count("Another model answers") >= 4
