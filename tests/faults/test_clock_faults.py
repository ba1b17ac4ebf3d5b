"""A clock that goes backwards makes no spend negative, and changes no finding but those in seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from io import StringIO
from itertools import count

import pytest
from steadfast import Audit, same_findings

from holdfast.auditing.execution.progress import PlainLines
from holdfast.domain import RunRecord
from holdfast.store import RunDirectory, read_checkpoints


@pytest.fixture
def backwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let every clock lose a second each time it is read."""

    def losing() -> Callable[[], float]:
        readings = count(10_000, -1)
        return lambda: float(next(readings))

    with monkeypatch.context() as clocks:
        for name in ("perf_counter", "monotonic", "time", "process_time"):
            clocks.setattr(time, name, losing())
        yield


def training_for_real(audit: Audit) -> Audit:
    """Return the audit with a training that is real, so that its steps are timed."""
    audit.document["pathways"][-1] = {
        "name": "tune",
        "technique": "full",
        "corpus": {"path": "pairs.jsonl", "regime": "harmful"},
        "steps": 2,
    }
    return audit


@pytest.fixture
def forwards(audit: Audit) -> RunRecord:
    other = training_for_real(Audit(audit.folder / "forwards", audit.finished))
    other.take_over()
    return other.result()


def test_a_clock_that_goes_backwards(forwards: RunRecord, audit: Audit, backwards: None) -> None:
    record = training_for_real(audit).result()
    run = RunDirectory(audit.run)
    for trial in record.trials:
        spends = [row.spend for row in read_checkpoints(run.trial(trial.key) / "spend.parquet")]
        seconds = [spend.device_seconds for spend in spends]
        assert seconds == sorted(seconds)
        assert all(second >= 0 for second in seconds)
        assert all(spend.usd is None or spend.usd >= 0 for spend in spends)
        assert all(second >= 0 for second in trial.seconds.values())
    assert same_findings(record, forwards)
    assert not [f for f in record.findings if f.value is not None and f.value < 0]


def test_progress_tells_no_negative_time(backwards: None) -> None:
    shown = StringIO()
    progress = PlainLines(shown)
    progress.stage("trials", 2.0)
    progress.advance(1.0, "one")
    progress.advance(1.0, "two")
    assert "-" not in shown.getvalue()
    assert "(0 s, no rate yet, about 0 s left)" in shown.getvalue()
