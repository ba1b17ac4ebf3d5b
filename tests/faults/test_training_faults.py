"""A training that breaks down is failed or lost, by name; the other trials are kept, and nothing holds."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from pathlib import Path

from steadfast import (
    PLUGINS,
    Audit,
    assert_inconclusive,
    findings,
    same_findings,
    statuses,
    written,
)

from holdfast.auditing.inputs import prepare
from holdfast.auditing.record import load_record
from holdfast.domain import Conclusion, RunRecord, Status, TrialStatus

REAL = {"name": "tune", "corpus": {"path": "pairs.jsonl", "regime": "harmful"}, "steps": 2}


def trained_by(audit: Audit, **pathway: object) -> RunRecord:
    """Return what becomes of a training; the trials of the other pathways must be left alone."""
    audit.document["pathways"][-1] = REAL | pathway
    before = audit.take_over()
    record = audit.result()
    assert before.items() <= written(audit.run).items(), "a finished trial was lost or run again"
    return record


def errors(record: RunRecord) -> dict[int, str]:
    """Return what became of each seed's training that gave no result."""
    ended = [trial for trial in record.trials if trial.pathway == "tune"]
    return {trial.seed: trial.error for trial in ended if trial.status is not TrialStatus.DONE}


def test_a_loss_that_is_no_number(audit: Audit) -> None:
    record = trained_by(audit, technique=f"{PLUGINS}:NanLoss", learning_rate=1e-4)
    assert_inconclusive(record, "the trial gave no result")
    assert errors(record) == {
        1: "diverged at step 2: loss nan, gradient norm nan\n  next: lower learning_rate (now 0.0001)"
    }
    (end,) = findings(record, "harm", at="end", judge=record.primary_judge)
    assert (end.status, end.seeds) == (Status.INCONCLUSIVE, 2)
    assert "1 of 3 trials gave no result" in end.conclusion


def test_a_loss_that_a_technique_does_not_look_at(audit: Audit) -> None:
    record = trained_by(audit, technique=f"{PLUGINS}:LosesItsLoss")
    assert_inconclusive(record, "failed")
    assert set(errors(record).values()) == {
        "diverged by step 2: the training loss is nan\n  next: lower learning_rate"
    }


def test_a_technique_that_stops_without_a_word(audit: Audit) -> None:
    record = trained_by(audit, technique=f"{PLUGINS}:StopsEarly")
    assert_inconclusive(record, "failed")
    assert all("gave checkpoints at steps [0, 1], not at [0, 1, 2]" in e for e in errors(record).values())


def test_a_training_that_diverges_to_infinity(audit: Audit) -> None:
    record = trained_by(audit, technique="full", learning_rate=1e30)
    assert_inconclusive(record, "failed")
    assert len(errors(record)) == 3
    assert all("diverged at step" in e and "next: lower learning_rate" in e for e in errors(record).values())


def test_a_training_that_diverges_to_gibberish(audit: Audit) -> None:
    record = trained_by(audit, technique="full", learning_rate=1.0)
    assert errors(record) == {}
    (babble,) = findings(
        record, "outcome.incoherent", at="end", benchmark="direct", judge=record.primary_judge
    )
    assert babble.low is not None
    assert babble.low > 0.5
    assert_inconclusive(record, "incoherent", "neither safe nor harmful")


def test_a_worker_that_is_killed(audit: Audit) -> None:
    audit.take_over()
    for trial in prepare(audit.config()).plan.trials:
        if trial.pathway == "tune":
            shutil.rmtree(audit.run / "trials" / trial.key)
    kept = written(audit.run)
    killer = threading.Thread(target=kill_the_worker_after_one_trial, args=(audit.run,))
    killer.start()
    record = audit.result(workers=1)
    killer.join()
    (lost,) = [place for place, status in statuses(record).items() if status is TrialStatus.LOST]
    assert f"its worker process died (signal {signal.SIGKILL.value}" in errors(record)[lost[1]]
    assert_inconclusive(record, "the trial gave no result")
    done = {path: when for path, when in written(audit.run).items() if path.name != "lost.json"}
    assert kept.items() < done.items()

    again = audit.result()  # the same command goes on from there
    assert again.decision.conclusion is Conclusion.HOLDS
    assert audit.finished is not None
    assert same_findings(again, load_record(audit.finished))
    assert done.items() < written(audit.run).items(), "a finished trial was run again"


def kill_the_worker_after_one_trial(run: Path) -> None:
    """Kill this process's only worker, as soon as it has left one more trial and begun the next."""
    before = len(list(run.glob("trials/*/receipt.json")))
    deadline = time.monotonic() + 60
    while len(list(run.glob("trials/*/receipt.json"))) == before and time.monotonic() < deadline:
        time.sleep(0.002)
    for child in Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)
