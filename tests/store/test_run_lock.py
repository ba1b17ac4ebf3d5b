"""One audit a directory at a time, and no lock that outlives its holder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from holdfast.domain import RunError
from holdfast.store import run_lock

HOLD = (
    "import sys, time; from pathlib import Path; from holdfast.store import run_lock\n"
    "with run_lock(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(60)"
)


def test_a_held_directory_is_refused_until_its_holder_is_killed(tmp_path: Path) -> None:
    holder = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(RunError, match=f"process {holder.pid}") as caught, run_lock(tmp_path):
            pass
        assert str(tmp_path) in str(caught.value)
        assert "-o" in caught.value.next_step
    finally:
        os.kill(holder.pid, signal.SIGKILL)
        holder.communicate()
    with run_lock(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())


def test_a_lock_is_let_go_when_the_work_fails(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="boom"), run_lock(tmp_path):
        raise ValueError("boom")
    with run_lock(tmp_path), pytest.raises(RunError), run_lock(tmp_path):
        pass
