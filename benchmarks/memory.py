"""The most memory that a command and all its descendants hold at once, and which of them held it.

What processes share is divided among them (proportional set size, from /proc/<pid>/smaps_rollup), so that two
workers with the same libraries are not counted twice. Target: below 2 GB for the embedded audit on 2 workers.

    python benchmarks/memory.py [--every 0.5] [-- holdfast audit ...]

Without a command: the embedded audit, into a directory that is deleted. Linux only.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

LIMIT = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Process:
    """A process at one moment.

    Attributes:
        pid: Its number.
        parent: Its parent's number.
        command: How it was called, shortened.
    """

    pid: int
    parent: int
    command: str


@dataclass
class Peak:
    """The moment at which most was held.

    Attributes:
        total: Bytes held by all processes.
        at: Seconds since the start.
        processes: Bytes by process at that moment.
        each: The most bytes each process ever held.
    """

    total: int = 0
    at: float = 0.0
    processes: dict[Process, int] = field(default_factory=dict)
    each: dict[Process, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, at: float, held: Mapping[Process, int]) -> None:
        """Book one sample."""
        for process, size in held.items():
            self.each[process] = max(self.each[process], size)
        if sum(held.values()) > self.total:
            self.total, self.at, self.processes = sum(held.values()), at, dict(held)


def main() -> None:
    options = _options()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as directory:
        holdfast = Path(sys.executable).with_name("holdfast")
        command = options.command or [str(holdfast), "audit", "-o", f"{directory}/run"]
        begin = time.monotonic()
        with subprocess.Popen(command) as process:
            peak = _watch(process, options.every)
        seconds = time.monotonic() - begin
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"\nexit code {process.returncode}, load average {load:.1f} before the start")
    print(f"{seconds:.0f} s, and {used.ru_utime + used.ru_stime:.0f} s of processor time in all processes")
    print(f"most held at once: {peak.total / 1e6:.0f} MB, after {peak.at:.0f} s")
    print(f"{'then MB':>8} {'most MB':>8}  process")
    for member, size in sorted(peak.each.items(), key=lambda pair: -pair[1]):
        print(f"{peak.processes.get(member, 0) / 1e6:8.0f} {size / 1e6:8.0f}  {member.command}")
    print(f"below {LIMIT / 1e9:.0f} GB: {'yes' if peak.total < LIMIT else 'NO'}")
    sys.exit(process.returncode)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--every", type=float, default=0.5, help="seconds between samples")
    parser.add_argument("command", nargs="*", help="what to run instead of the embedded audit")
    return parser.parse_args()


def _watch(process: subprocess.Popen[bytes], every: float) -> Peak:
    peak, begin = Peak(), time.monotonic()
    while process.poll() is None:
        held = {member: _held(member.pid) for member in _family(process.pid)}
        peak.add(time.monotonic() - begin, held)
        time.sleep(every)
    return peak


def _family(root: int) -> list[Process]:
    """Return a process and all its descendants."""
    running = [found for path in Path("/proc").glob("[0-9]*") if (found := _process(path)) is not None]
    children: dict[int, list[Process]] = defaultdict(list)
    for process in running:
        children[process.parent].append(process)
    family = [process for process in running if process.pid == root]
    for process in family:  # grows while it is walked
        family += children[process.pid]
    return family


def _process(path: Path) -> Process | None:
    try:
        parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        words = (path / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:  # it ended while we looked
        return None
    short = [Path(word).name if word.startswith("/") else word for word in words]
    return Process(int(path.name), parent, " ".join(short)[:60].strip())


def _held(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it ended, or is about to
        return 0
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


if __name__ == "__main__":
    main()
