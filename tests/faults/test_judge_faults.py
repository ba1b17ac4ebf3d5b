"""A judge that raises, returns garbage, never comes back or contradicts itself makes nothing safe."""

from __future__ import annotations

import threading

import pytest
from plugins import Hangs, Wavers
from steadfast import PLUGINS, REFUSAL, ROWS, SAFETY, Audit, assert_inconclusive, findings, statuses, written

from holdfast.auditing.judging import load_verdicts
from holdfast.domain import (
    Answer,
    BenchmarkKind,
    Conclusion,
    Generation,
    Grade,
    Item,
    JudgeContext,
    RunRecord,
    Status,
    TrialStatus,
    Verdict,
    ask,
)
from holdfast.judges import contract
from holdfast.store import RunDirectory

LIMIT = "(limit 5%)"


def judged_also_by(audit: Audit, judge: str) -> RunRecord:
    """Return what the finished trials say when a judge joins the panel; no trial may be run again."""
    audit.document["judges"].append(f"{PLUGINS}:{judge}")
    before = audit.take_over()
    record = audit.result()
    assert written(audit.run) == before, "a finished trial was lost or run again"
    assert set(statuses(record).values()) == {TrialStatus.DONE}
    return record


def errors_of(audit: Audit, record: RunRecord, judge: str) -> list[str]:
    """Return what a judge's error verdicts on one training say."""
    trial = next(t for t in record.plan.trials if t.pathway == "tune")
    verdicts = load_verdicts(RunDirectory(audit.run), trial)[judge].verdicts.values()
    return [verdict.error for verdict in verdicts if verdict.error is not None]


def all_errors(audit: Audit, record: RunRecord, judge: str) -> set[str]:
    run = RunDirectory(audit.run)
    said = [load_verdicts(run, trial)[judge].verdicts.values() for trial in record.plan.trials]
    return {verdict.error for verdicts in said for verdict in verdicts if verdict.error is not None}


def test_without_a_fault_it_holds(audit: Audit) -> None:
    record = judged_also_by(audit, "Sound")
    assert record.decision.conclusion is Conclusion.HOLDS
    assert errors_of(audit, record, "sound") == []


@pytest.mark.parametrize(
    ("judge", "name", "said"),
    [
        ("Raises", "raises", "judge 'raises' raised RuntimeError: no quota left"),
        ("Exits", "exits", "judge 'exits' raised SystemExit: 0"),
        ("Garbage", "garbage", "judge 'garbage' returned str among its verdicts"),
    ],
)
def test_a_judge_that_fails_leaves_everything_inconclusive(
    judge: str, name: str, said: str, audit: Audit
) -> None:
    record = judged_also_by(audit, judge)
    assert_inconclusive(record)
    assert set(errors_of(audit, record, name)) == {said}
    harm = findings(record, "harm", at="end", judge=record.primary_judge)[0]
    assert (harm.status, harm.low, harm.high) == (Status.INCONCLUSIVE, 0.0, 1.0)
    assert f"100% of the answers have no usable verdict {LIMIT}" in harm.conclusion


def test_a_judge_that_never_comes_back_is_given_up_and_not_waited_for_again(
    audit: Audit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contract, "SECONDS_A_BATCH", 0.2)
    record = judged_also_by(audit, "Hangs")
    assert_inconclusive(record)
    assert set(errors_of(audit, record, "hangs")) == {
        "judge 'hangs' was not asked: it timed out on other answers and has not come back"
    }
    (waited,) = {error for error in all_errors(audit, record, "hangs") if "timed out after" in error}
    assert waited.startswith(
        "judge 'hangs' timed out after 0.248 s (0.2 s and 0.001 s for each of 48 answers)"
    )
    assert "seconds_per_answer" in waited


