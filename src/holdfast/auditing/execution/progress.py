"""Progress that reads well: live on a terminal, plain lines elsewhere, silent when asked."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from typing import Protocol, TextIO

from holdfast.auditing.execution.executor import Broke, Event, Finished, Reached, Started
from holdfast.domain import Plan, TrialSpec

_RATE_AFTER_SECONDS = 3.0
"""A rate of the first moments says nothing."""
_FASTEST_SHOWN = 10.0
"""Shares of a stage a minute past which a rate says nothing."""


class Progress(Protocol):
    """Shows how an audit comes along."""

    def stage(self, name: str, total: float) -> None:
        """Begin a stage of `total` units of work."""
        ...

    def advance(self, amount: float, note: str = "") -> None:
        """Book work done; a note is shown as a line of its own."""
        ...

    def note(self, text: str) -> None:
        """Show a line."""
        ...

    def close(self) -> None:
        """End the display."""
        ...


class Silent:
    """Shows nothing."""

    def note(self, text: str) -> None:
        """See `Progress`."""

    def stage(self, name: str, total: float) -> None:
        """See `Progress`."""

    def advance(self, amount: float, note: str = "") -> None:
        """See `Progress`."""

    def close(self) -> None:
        """See `Progress`."""


class PlainLines:
    """One line a note, with the share done, the rate and the time left: for logs and pipes."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._begin = time.monotonic()
        self._name, self._total, self._done = "", 0.0, 0.0

    def stage(self, name: str, total: float) -> None:
        """See `Progress`."""
        self._begin, self._name, self._total, self._done = time.monotonic(), name, total, 0.0
        self.note(name)

    def note(self, text: str) -> None:
        """See `Progress`."""
        print(text, file=self._stream, flush=True)

    def advance(self, amount: float, note: str = "") -> None:
        """See `Progress`."""
        self._done += amount
        if not note:
            return
        elapsed = max(0.0, time.monotonic() - self._begin)  # no clock is trusted to go forward
        share = self._done / self._total if self._total else 1.0
        left = (
            f"about {max(0.0, elapsed * (1 - share) / share):.0f} s left"
            if share > 0
            else "time left unknown"
        )
        rate = (_rate(share, elapsed) if self._total else "") or "no rate yet"
        print(f"  [{share:4.0%}] {note} ({elapsed:.0f} s, {rate}, {left})", file=self._stream, flush=True)

    def close(self) -> None:
        """See `Progress`."""


class LiveBar:
    """A live bar with rate and estimated time left, on a terminal."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=True),
        )
        self._bar.start()
        self._task: object = None

    def stage(self, name: str, total: float) -> None:
        """See `Progress`."""
        self._task = self._bar.add_task(name, total=max(total, 1e-9), rate="")

    def advance(self, amount: float, note: str = "") -> None:
        """See `Progress`."""
        self._bar.advance(self._task, amount)  # type: ignore[arg-type]  # a TaskID, rich is imported lazily
        shown = self._bar.tasks[-1]
        self._bar.update(shown.id, rate=_rate(shown.percentage / 100, shown.elapsed or 0.0))
        if note:
            self.note(f"  {note}")

    def note(self, text: str) -> None:
        """See `Progress`."""
        self._bar.console.print(text, highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        """See `Progress`."""
        self._bar.stop()


def _rate(share: float, elapsed: float) -> str:
    """Return the share done a minute in words; empty where it says nothing."""
    if elapsed < _RATE_AFTER_SECONDS or share / elapsed * 60 > _FASTEST_SHOWN:
        return ""
    return f"{60 * share / elapsed:.0%} a minute"


def progress_for(stream: TextIO | None = None) -> Progress:
    """Return a live display if the stream (default: standard error) is a terminal, else plain lines."""
    stream = stream or sys.stderr
    return LiveBar() if stream.isatty() else PlainLines(stream)


class TrialProgress:
    """Turns what executors tell into progress: a trial's share grows with the steps it reached."""

    def __init__(self, plan: Plan, weights: Mapping[str, float], progress: Progress) -> None:
        self._trials = {trial.key: trial for trial in plan.trials}
        self._weights = weights
        self._booked = dict.fromkeys(weights, 0.0)
        self._progress = progress

    def __call__(self, event: Event) -> None:
        """Book one event."""
        trial = self._trials[event.key]
        match event:
            case Started():
                pass
            case Reached(step=step):
                total = trial.schedule.total_steps
                self._book(trial, min(0.95, step / total if total else 0.5), "")
            case Finished():
                self._book(trial, 1.0, f"{_label(trial)}: done")
            case Broke(error=error, infrastructure=lost):
                how = "lost, will be tried again on resume" if lost else "failed"
                self._book(trial, 1.0, f"{_label(trial)}: {how}: {error.splitlines()[0]}")

    def _book(self, trial: TrialSpec, share: float, note: str) -> None:
        amount = self._weights[trial.key] * share - self._booked[trial.key]
        if amount > 0:
            self._booked[trial.key] += amount
        self._progress.advance(max(amount, 0.0), note)


def _label(trial: TrialSpec) -> str:
    return f"{trial.model} x {trial.pathway}, seed {trial.seed}"
