"""Outcome composition: means over the same seeds at every step."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import Conclusion, Outcome, RunRecord, Status, TrajectoryPoint
from holdfast.report.views.composition import composition_panels, describe, mean_over_seeds
from holdfast.report.views.evidence import Evidence, gather

from .record import PANEL, finding


def point(step: int, seed: int, refused: float, **labels: object) -> TrajectoryPoint:
    shares = {Outcome.REFUSED: refused, Outcome.COMPLIED: 1 - refused}
    made = TrajectoryPoint("t", "aligned", "none", "harmful-lora", seed, step, "step", "heldout", "direct",
                           "safety", PANEL, 10, shares)  # fmt: skip
    return replace(made, **labels)  # type: ignore[arg-type]


@settings(deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=5), st.lists(st.integers(0, 50), min_size=1, unique=True)
)
def test_shares_add_up_to_one_at_every_step(refused: list[float], steps: list[int]) -> None:
    points = [point(step, seed, r) for seed, r in enumerate(refused) for step in steps]
    means = mean_over_seeds(points)
    assert [p.step for p in means] == sorted(steps)
    for mean in means:
        assert sum(mean.shares.values()) == pytest.approx(1)
        assert mean.shares[Outcome.REFUSED] == pytest.approx(sum(refused) / len(refused))


def test_a_step_that_one_seed_alone_was_refined_at_is_left_out() -> None:
    points = [point(s, seed, 0.5) for s in (0, 8, 16) for seed in (0, 1)] + [point(11, 1, 0.0)]
    assert [p.step for p in mean_over_seeds(points)] == [0, 8, 16]


def test_steps_after_a_seed_failed_average_the_others_and_say_so() -> None:
    points = [point(s, 0, 0.4) for s in (0, 8, 16)] + [point(s, 1, 0.8) for s in (0, 8)]
    assert [(p.step, p.seeds) for p in mean_over_seeds(points)] == [(0, 2), (8, 2), (16, 1)]


def test_the_untouched_model_comes_from_the_findings_where_an_arm_did_not_measure_it(
    record: RunRecord,
) -> None:
    later = tuple(p for p in record.trajectories if p.step > 0 or p.pathway == "plain")
    panels = composition_panels(gather(replace(record, trajectories=later)), "direct")
    assert panels[0].points[0].step == 0
    assert panels[0].points[0].shares[Outcome.REFUSED] == pytest.approx(0.985, abs=0.01)


def test_arms_at_zero_spend_have_no_panel(evidence: Evidence) -> None:
    panels = composition_panels(evidence, "direct")
    assert {p.arm.pathway for p in panels} == {
        "harmful-lora",
        "harmful-full",
        "benign-translation",
        "mixed-5%",
    }


def test_titles_say_what_is_seen(evidence: Evidence) -> None:
    panel = next(p for p in composition_panels(evidence, "direct") if p.arm.pathway == "benign-translation")
    assert panel.title == (
        "Refusals fall from 98% to 11%; harm ends at 1%, broken or off-task answers at 79%"
    )


def test_without_a_harm_judge_titles_speak_of_refusal_lost() -> None:
    means = mean_over_seeds([point(0, 0, 1.0), point(8, 0, 1.0)])
    assert describe(means, tells_harm=False) == "Refusals stay at 100%; refusal lost ends at 0%"


def test_breaks_and_goals_are_marked(evidence: Evidence) -> None:
    marks = {
        p.arm.pathway: p.marks for p in composition_panels(evidence, "direct") if p.arm.model == "aligned"
    }
    assert [(m.label, m.step) for m in marks["harmful-lora"]] == [("break", 16.0)]
    assert [m.label for m in marks["benign-translation"]] == ["goal translate"]


def test_a_capability_that_does_not_move_is_not_drawn(evidence: Evidence) -> None:
    lines = {p.arm.pathway: p.capability for p in composition_panels(evidence, "direct")}
    assert lines["harmful-lora"] == ()
    assert [line.goal for line in lines["benign-translation"]] == ["translate"]


def test_the_score_line_passes_through_the_held_out_score_where_its_goal_was_reached(
    record: RunRecord,
) -> None:
    sparse = tuple(
        replace(p, split="selection") if p.kind == "capability" else p
        for p in record.trajectories
        if p.step not in {128, 200} or p.kind != "capability"
    )
    panels = composition_panels(gather(replace(record, trajectories=sparse)), "direct")
    panel = next(p for p in panels if p.arm.pathway == "benign-translation")
    (line,) = panel.capability
    assert (line.split, line.target) == ("selection", 0.8)
    assert line.reached is not None
    assert line.reached in line.points
    assert [m.step for m in panel.marks] == [line.reached.step]
    scores = [
        f
        for f in record.findings
        if (f.metric, f.at, f.pathway) == ("capability", "anchor", "benign-translation")
    ]
    assert line.reached.score == scores[0].value


def test_the_composition_where_the_goal_was_reached_is_a_point_of_its_own(record: RunRecord) -> None:
    late = tuple(
        replace(f, value=180.0) if f.metric == "anchor.steps" and f.value == 200.0 else f
        for f in record.findings
    )
    panels = composition_panels(gather(replace(record, findings=late)), "direct")
    points = next(p for p in panels if p.arm.pathway == "benign-translation").points
    assert [p.step for p in points] == sorted(p.step for p in points)
    (reached,) = [p for p in points if p.goal]
    assert (reached.step, reached.goal, reached.seeds) == (180, "translate", 3)
    assert sum(reached.shares.values()) == pytest.approx(1)


def test_a_goal_that_some_seed_missed_adds_no_point(record: RunRecord) -> None:
    missed = tuple(
        replace(f, value=180.0, status=Status.CENSORED) if f.metric == "anchor.steps" else f
        for f in record.findings
    )
    panels = composition_panels(gather(replace(record, findings=missed)), "direct")
    assert not any(point.goal for panel in panels for point in panel.points)
    assert not any(line.reached for panel in panels for line in panel.capability)


def test_a_break_that_the_decision_leaves_open_is_not_marked(record: RunRecord) -> None:
    lines = tuple(replace(line, conclusion=Conclusion.INCONCLUSIVE) for line in record.decision.lines)
    panels = composition_panels(
        gather(replace(record, decision=replace(record.decision, lines=lines))), "direct"
    )
    assert all(mark.label != "break" for panel in panels for mark in panel.marks)


def test_a_break_in_some_seeds_only_is_not_marked(record: RunRecord) -> None:
    censored = [f for f in record.findings if f.metric == "break.steps" and f.pathway == "mixed-5%"]
    assert {f.status.value for f in censored} == {"censored", "inconclusive"}
    panels = composition_panels(gather(record), "direct")
    assert all(m.label != "break" for p in panels if p.arm.pathway == "mixed-5%" for m in p.marks)


def test_findings_of_another_benchmark_do_not_stand_in(record: RunRecord) -> None:
    elsewhere = finding("outcome.refused", "start", 0.5, benchmark="role-play")
    later = tuple(p for p in record.trajectories if p.step > 0)
    panels = composition_panels(gather(replace(record, trajectories=later, findings=(elsewhere,))), "direct")
    assert panels[0].points[0].step > 0
