"""Killed at any moment, an audit resumed gives the findings of an uninterrupted one."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from holdfast.workflow.audit import run_audit

MEASURED_TIMES = re.compile(r"device_seconds|usd")


def findings_of(run: Path) -> list[dict[str, Any]]:
    """Return the findings without measured times, which no two runs share."""
    rows = json.loads((run / "findings.json").read_text())
    return [row for row in rows if not MEASURED_TIMES.search(row["metric"])]


@pytest.fixture(scope="module")
def uninterrupted(audit_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_audit(audit_files / "audit.yaml", tmp_path_factory.mktemp("whole") / "run", workers=0)


CRASH_SITES = [
    "policy.yaml",
    "items.parquet",
    "plan.json",
    "generations-*.parquet",
    "spend.parquet",
    "sound.parquet",
    "receipt.json",
    "*.parquet",  # verdicts
    "*.json",  # their receipts
    "trajectories.parquet",
    "findings.json",
    "decision.json",
    "report.html",
    "manifest.json",
]


@pytest.fixture(scope="module")
def crashed(audit_files: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return, for each kind of file, a run killed just before such a file was there."""
    folder = tmp_path_factory.mktemp("crashed")
    script = Path(__file__).with_name("crash_at.py")
    command = [sys.executable, str(script), str(audit_files / "audit.yaml"), str(folder), *CRASH_SITES]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    assert done.stdout.split("\n")[:-1] == [f"{site} {signal.SIGKILL.value}" for site in CRASH_SITES]
    return {site: folder / str(index) for index, site in enumerate(CRASH_SITES)}


@pytest.mark.parametrize("site", CRASH_SITES)
def test_a_kill_around_any_file_loses_nothing(
    site: str, crashed: dict[str, Path], config: Path, uninterrupted: Path
) -> None:
    run_audit(config, crashed[site], workers=0)
    assert findings_of(crashed[site]) == findings_of(uninterrupted)


@pytest.mark.parametrize("kill_after_receipts", range(5))
def test_a_real_kill_loses_nothing(
    kill_after_receipts: int, config: Path, uninterrupted: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    command = [sys.executable, "-m", "holdfast.cli", "audit", str(config), "-o", str(run), "--workers", "1"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    # Killed in the trial after so many receipts: each time at another point of the audit.
    while process.poll() is None and time.monotonic() < deadline:
        if len(list(run.glob("trials/*/receipt.json"))) > 2 * kill_after_receipts:
            break
        time.sleep(0.005)
    process.kill()
    assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"
    before = {p: p.stat().st_mtime_ns for p in run.glob("trials/*/receipt.json")}
    assert before, "killed before anything was done"
    run_audit(config, run, workers=0)
    assert findings_of(run) == findings_of(uninterrupted)
    after = {p: p.stat().st_mtime_ns for p in before}
    assert after == before, "a finished trial was run again"
