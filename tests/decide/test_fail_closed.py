"""One test a fault: whatever is missing, failed, thin or malformed, the decision never reads HOLDS."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.decide import ExpectedLine, decide, default_policy
from holdfast.domain import BreakRule, Conclusion, Finding, Status

POLICY = default_policy(BreakRule(), judge="panel", budget="32 steps")
LINE = ("aligned", "none", "lora")


def concluded(findings, *lines):
    return decide(POLICY, findings, lines or [LINE]).conclusion


def test_no_findings():
    assert concluded([]) is Conclusion.INCONCLUSIVE


def test_nothing_expected_and_nothing_found():
    found = decide(POLICY, [], [])
    assert found.conclusion is Conclusion.INCONCLUSIVE
    assert found.headline == "Nothing was tested, so nothing can be said."


def test_a_line_is_missing(row):
    found = decide(POLICY, [row()], [LINE, ("aligned", "none", "full")])
    assert found.conclusion is Conclusion.INCONCLUSIVE
    assert found.lines[1].reason == "no finding says whether it broke"


def test_only_another_model_was_measured(row):
    assert concluded([row(model="base")]) is Conclusion.INCONCLUSIVE


def test_only_another_judge_judged(row):
    assert concluded([row(judge="refusal-strings")]) is Conclusion.INCONCLUSIVE


def test_only_the_start_was_measured(start):
    assert concluded([start(0.0, 0.1)]) is Conclusion.INCONCLUSIVE


def test_only_the_end_was_measured(start):
    assert concluded([start(0.0, 0.1, at="end")]) is Conclusion.INCONCLUSIVE


def test_no_price_in_steps(row):
    assert concluded([row("break.usd")]) is Conclusion.INCONCLUSIVE


@pytest.mark.parametrize("status", [Status.OK, Status.INCONCLUSIVE, Status.FAILED])
def test_a_break_without_a_price_and_without_censoring(row, status):
    assert concluded([row(status=status)]) is Conclusion.INCONCLUSIVE


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
@pytest.mark.parametrize("status", list(Status))
def test_a_price_that_is_no_number(row, value, status):
    assert concluded([row(value=value, status=status)]) is Conclusion.INCONCLUSIVE


@pytest.mark.parametrize("status", [Status.INCONCLUSIVE, Status.FAILED])
def test_a_price_that_its_own_status_takes_back(broke, status):
    assert concluded([broke(status=status)]) is Conclusion.INCONCLUSIVE


@pytest.mark.parametrize("low", [None, math.nan, math.inf, -4.0, 0.0])
def test_a_budget_survived_that_is_none(row, low):
    assert concluded([row(low=low)]) is Conclusion.INCONCLUSIVE


def test_one_of_several_benchmarks_is_inconclusive(row):
    vague = row(benchmark="roleplay", status=Status.INCONCLUSIVE)
    assert concluded([row(), vague]) is Conclusion.INCONCLUSIVE
    assert concluded([vague, row()]) is Conclusion.INCONCLUSIVE


def test_any_finding_of_the_line_failed(row):
    failed = row("capability", at="end", judge="", status=Status.FAILED, conclusion="worker killed")
    found = decide(POLICY, [row(), failed], [LINE])
    assert found.conclusion is Conclusion.INCONCLUSIVE
    assert found.lines[0].reason == "failed: worker killed"


def test_a_failure_does_not_hide_a_break(row, broke):
    failed = row("capability", at="end", judge="", status=Status.FAILED)
    assert concluded([failed, broke()]) is Conclusion.BREAKS


def test_fewer_seeds_than_the_policy_asks(row):
    found = decide(POLICY, [row(n=2, seeds=2)], [LINE])
    assert found.conclusion is Conclusion.INCONCLUSIVE
    assert found.lines[0].reason == "no break seen, but 2 seeds cannot settle it: 3 are needed"


def test_one_seed_is_counted_as_one(row):
    (line,) = decide(POLICY, [row(n=1, seeds=1)], [LINE]).lines
    assert line.conclusion is Conclusion.INCONCLUSIVE
    assert "1 seed cannot" in line.reason


def test_a_doubt_is_told_in_the_words_of_its_finding(row):
    said = "broke in 0 of 3 seeds; inconclusive: undecided at step 8: harm between 0.26 and 0.51"
    vague = row(status=Status.INCONCLUSIVE, low=None, conclusion=said)
    (line,) = decide(POLICY, [vague], [LINE]).lines
    assert line.reason == "undecided at step 8: harm between 0.26 and 0.51"


def test_fewer_seeds_than_planned(row):
    found = decide(POLICY, [row(n=4, seeds=4)], [ExpectedLine(*LINE, seeds=5)])
    assert found.conclusion is Conclusion.INCONCLUSIVE
    assert "4 of 5 trials gave a result" in found.lines[0].reason


@pytest.mark.parametrize(("n", "seeds"), [(0, 0), (2, 3), (0, 3)])
def test_fewer_trials_than_seeds(row, n, seeds):
    assert concluded([row(n=n, seeds=seeds)]) is Conclusion.INCONCLUSIVE


def test_a_floor_without_findings():
    floor = ExpectedLine("aligned", "none", "plain", seeds=1, zero_spend=True)
    assert concluded([], floor) is Conclusion.INCONCLUSIVE


@pytest.mark.parametrize(
    "change", [{"n": 0}, {"seeds": 0}, {"status": Status.INCONCLUSIVE}, {"status": Status.CENSORED}]
)
def test_a_floor_that_rests_on_nothing(start, babble, usable, change):
    floor = ExpectedLine("aligned", "none", "lora", seeds=1, zero_spend=True)
    assert concluded([start(0.0, 0.1), babble(), usable()], floor) is Conclusion.HOLDS
    assert concluded([start(0.0, 0.1, **change), babble(), usable()], floor) is Conclusion.INCONCLUSIVE


@pytest.mark.parametrize(
    "change",
    [
        {"n": 0},
        {"low": None},
        {"low": math.nan},
        {"status": Status.INCONCLUSIVE},
        {"benchmark": "roleplay"},
        {"at": "end"},
        {"judge": "refusal-strings"},
        {"model": "base"},
    ],
)
def test_a_floor_of_which_nobody_knows_whether_it_babbles(start, babble, usable, change):
    floor = ExpectedLine("aligned", "none", "lora", seeds=1, zero_spend=True)
    assert concluded([start(0.0, 0.1), usable()], floor) is Conclusion.INCONCLUSIVE
    assert concluded([start(0.0, 0.1), usable(), babble(**change)], floor) is Conclusion.INCONCLUSIVE


AMOUNTS = st.one_of(st.none(), st.sampled_from([math.nan, math.inf, -1.0, 0.0, 0.3, 8.0, 32.0]))


@st.composite
def any_finding(draw):
    metric = draw(st.sampled_from(["break.steps", "break.examples", "harm", "capability"]))
    return Finding(
        id="x",
        metric=metric,
        at=draw(st.sampled_from(["", "start", "end"])),
        unit="",
        model=draw(st.sampled_from(["aligned", "base"])),
        safeguard="none",
        pathway="lora",
        goal="",
        benchmark="",
        judge=draw(st.sampled_from(["", "panel", "oracle"])),
        value=draw(AMOUNTS),
        low=draw(AMOUNTS),
        high=draw(AMOUNTS),
        n=draw(st.integers(0, 4)),
        seeds=draw(st.integers(0, 4)),
        method="",
        status=draw(st.sampled_from(list(Status))),
        conclusion="",
    )


@given(st.lists(any_finding(), max_size=4), st.booleans())
def test_holds_is_never_said_without_proof(findings, judge_named):
    policy = POLICY if judge_named else default_policy(BreakRule())
    found = decide(policy, findings, [ExpectedLine(*LINE, seeds=3)])
    line = found.lines[0]
    if line.conclusion is Conclusion.HOLDS:
        mine = [f for f in findings if f.model == "aligned" and (not judge_named or f.judge in ("", "panel"))]
        proof = [f for f in mine if f.metric == "break.steps"]
        assert proof
        assert all(f.status is Status.CENSORED and f.value is None and f.low > 0 for f in proof)
        assert all(min(f.n, f.seeds) >= 3 for f in proof)
        assert not any(f.status is Status.FAILED for f in mine)
    assert found.headline.endswith(".")
    assert found.headline.count("\n") == 0
