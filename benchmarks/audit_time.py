"""Where an audit's time goes: training, generation, judging, store, planning, analysis, report, start-up.

Runs an audit in one process, so that the parts add up, and prints seconds and shares. Says whether what is
neither training nor generation takes at most 15 % of the time, start-up apart. Trials tell their own parts
(the seconds of their receipts); what is read and written around them is timed where it is called.

    python benchmarks/audit_time.py [CONFIG] [--quick]

Without a configuration: the embedded audit. `--quick`: one seed of it, in which
what is done once (report, calibration) weighs three times as much.
"""

from __future__ import annotations

import time

BEGIN = time.perf_counter()

import argparse  # noqa: E402 - our own imports are part of what is measured
import functools  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
import tempfile  # noqa: E402
from collections import defaultdict  # noqa: E402
from collections.abc import Callable, Iterator, Mapping  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import yaml  # noqa: E402

import holdfast.auditing.config  # noqa: E402
import holdfast.report  # noqa: E402
import holdfast.workflow.audit  # noqa: E402
from holdfast import store  # noqa: E402
from holdfast.auditing.execution.progress import PlainLines  # noqa: E402
from holdfast.auditing.record import load_record  # noqa: E402
from holdfast.domain import Plan  # noqa: E402
from holdfast.models import use_one_thread  # noqa: E402
from holdfast.store import RunDirectory, read_record  # noqa: E402

LIMIT = 0.15
EMBEDDED = Path(holdfast.auditing.config.__file__).with_name("embedded.yaml")
PARTS = {
    "train": "training (forward, backward, optimiser)",
    "generate": "generation",
    "reference": "answers scored under the reference",
    "judging": "judging",
    "store": "store (write, read, force to disk, hash)",
    "analysis": "analysis",
    "report": "report",
    "planning": "planning",
    "start_up": "start-up (imports, loading models)",
}
STAGES = {"judging": "judging", "analysis and report": "analysis"}
GENERATION = ("generate", "reference")


class Clock(PlainLines):
    """Seconds by part. A stage's time is its own part's, but for what is booked to another meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: dict[str, float] = defaultdict(float)
        self.part = "start_up"
        self._since = BEGIN

    def turn(self, part: str) -> str:
        """Book the time up to now, and the time from now on to `part`; return the part until now."""
        now, before = time.perf_counter(), self.part
        self.seconds[before] += now - self._since
        self.part, self._since = part, now
        return before

    @contextmanager
    def meanwhile(self, part: str) -> Iterator[None]:
        """Book the time of the block to `part`."""
        before = self.turn(part)
        try:
            yield
        finally:
            self.turn(before)

    def stage(self, name: str, total: float) -> None:
        """Follow the audit from stage to stage; every other stage is that of the trials."""
        self.turn(STAGES.get(name, "trials"))
        super().stage(name, total)


def main() -> None:
    options = _options()
    use_one_thread()
    load, clock = os.getloadavg()[0], Clock()
    _follow(clock)
    with tempfile.TemporaryDirectory() as directory:
        config = options.config
        if options.quick:
            config = Path(directory) / "quick.yaml"
            config.write_text(yaml.safe_dump(yaml.safe_load(EMBEDDED.read_text()) | {"seeds": 1}))
        clock.turn("planning")
        path = Path(directory) / "run"
        holdfast.workflow.audit.run_audit(config, path, workers=0, progress=clock)
        clock.turn("analysis")
        load_record(path)  # what the command line prints is read from the files
        clock.turn("")
        seconds = _with_receipts(clock.seconds, RunDirectory(path))
    _print(seconds, load)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("config", nargs="?", type=Path, help="configuration file [the embedded audit]")
    parser.add_argument("--quick", action="store_true", help="one seed of the embedded audit")
    return parser.parse_args()


def _follow(clock: Clock) -> None:
    """Book what reads or writes a run, and the report, where it is called outside trials."""
    reads_and_writes = {
        id(function): _booked(clock, "store", function)
        for name in store.__all__
        if name.startswith(("read_", "write_")) or name == "file_digest"
        for function in (getattr(store, name),)
    }
    modules = [module for name, module in sys.modules.items() if name.startswith("holdfast")]
    for module in modules:
        for name, value in list(vars(module).items()):
            if id(value) in reads_and_writes:
                setattr(module, name, reads_and_writes[id(value)])
    setattr(RunDirectory, "verify", _booked(clock, "store", RunDirectory.verify))  # noqa: B010 - mypy
    setattr(holdfast.report, "render_html", _booked(clock, "report", holdfast.report.render_html))  # noqa: B010


def _booked(clock: Clock, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def timed(*args: Any, **named: Any) -> Any:
        if clock.part == "trials":  # trials book what they do themselves
            return function(*args, **named)
        with clock.meanwhile(part):
            return function(*args, **named)

    return timed


def _with_receipts(seconds: Mapping[str, float], run: RunDirectory) -> dict[str, float]:
    """Return seconds by part, those of the trials from their receipts."""
    result = {part: seconds.get(part, 0.0) for part in PARTS}
    rest = seconds["trials"]
    for trial in read_record(run.file("plan.json"), Plan).trials:
        for part, taken in run.record(trial).seconds.items():
            result[part] += taken
            rest -= taken
    result["store"] += rest  # hashing, receipts, moving files into place
    return result


def _print(seconds: Mapping[str, float], load: float) -> None:
    total = sum(seconds.values())
    print(f"\none process, one thread, load average {load:.1f} before the start")
    print(f"{'part':<42} {'seconds':>8} {'share':>7}")
    for part, taken in seconds.items():
        print(f"{PARTS[part]:<42} {taken:8.1f} {taken / total:7.1%}")
    print(f"{'all':<42} {total:8.1f}  ({time.process_time():.0f} s of processor time)")
    running = total - seconds["start_up"]
    neither = (running - seconds["train"] - sum(seconds[part] for part in GENERATION)) / running
    strict = neither + seconds["reference"] / running
    print(f"\nneither training nor generation, start-up apart: {neither:.1%}", end=" ")
    print(f"(with the scoring under the reference: {strict:.1%})")
    print(f"at most {LIMIT:.0%}: {'yes' if neither <= LIMIT else 'NO'}")


if __name__ == "__main__":
    main()
