"""Executors: a dead worker takes its trial and nothing else; workers die with their parent."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from holdfast.auditing.execution.executor import Broke, Event, Finished, Reached, Started
from holdfast.auditing.execution.pool import PoolExecutor
from holdfast.auditing.execution.trial import TrialTask
from holdfast.auditing.inputs import prepare
from holdfast.domain import TrialStatus
from holdfast.store import RunDirectory
from holdfast.workflow.audit import run_audit

PLUGINS = textwrap.dedent(
    """
    import os, signal
    from holdfast.techniques.full import Full

    class Suicidal(Full):
        "Kills its own process at the first step, as the kernel does when memory runs out."
        def run(self, trial):
            os.kill(os.getpid(), signal.SIGKILL)
            yield from ()

    class Faulty(Full):
        "Raises what no one expects."
        def run(self, trial):
            raise RuntimeError("the plug-in has a bug")
            yield from ()
    """
)


@pytest.fixture
def faulty_config(audit_files: Path, request: pytest.FixtureRequest) -> Path:
    (audit_files / "plugins.py").write_text(PLUGINS)
    text = (
        (audit_files / "audit.yaml")
        .read_text()
        .replace("technique: full", f"technique: plugins.py:{request.param}")
    )
    path = audit_files / f"{request.param}.yaml"
    path.write_text(text)
    return path


def statuses(run: Path) -> dict[str, set[TrialStatus]]:
    """Return how the trials of each pathway ended."""
    directory = RunDirectory(run)
    from holdfast.auditing.record import load_record

    found: dict[str, set[TrialStatus]] = {}
    for trial in load_record(run).trials:
        found.setdefault(trial.pathway, set()).add(trial.status)
    assert directory.path.exists()
    return found


@pytest.mark.parametrize("faulty_config", ["Suicidal"], indirect=True)
def test_a_dead_worker_loses_its_trial_and_only_that(faulty_config: Path, tmp_path: Path) -> None:
    run = run_audit(faulty_config, tmp_path / "run", workers=2)
    found = statuses(run)
    assert found.pop("benign-full") == {TrialStatus.LOST}
    assert set().union(*found.values()) == {TrialStatus.DONE}
    assert "holds" not in (run / "decision.json").read_text().split('"benign-full"')[1].split("}")[0]


@pytest.mark.parametrize("faulty_config", ["Suicidal"], indirect=True)
def test_a_lost_trial_is_tried_again_on_resume(faulty_config: Path, tmp_path: Path) -> None:
    run = run_audit(faulty_config, tmp_path / "run", workers=1)
    lost = list(run.glob("trials/*/lost.json"))
    assert len(lost) == 2
    before = {p: p.stat().st_mtime_ns for p in lost}
    run_audit(faulty_config, run, workers=1)
    assert all(p.stat().st_mtime_ns > before[p] for p in lost)


@pytest.mark.parametrize("faulty_config", ["Faulty"], indirect=True)
def test_an_error_stays_failed_and_visible_on_resume(faulty_config: Path, tmp_path: Path) -> None:
    run = run_audit(faulty_config, tmp_path / "run", workers=0)
    assert statuses(run)["benign-full"] == {TrialStatus.FAILED}
    receipts = {p: p.stat().st_mtime_ns for p in run.glob("trials/*/receipt.json")}
    run_audit(faulty_config, run, workers=0)
    assert {p: p.stat().st_mtime_ns for p in receipts} == receipts
    report = (run / "report.html").read_text()
    assert "the plug-in has a bug" in report


def test_every_trial_ends_in_one_event(config: Path, tmp_path: Path) -> None:
    prepared = prepare(config)
    run = RunDirectory(tmp_path)
    tasks = [
        TrialTask(t, prepared.plan.audit, prepared.benchmarks, run.begin_attempt(t.key), "cpu")
        for t in prepared.plan.trials[:4]
    ]
    events: list[Event] = []
    PoolExecutor(2).run(tasks, events.append)
    for task in tasks:
        mine = [e for e in events if e.key == task.trial.key]
        assert isinstance(mine[0], Started)
        assert isinstance(mine[-1], Finished)
        assert all(isinstance(e, Reached) for e in mine[1:-1])
    assert not any(isinstance(e, Broke) for e in events)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_die_with_their_parent(config: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "holdfast.cli",
        "audit",
        str(config),
        "-o",
        str(tmp_path / "run"),
        "--workers",
        "2",
    ]
    parent = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    children = wait_for(lambda: children_of(parent.pid) if len(children_of(parent.pid)) == 2 else [])
    assert len(children) == 2
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    assert wait_for(lambda: not any(alive(child) for child in children)), "a worker outlived its parent"


def wait_for(condition, seconds: float = 60.0):  # type: ignore[no-untyped-def]
    """Return the condition's first true value within some seconds, else its last."""
    deadline = time.monotonic() + seconds
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value


def children_of(pid: int) -> list[int]:
    try:
        return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except FileNotFoundError:
        return []


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False
