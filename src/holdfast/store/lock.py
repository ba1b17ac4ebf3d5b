"""One audit a run directory at a time."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from holdfast.domain import RunError


@contextmanager
def run_lock(directory: Path) -> Iterator[None]:
    """Hold the directory for this process; the kernel lets go when the process dies, however it dies.

    Raises:
        RunError: If another process holds it.
    """
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise RunError(
                f"another audit is running in {directory} (process {holder})",
                next_step="wait for it, stop it, or give another directory with -o",
            ) from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
