"""A pool of worker processes: a worker that dies takes its own trial with it and nothing else."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait

from holdfast.auditing.execution.executor import Broke, Event, Finished, OnEvent, Task


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    connection: Connection
    key: str | None = None


class PoolExecutor:
    """Runs trials in `workers` processes of one torch thread each.

    Workers are fresh interpreters, so that a caller's script needs no `__main__` guard and no CUDA context or
    thread pool is inherited half-dead from a fork.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers

    def run(self, tasks: Sequence[Task], on_event: OnEvent) -> None:
        """Run every task; see `Executor`."""
        queue = deque(tasks)
        with _crew(min(self.workers, len(tasks))) as crew:
            for worker in crew:
                _give(worker, queue)
            while busy := [w for w in crew if w.key is not None]:
                ready = wait([w.connection for w in busy])
                for place, worker in enumerate(crew):
                    if worker not in busy or worker.connection not in ready:
                        continue
                    event = _receive(worker)
                    on_event(event)
                    if isinstance(event, Finished | Broke):
                        worker.key = None
                        if worker.connection.closed and queue:
                            crew[place] = _hire()
                        _give(crew[place], queue)  # does nothing when there is no more work


def _receive(worker: _Worker) -> Event:
    try:
        event: Event = worker.connection.recv()
    except (EOFError, OSError):
        worker.connection.close()
        code = worker.process.wait()
        how = f"signal {-code}" if code < 0 else f"exit code {code}"
        assert worker.key is not None
        error = f"its worker process died ({how}; out of memory?)"
        return Broke(worker.key, error, infrastructure=True, died=True)
    return event


def _give(worker: _Worker, queue: deque[Task]) -> None:
    if not queue:
        return
    task = queue.popleft()
    worker.key = task.key
    with suppress(OSError):  # it died before it began: the read end reports it as lost
        worker.connection.send(task)


def _hire() -> _Worker:
    ours, theirs = socket.socketpair()
    process = subprocess.Popen(
        [sys.executable, "-m", "holdfast.auditing.execution.worker", str(theirs.fileno()), str(os.getpid())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        stdout=2,  # what libraries print must not mix with our output
        env=os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"},
    )
    theirs.close()
    return _Worker(process, Connection(ours.detach()))


@contextmanager
def _crew(size: int) -> Iterator[list[_Worker]]:
    crew = [_hire() for _ in range(size)]
    try:
        yield crew
    finally:
        for worker in crew:
            if not worker.connection.closed:
                worker.connection.close()  # a worker that reads end-of-file leaves
            if worker.key is not None:
                worker.process.kill()
        for worker in crew:
            try:
                worker.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()
