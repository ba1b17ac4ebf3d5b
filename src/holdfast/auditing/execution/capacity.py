"""How many trials may run side by side."""

from __future__ import annotations

import os
from pathlib import Path

from holdfast.auditing.execution.executor import Executor, InProcessExecutor
from holdfast.auditing.execution.pool import PoolExecutor
from holdfast.domain import Plan

_WORKER_BYTES = 700_000_000
"""Memory a worker takes with its libraries, a small model beside it."""


def worker_count(workers: int | None, plan: Plan) -> int:
    """Return how many worker processes to use; None takes what cores and memory allow."""
    if workers is not None:
        return workers
    if plan.environment["device"] == "cuda":
        return 1  # two processes would only share the GPU's memory
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, _workers_in_memory())


def executor_for(workers: int | None, plan: Plan) -> Executor:
    """Return the executor for a number of workers; 0 runs in this process."""
    count = worker_count(workers, plan)
    return PoolExecutor(count) if count else InProcessExecutor()


def _workers_in_memory() -> int:
    return max(1, int(_available_bytes() // _WORKER_BYTES))


def _available_bytes() -> int:
    """Return the memory this process may take: what is free, or less where a control group says so."""
    limits = [_WORKER_BYTES]
    meminfo, cgroup = Path("/proc/meminfo"), Path("/sys/fs/cgroup/memory.max")
    if meminfo.exists():
        line = next(s for s in meminfo.read_text().splitlines() if s.startswith("MemAvailable"))
        limits = [int(line.split()[1]) * 1024]
    if cgroup.exists() and (text := cgroup.read_text().strip()).isdigit():
        limits.append(int(text))
    return min(limits)
