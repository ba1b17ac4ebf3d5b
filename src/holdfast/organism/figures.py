"""Measured figures, the bounds they have to keep, and the table that shows both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure and what it has to be.

    Attributes:
        name: What was measured.
        value: What came out.
        low: Least value that will do; None if none is asked for.
        high: Greatest value that will do; None if none is asked for.
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None

    @property
    def holds(self) -> bool:
        """Whether the value lies within its bounds."""
        return (self.low is None or self.value >= self.low) and (self.high is None or self.value <= self.high)

    @property
    def wanted(self) -> str:
        """The bounds in words, empty if there are none."""
        if self.low is not None and self.high is not None:
            return f"{self.low:g} to {self.high:g}"
        return (
            f">= {self.low:g}"
            if self.low is not None
            else f"<= {self.high:g}"
            if self.high is not None
            else ""
        )


def table(figures: Sequence[Figure]) -> str:
    """Return figures as a Markdown table."""
    lines = ["| figure | measured | asked for | |", "|---|---|---|---|"]
    for figure in figures:
        mark = "" if not figure.wanted else "holds" if figure.holds else "FAILS"
        lines.append(f"| {figure.name} | {figure.value:.3g} | {figure.wanted} | {mark} |")
    return "\n".join(lines)
