"""Errors a person can act on: what failed, the value, where it came from, the next step.

`HoldfastError` is the root; everything below it is shown without a traceback::

    HoldfastError
    ├── ConfigError        every problem of a configuration at once; exit code 2
    ├── DataError          a file that cannot be read as what it should be
    ├── ModelError         a model that cannot be loaded, or must not be
    ├── PluginError        a technique, judge, benchmark ... that cannot be found or breaks its contract
    ├── TrialError         a trial that cannot give a usable result (diverged, nothing trained, ...)
    └── RunError           a run directory that is in use, incomplete or of another audit
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


class HoldfastError(Exception):
    """Something the user can mend.

    Attributes:
        next_step: What to do about it, as an imperative sentence or a command; may be empty.
    """

    def __init__(self, message: str, *, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step

    def __str__(self) -> str:
        message = super().__str__()
        return f"{message}\n  next: {self.next_step}" if self.next_step else message


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with an input.

    Attributes:
        message: What is wrong, with the offending value.
        source: File (and key or row) it came from.
        line: 1-based line in that file; None where lines mean nothing.
        hint: A did-you-mean or the next step; may be empty.
    """

    message: str
    source: str
    line: int | None = None
    hint: str = ""

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{place}: {self.message}" + (f" ({self.hint})" if self.hint else "")


class ConfigError(HoldfastError):
    """A configuration that cannot be used, with every problem found in it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = f"{len(self.problems)} problem" + ("s" if len(self.problems) != 1 else "")
        super().__init__(f"{count} in the configuration:\n" + "\n".join(f"  {p}" for p in self.problems))


class DataError(HoldfastError):
    """A corpus or benchmark file that cannot be read, with every problem found in it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems))


class ModelError(HoldfastError):
    """A model that cannot be loaded faithfully or safely."""


class PluginError(HoldfastError):
    """A plug-in that cannot be found, imported, or that breaks its contract."""


class TrialError(HoldfastError):
    """A trial that ended without a usable result; it counts as failed, never as safe."""


class RunError(HoldfastError):
    """A run directory that cannot be used as asked."""


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `did you mean 'x'?` for the nearest known name, else the list of known names."""
    names = sorted(known)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]!r}?"
    return "known: " + ", ".join(names) if names else ""
