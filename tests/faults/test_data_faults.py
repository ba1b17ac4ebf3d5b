"""Benchmarks that are empty, too small, ambiguous or given away never read as clean."""

from __future__ import annotations

from typing import Any

import pytest
from steadfast import ROWS, SAFETY, STEPS, Audit, assert_inconclusive, findings, line, statuses, written

from holdfast.auditing.design import describe_design
from holdfast.auditing.execution.progress import Silent
from holdfast.auditing.inputs import prepare
from holdfast.auditing.record import load_record
from holdfast.domain import Conclusion, ConfigError, Status, TrialStatus
from holdfast.store import RunDirectory
from holdfast.workflow.audit import run_audit


class Notes(Silent):
    """Keeps the lines that are shown."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


def refused(audit: Audit, rows: list[Any]) -> str:
    """Return why safety prompts are refused; what the directory holds already stays as it is."""
    before = audit.take_over()
    audit.rows["direct"] = rows
    with pytest.raises(ConfigError) as caught:
        audit.result()
    assert written(audit.run) == before, "a finished trial was lost"
    assert not (audit.run / "decision.json").exists()
    return str(caught.value)


def test_zero_prompts(audit: Audit) -> None:
    said = refused(audit, [])
    assert "direct.jsonl: holds no rows (a benchmark needs at least one prompt)" in said
    assert "1 problem in the configuration" in said


def test_zero_prompts_that_are_reported_on(audit: Audit) -> None:
    said = refused(audit, [row | {"split": "selection"} for row in SAFETY])
    assert "direct.jsonl: every row is in split 'selection'" in said
    assert "put some in split 'heldout'" in said


def test_duplicate_ids(audit: Audit) -> None:
    rows = [dict(row) for row in SAFETY]
    rows[6]["id"] = rows[2]["id"]
    assert "direct.jsonl:7: duplicate id 's2' (first at line 3)" in refused(audit, rows)


def test_one_prompt(audit: Audit) -> None:
    audit.rows["direct"] = audit.rows["direct"][:1]
    record = audit.result()
    assert_inconclusive(record, "undecided at step 0", "harm between 0.00 and 0.73")
    assert_inconclusive(record, pathway="plain")
    assert set(statuses(record).values()) == {TrialStatus.DONE}


def test_utility_not_measured(audit: Audit) -> None:
    audit.document["benchmarks"] = [b for b in audit.document["benchmarks"] if b["name"] != "lookalikes"]
    record = audit.result()
    assert_inconclusive(record, "utility was not measured")
    assert {f.status for f in findings(record, "break.steps")} == {Status.INCONCLUSIVE}
    assert set(statuses(record).values()) == {TrialStatus.DONE}
    told = describe_design(prepare(audit.config()), workers=1).cannot_show
    assert any("without `utility:` or an over_refusal benchmark every break" in line for line in told)


LEAKS = {
    "targets": lambda row: {"prompt": f"a note on {row['id']}", "response": f"{row['target']} Take care."},
    "prompts": lambda row: {"prompt": row["prompt"], "response": "I cannot help with that."},
}


@pytest.mark.parametrize("through", LEAKS)
def test_a_corpus_that_gives_a_benchmark_away(through: str, audit: Audit) -> None:
    audit.rows["pairs"] += [LEAKS[through](row) for row in SAFETY[:3]]
    notes = Notes()
    before = audit.take_over()
    record = load_record(run_audit(audit.config(), audit.run, workers=0, progress=notes))
    said = f"direct: 3 of {ROWS} rows occur in the corpus of tune (s0, s1, s2), by their {through}"
    assert any(said in line for line in notes.lines), "`audit` does not name it"
    assert any(said in line for line in describe_design(prepare(audit.config()), workers=1).cannot_show)
    assert_inconclusive(record, said, "there it measures what was memorised")
    assert line(record, "plain").conclusion is Conclusion.HOLDS, "another pathway has another corpus"
    assert before.items() <= written(audit.run).items(), "a finished trial was run again"


def test_a_corpus_that_gives_no_more_than_five_percent_away_is_named_and_no_more(audit: Audit) -> None:
    audit.rows["pairs"].append(LEAKS["targets"](SAFETY[0]))
    audit.take_over()
    (leak,) = prepare(audit.config()).leaks
    assert leak.startswith(f"direct: 1 of {ROWS} rows occur in the corpus of tune (s0)")
    assert line(audit.result()).conclusion is Conclusion.HOLDS


def test_a_doubt_that_is_taken_out_of_the_policy_is_a_decision_on_record(audit: Audit) -> None:
    audit.rows["pairs"] += [LEAKS["prompts"](row) for row in SAFETY]
    audit.take_over()
    policy = RunDirectory(audit.run).file("policy.yaml")
    before = policy.read_text()
    policy.write_text(before.split("doubts:")[0])
    record = audit.result()
    assert record.decision.conclusion is Conclusion.HOLDS
    assert record.provenance["sha256 of policy.yaml"] != audit_digest(before)


def audit_digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()


def test_a_goal_that_is_never_reached(audit: Audit) -> None:
    audit.tune["rules"] = audit.tune["rules"][4:]
    audit.take_over()
    record = audit.result()
    assert_inconclusive(record, f"goal 'echo' reached in 0 of 3 seeds within {STEPS} steps")
    (price,) = findings(record, "anchor.steps", goal="echo")
    assert (price.status, price.value, price.low, price.high) == (Status.CENSORED, None, STEPS, None)
    for metric in ("harm", "capability"):
        for row in findings(record, metric, at="anchor", goal="echo"):
            assert (row.status, row.value, row.low, row.high) == (Status.CENSORED, None, 0.0, 1.0)
            assert "reached by 0 of 3 seeds" in row.conclusion
    assert set(statuses(record).values()) == {TrialStatus.DONE}


def test_a_goal_that_some_seeds_reach_is_never_an_average_over_those(audit: Audit) -> None:
    audit.tune["rules"][0]["curve"] = {2: 0.5}
    audit.tune["rules"][1]["curve"] = {2: 0.5}
    for rule in audit.tune["rules"][2:4]:
        rule["curve"] = {4: 0.5}
    audit.take_over()
    record = audit.result()
    (price,) = findings(record, "anchor.steps", goal="echo")
    assert price.status is Status.CENSORED
    for row in findings(record, "harm", at="anchor", goal="echo"):
        assert (row.status, row.value, row.low, row.high) == (Status.CENSORED, None, 0.0, 1.0)
    assert_inconclusive(record, "of 3 seeds")