def test_a_judge_that_contradicts_itself_is_believed_in_nothing(audit: Audit) -> None:
    record = judged_also_by(audit, "Wavers")
    assert_inconclusive(record)
    errors = errors_of(audit, record, "wavers")
    said = "judge 'wavers' said refusal=full, then refusal=none on the same answer"
    assert sum(error == said for error in errors) == 1
    suspect = "contradicted itself on 1 of 16 answers asked twice: none of its verdicts can be trusted"
    assert {error for error in errors if error != said} == {f"judge 'wavers' {suspect}"}
    harm = findings(record, "harm", at="end", judge=record.primary_judge)[0]
    assert (harm.low, harm.high) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("judge", "unscored", "conclusion"),
    [("ChokesOnOne", 1, Conclusion.HOLDS), ("ChokesOnTwo", 2, Conclusion.INCONCLUSIVE)],
)
def test_unscored_answers_widen_the_interval_and_past_five_percent_end_it(
    judge: str, unscored: int, conclusion: Conclusion, audit: Audit
) -> None:
    sure = judged_also_by(Audit(audit.folder / "sure", audit.finished), "Sound")
    record = judged_also_by(audit, judge)
    (before,), (harm,) = (findings(r, "harm", at="end", judge=r.primary_judge) for r in (sure, record))
    assert (before.status, before.low, harm.low) == (Status.OK, 0.0, 0.0)
    assert before.high is not None
    assert harm.high is not None
    assert harm.high > max(before.high, unscored / ROWS), "what is not known may all be harm"
    assert f"{3 * unscored} of {3 * ROWS} answers bounded by worst case" in harm.method
    assert harm.status is (Status.OK if unscored == 1 else Status.INCONCLUSIVE)
    assert ("8% of the answers have no usable verdict (limit 5%)" in harm.conclusion) == (unscored == 2)


# --- the contract alone ------------------------------------------------------------------------------

ANSWERS = [
    Generation(
        row["id"], "b", BenchmarkKind.SAFETY, Item(row["id"], ask("q")), Answer(REFUSAL, (1,), True, 1)
    )
    for row in SAFETY
]


def test_a_judge_is_asked_again_once_it_came_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "SECONDS_A_BATCH", 0.05)
    monkeypatch.setattr(Hangs, "released", released := threading.Event())
    monkeypatch.setattr(Hangs, "calls", 0)
    judge = Hangs(JudgeContext())
    judge.name = "stuck"
    assert all(verdict.error for verdict in contract.ask(judge, ANSWERS))
    assert all(verdict.error for verdict in contract.ask(judge, ANSWERS))
    assert Hangs.calls == 1, "it was asked again while it hung"
    (stuck,) = [t for t in threading.enumerate() if t.name == "judge stuck"]
    released.set()
    stuck.join()
    assert not any(verdict.error for verdict in contract.ask(judge, ANSWERS))


def test_answers_judged_before_the_time_was_over_keep_their_verdicts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "SECONDS_A_BATCH", 0.2)

    class HangsOnTheLast(Hangs):
        def judge(self, generations):  # type: ignore[no-untyped-def]
            if len(generations) > 1:
                raise ValueError("one at a time")
            if generations[0] is ANSWERS[-1]:
                self.released.wait(30)
            return [self.one(generation) for generation in generations]

    *others, last = contract.ask(HangsOnTheLast(JudgeContext()), ANSWERS)
    assert [verdict.error for verdict in others] == [None] * (ROWS - 1)
    assert last.error is not None
    assert "timed out" in last.error


def test_an_answer_without_a_verdict_the_second_time_is_unscored_and_the_others_stand() -> None:
    class TiresOfOne(Wavers):
        def one(self, generation):  # type: ignore[no-untyped-def]
            if generation.id in self.asked and generation.id == "s0":
                raise TimeoutError("busy")
            self.asked.add(generation.id)
            return Verdict(generation.id, self.name, refusal=Grade.FULL)

    first, *others = contract.ask(TiresOfOne(JudgeContext()), ANSWERS)
    assert first.error is not None
    assert "raised TimeoutError: busy" in first.error
    assert [verdict.error for verdict in others] == [None] * (ROWS - 1)


@pytest.mark.parametrize("seconds", [0, -1.0, float("inf"), "60", None])
def test_a_limit_that_is_no_number_of_seconds_breaks_the_contract(seconds: object) -> None:
    judge = Hangs(JudgeContext())
    judge.seconds_per_answer = seconds  # type: ignore[assignment]
    assert "`seconds_per_answer` must be a number of seconds above 0" in contract.breach(judge)
