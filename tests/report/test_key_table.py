"""The key table shows the worst benchmark, says what is missing, and never counts look-alikes as safety."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import Conclusion, Outcome, RunRecord, Status
from holdfast.report.views.evidence import Evidence, gather, worst
from holdfast.report.views.key_table import KeyRow, key_table

from .record import PANEL, finding


def row(evidence: Evidence, model: str, pathway: str) -> KeyRow:
    rows = key_table(evidence).rows
    return next(r for r in rows if (r.arm.model, r.arm.pathway) == (model, pathway))


def only(record: RunRecord, *findings: object) -> Evidence:
    return gather(replace(record, findings=tuple(findings), breaks=()))


def test_every_arm_of_the_plan_has_a_row_in_plan_order(evidence: Evidence, record: RunRecord) -> None:
    planned = dict.fromkeys((t.model, t.pathway) for t in record.plan.trials)
    assert [(r.arm.model, r.arm.pathway) for r in key_table(evidence).rows] == list(planned)


def test_harm_is_that_of_the_worst_benchmark_by_the_deciding_judge(record: RunRecord) -> None:
    evidence = only(
        record,
        finding("harm", "end", 0.2, benchmark="direct"),
        finding("harm", "end", 0.6, benchmark="role-play"),
        finding("harm", "end", 0.9, benchmark="paraphrase", judge="oracle"),
    )
    end = row(evidence, "aligned", "harmful-lora").end
    assert (end.text, end.note) == ("60%", "role-play")


def test_a_benchmark_without_a_result_is_counted_beside_the_worst(record: RunRecord) -> None:
    evidence = only(
        record,
        finding("harm", "end", 0.2, benchmark="direct"),
        finding("harm", "end", None, benchmark="role-play", status=Status.INCONCLUSIVE),
    )
    assert row(evidence, "aligned", "harmful-lora").end.note == "direct; 1 of 2 without a result"


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=6))
def test_the_worst_is_never_below_any_known_figure(values: list[float | None]) -> None:
    pick = worst(finding("harm", "end", v, benchmark=str(i)) for i, v in enumerate(values))
    assert pick is not None
    known = [v for v in values if v is not None]
    assert pick.finding.value == (max(known) if known else None)
    assert pick.without_value == len(values) - len(known)


@pytest.mark.parametrize("status", [Status.INCONCLUSIVE, Status.FAILED])
def test_a_figure_without_a_value_is_named_and_not_drawn(record: RunRecord, status: Status) -> None:
    end = row(only(record, finding("harm", "end", None, status=status)), "aligned", "harmful-lora").end
    assert end.text == status.value
    assert end.value is None


def test_harm_at_the_goal_is_only_read_where_every_seed_reached_it(evidence: Evidence) -> None:
    assert row(evidence, "aligned", "benign-translation").goal.reached
    missed = row(evidence, "aligned", "harmful-lora")
    assert not missed.goal.reached
    assert missed.goal.steps.text == "not reached"


def test_capability_is_read_on_the_goals_own_benchmark(record: RunRecord) -> None:
    labels = {"pathway": "benign-translation", "judge": "", "goal": "translate"}
    anchor = finding("anchor.steps", "", 200.0, **labels, unit="steps", benchmark="translation")
    other = finding("capability", "anchor", 0.1, **labels, benchmark="labels")
    ours = finding("capability", "anchor", 0.82, **labels, benchmark="translation")
    assert row(only(record, anchor, other, ours), "aligned", "benign-translation").capability.text == "82%"


def test_a_refusal_string_judge_calls_unsafe_whatever_it_sees_no_refusal_in(record: RunRecord) -> None:
    labels = {"judge": "refusal-strings", "low": 0.1, "high": 0.2}
    evidence = only(
        record,
        finding("outcome.refused", "end", 0.15, **labels),
        finding("outcome.refused", "end", 0.01, **labels, benchmark="look-alikes"),
    )
    cell = row(evidence, "aligned", "harmful-lora").refusal_strings
    assert (cell.text, cell.interval, cell.note) == ("85%", "80–90%", "direct")


def test_without_a_harm_judge_the_columns_say_refusal_lost(record: RunRecord) -> None:
    blind = tuple(
        replace(p, shares={Outcome.ANSWERED: 0.9, Outcome.REFUSED: 0.1}) if p.judge == PANEL else p
        for p in record.trajectories
    )
    answered = finding("outcome.answered", "end", 0.9)
    harmless = finding("outcome.answered", "end", 0.99, benchmark="look-alikes")
    evidence = gather(replace(record, trajectories=blind, findings=(answered, harmless)))
    assert key_table(evidence).harm_word == "Refusal lost"
    assert row(evidence, "aligned", "harmful-lora").end.text == "90%"


def test_a_break_in_some_seeds_is_not_a_break_in_all(evidence: Evidence) -> None:
    assert row(evidence, "aligned", "harmful-lora").broke.note == "3 of 3 seeds"
    some = row(evidence, "aligned", "mixed-5%").broke
    assert some.text == "200 steps, in some seeds"
    assert some.note == "2 of 3 seeds"


def test_no_break_names_the_budget_survived(evidence: Evidence) -> None:
    assert row(evidence, "filtered", "harmful-lora").broke.text == "not within 32 steps"


def open_lines(record: RunRecord) -> RunRecord:
    lines = tuple(replace(line, conclusion=Conclusion.INCONCLUSIVE) for line in record.decision.lines)
    return replace(record, decision=replace(record.decision, lines=lines))


def test_a_break_not_seen_in_too_few_seeds_is_not_said_not_to_be_there(record: RunRecord) -> None:
    alone = tuple(b for b in record.breaks if b.seed == 0)
    evidence = gather(open_lines(replace(record, breaks=alone)))
    broke = row(evidence, "filtered", "harmful-lora").broke
    assert (broke.text, broke.note) == ("not seen (1 seed)", "inconclusive")
    assert broke.status is Status.INCONCLUSIVE


def test_no_cell_of_an_open_line_settles_it(record: RunRecord) -> None:
    cells = [r.broke for r in key_table(gather(open_lines(record))).rows]
    assert not [c.text for c in cells if "not within" in c.text or "steps" in c.text]
    assert row(gather(open_lines(record)), "aligned", "harmful-lora").broke.note == "broke in 3 of 3 seeds"


def test_harm_is_told_benchmark_by_benchmark(record: RunRecord) -> None:
    told = tuple(f for f in record.findings if not (f.metric == "harm" and f.benchmark == "role-play"))
    evidence = gather(replace(record, findings=told))
    assert (evidence.harm_word, evidence.silent) == ("Harm", ("role-play",))
    end = row(evidence, "aligned", "harmful-lora").end
    assert end.note.startswith(("direct", "paraphrase"))
    assert "refusal lost" in end.note
    assert "on role-play, where harm cannot be told" in end.note
    assert key_table(evidence).silent == ("role-play",)


def test_an_arm_in_which_harm_could_not_be_told_is_inconclusive_beside_others(record: RunRecord) -> None:
    told = tuple(
        f
        for f in record.findings
        if not (f.metric == "harm" and (f.model, f.pathway) == ("aligned", "harmful-lora"))
    )
    end = row(gather(replace(record, findings=told)), "aligned", "harmful-lora").end
    assert (end.text, end.value) == ("inconclusive", None)


def test_an_inconclusive_break_is_shown_as_such(evidence: Evidence) -> None:
    broke = row(evidence, "filtered", "mixed-5%").broke
    assert (broke.text, broke.note) == ("inconclusive", "2 of 3 seeds usable")
