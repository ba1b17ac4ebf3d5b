"""Figures on a line: what a forest of dots and intervals shows, before anything is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tone(StrEnum):
    """What the colour of a figure says."""

    HIGHER = "higher"
    LOWER = "lower"
    OPEN = "open"
    """Not told apart, or no direction to speak of."""
    HARM = "harm"
    REFUSED = "refused"
    INCOHERENT = "incoherent"
    SKILL = "skill"


@dataclass(frozen=True, slots=True)
class Scale:
    """The axis that all rows of one table share.

    Attributes:
        low: Value at the left end.
        high: Value at the right end.
        ticks: Values that get a label.
        labels: The label of each.
        reference: Value marked by a line through every row; None for none.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    labels: tuple[str, ...]
    reference: float | None = None

    def place(self, value: float) -> float:
        """Return where a value stands, in percent of the width; beyond the ends it stands at the end."""
        return 100 * min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Dot:
    """One figure on a line.

    Attributes:
        value: The figure; None draws the interval alone.
        low: Lower end; None without an interval.
        high: Upper end; None without an interval.
        tone: What its colour says.
        hollow: Whether only its outline is drawn: a figure that does not stand by itself.
    """

    value: float | None
    low: float | None
    high: float | None
    tone: Tone
    hollow: bool = False


SHARES = Scale(0, 1, (0, 0.5, 1), ("0%", "50%", "100%"))
"""Rates."""

UNIT = Scale(0, 1, (0, 0.5, 1), ("0", "0.5", "1"))
"""Coefficients that lie between 0 and 1."""

DIFFERENCES = Scale(-1, 1, (-1, 0, 1), ("−100", "0", "+100"), reference=0)
"""Differences of rates, in percentage points."""

COEFFICIENTS = Scale(-1, 1, (-1, 0, 1), ("−1", "0", "1"), reference=0)
"""Coefficients of agreement."""


def direction(low: float | None, high: float | None) -> Tone:
    """Return whether an interval lies above 0, below 0, or holds it."""
    if low is None or high is None:
        return Tone.OPEN
    return Tone.HIGHER if low > 0 else Tone.LOWER if high < 0 else Tone.OPEN
