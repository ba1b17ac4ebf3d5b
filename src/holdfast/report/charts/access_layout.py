"""Where each pathway stands on the accessibility map: price across, actors up, names that never collide."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from holdfast.domain import Conclusion
from holdfast.report.views import words
from holdfast.report.views.access import Entry

NOTHING = 96.0
"""Width of the lane of those that spend nothing, in pixels."""
ROW = 25.0
LANE_GAP = 14.0
_LETTER = 6.7
_MARK = 13.0
_ARROW = 20.0
_APART = 12.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A labelled price.

    Attributes:
        x: Where it stands, in pixels.
        label: Its label.
    """

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """The axis of prices, the same for all models.

    Attributes:
        low: Price at its left end, above 0.
        high: Price at its right end, above `low`.
        width: Width of the whole map, in pixels.
        unit: Unit of the prices.
    """

    low: float
    high: float
    width: float
    unit: str

    def place(self, price: float | None) -> float:
        """Return where a price stands, in pixels; without one, in the lane of those that spend nothing."""
        if price is None or price <= 0:
            return _MARK
        far = (math.log(price) - math.log(self.low)) / (math.log(self.high) - math.log(self.low))
        return NOTHING + min(max(far, 0.0), 1.0) * (self.width - NOTHING)

    def ticks(self) -> list[Tick]:
        """Return prices to label with their labels, at least 64 pixels apart."""
        first, last = math.floor(math.log10(self.low)), math.ceil(math.log10(self.high))
        few = last - first <= 3
        steps = (1.0, 2.0, 5.0) if few else (1.0,)
        prices = [m * 10.0**e for e in range(first, last + 1) for m in steps]
        chosen: list[float] = []
        for price in prices:
            # The first stays clear of what stands under the lane beside it.
            inside = self.low <= price <= self.high and self.place(price) >= NOTHING + 20
            if inside and (not chosen or self.place(price) - self.place(chosen[-1]) >= 64):
                chosen.append(price)
        return [Tick(self.place(price), _label(price, self.unit)) for price in chosen]


@dataclass(frozen=True, slots=True)
class Placed:
    """One pathway on the map.

    Attributes:
        entry: The pathway.
        x: Where its mark stands, in pixels from the left.
        y: Middle of its row, in pixels from the top.
        low: Left end of its price's interval; equal to `x` without one.
        high: Right end.
        label: Where its name begins, or ends if `leftwards`.
        leftwards: Whether the name stands left of the mark.
    """

    entry: Entry
    x: float
    y: float
    low: float
    high: float
    label: float
    leftwards: bool


@dataclass(frozen=True, slots=True)
class Lane:
    """The pathways of so many actors.

    Attributes:
        actors: Number of actors.
        top: Its upper edge, in pixels.
        bottom: Its lower edge.
    """

    actors: int
    top: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Layout:
    """The map of one model, placed.

    Attributes:
        lanes: From the most actors at the top to the fewest.
        placed: Every pathway.
        height: Height of the map, in pixels.
    """

    lanes: tuple[Lane, ...]
    placed: tuple[Placed, ...]
    height: float


def price_axis(entries: Sequence[Entry], width: float, unit: str) -> Axis:
    """Return the axis on which all prices of some entries have a place."""
    ends = [end for e in entries if e.price is not None for end in (e.price.low, e.price.value, e.price.high)]
    known = [end for end in ends if end > 0 and math.isfinite(end)]
    low, high = (min(known), max(known)) if known else (1.0, 1.0)
    return Axis(low / 1.6, high * 1.6, width, unit)


def arrange(entries: Sequence[Entry], axis: Axis) -> Layout:
    """Place the pathways of one model: each in the first row of its lane where nothing is in its way."""
    lanes: list[Lane] = []
    placed: list[Placed] = []
    top = 0.0
    for actors in sorted({entry.paid.actors for entry in entries}, reverse=True):
        rows: list[list[_Span]] = []
        members = [entry for entry in entries if entry.paid.actors == actors]
        for entry in sorted(members, key=lambda e: (e.price is not None, e.price.value if e.price else 0.0)):
            mark = _place(entry, axis)
            span = _span(mark)
            row = next((i for i, taken in enumerate(rows) if all(map(span.clears, taken))), len(rows))
            if row == len(rows):
                rows.append([])
            rows[row].append(span)
            placed.append(replace(mark, y=top + LANE_GAP / 2 + ROW * (row + 0.5)))
        bottom = top + LANE_GAP + ROW * len(rows)
        lanes.append(Lane(actors, top, bottom))
        top = bottom
    return Layout(tuple(lanes), tuple(placed), top)


@dataclass(frozen=True, slots=True)
class _Span:
    """Pixels that a pathway covers together with its name."""

    start: float
    end: float

    def clears(self, other: _Span) -> bool:
        return self.start - _APART >= other.end or self.end + _APART <= other.start


def _span(mark: Placed) -> _Span:
    length = _LETTER * len(mark.entry.arm.pathway)
    if mark.leftwards:
        return _Span(mark.label - length, _right(mark.entry, max(mark.high, mark.x)))
    return _Span(min(mark.low, mark.x - _MARK), mark.label + length)


def _place(entry: Entry, axis: Axis) -> Placed:
    """Place a pathway across; its name stands left of the mark where there is no room to the right."""
    x = axis.place(entry.price.value if entry.price else None)
    low, high = _ends(entry, axis, x)
    right, left = _right(entry, max(high, x)), min(low, x) - _MARK
    length = _LETTER * len(entry.arm.pathway)
    leftwards = right + length > axis.width and left - length >= 0
    return Placed(entry, x, 0.0, low, high, left if leftwards else right, leftwards)


def _right(entry: Entry, end: float) -> float:
    return end + _MARK + (_ARROW if arrow(entry) else 0.0)


def arrow(entry: Entry) -> bool:
    """Return whether an arrow says that the pathway did not break within what was spent."""
    return entry.conclusion is Conclusion.HOLDS and entry.price is not None


def _ends(entry: Entry, axis: Axis, x: float) -> tuple[float, float]:
    price = entry.price
    if price is None or entry.conclusion is not Conclusion.BREAKS:
        return x, x
    return (axis.place(price.low) if price.low > 0 else NOTHING), axis.place(price.high)


def _label(price: float, unit: str) -> str:
    if unit == "usd":
        return f"${price:,.0f}" if price >= 1 else f"${price:g}"
    return f"{words.number(price)} s" if unit == "device_seconds" else words.number(price)
