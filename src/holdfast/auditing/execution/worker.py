"""A worker process: one torch thread, one trial at a time, gone when its parent is."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time
from multiprocessing.connection import Connection

_PR_SET_PDEATHSIG = 1


def die_with_parent(parent: int) -> None:
    """Make this process exit when the process `parent` does, even if that was killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:  # it died before we asked to be told
        os._exit(1)


def _watch(parent: int) -> None:
    # Where there is no death signal, an orphan is seen by its new parent.
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def main() -> None:
    """Serve trials from the connection whose file descriptor is the first argument."""
    die_with_parent(int(sys.argv[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    connection = Connection(int(sys.argv[1]))

    from holdfast.auditing.execution.executor import attempt
    from holdfast.models import use_one_thread

    use_one_thread()
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError):  # the parent is gone
        while (task := connection.recv()) is not None:
            attempt(task, connection.send)


if __name__ == "__main__":
    main()
