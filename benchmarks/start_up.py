"""How long `holdfast --help` takes beside a program that typer makes of one function.

The two take turns, so that whatever else the machine does weighs on both alike. Prints the median seconds of
each, wall clock and processor time, and their ratio (target: at most 2).

    python benchmarks/start_up.py [--runs 21]
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

TARGET = 2.0
BARE = '''
import typer

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def audit(config: str = typer.Argument("", help="Configuration file.")) -> None:
    """Do nothing."""


if __name__ == "__main__":
    app()
'''


def main() -> None:
    options = _options()
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as directory:
        bare = Path(directory) / "bare.py"
        bare.write_text(BARE, encoding="utf-8")
        programs = {
            "bare typer": [sys.executable, str(bare), "--help"],
            "holdfast": [sys.executable, "-m", "holdfast.cli", "--help"],
        }
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in programs}
        for number in range(options.runs + 1):
            for name, command in programs.items():
                seconds = _run(command)
                if number:  # the first of each warms the file cache
                    taken[name].append(seconds)
    walls, processors = (
        {name: median(pair[place] for pair in pairs) for name, pairs in taken.items()} for place in (0, 1)
    )
    print(f"medians of {options.runs} runs each, load average {load:.1f}")
    print(f"{'program':<12} {'wall s':>8} {'cpu s':>8}")
    for name in programs:
        print(f"{name:<12} {walls[name]:8.3f} {processors[name]:8.3f}")
    ratio = processors["holdfast"] / processors["bare typer"]
    print(f"{'ratio':<12} {walls['holdfast'] / walls['bare typer']:8.2f} {ratio:8.2f}")
    print(f"at most {TARGET:g} times a bare typer program: {'yes' if ratio <= TARGET else 'NO'}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=21, help="runs of each program")
    return parser.parse_args()


def _run(command: Sequence[str]) -> tuple[float, float]:
    """Return the wall clock and the processor seconds of a command."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


if __name__ == "__main__":
    main()
