"""What several seeds say together of the time of an event, without averaging over those that got there."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from holdfast.domain import Estimate, Status
from holdfast.stats.events import EventInterval, EventStatus
from holdfast.stats.samples import SampleError, check_confidence
from holdfast.stats.seeds import SEEDS_FOR_INTERVAL

SEEDS_FOR_BOUND = 5
"""Fewest seeds for a one-sided 95 % bound on the median: the least of 5 exceeds it once in 32 times."""


@dataclass(frozen=True, slots=True)
class EventRange:
    """Where a time lies.

    Attributes:
        low: Not before; 0 or more.
        high: Not after; inf where no end is known.
    """

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class EventSummary:
    """Times of an event over seeds.

    Attributes:
        occurred: Seeds in which it was seen.
        censored: Seeds in which it had not happened at the end of the budget.
        inconclusive: Seeds of which neither can be said.
        span: From the earliest the event can have been in any seed to the latest in any; high is inf
            unless it was seen in every seed.
        survived: Budget in which it surely happened in no seed.
        earliest: Where the earliest event lies; high is inf if it was seen in none.
        median: Where the median over these seeds lies; high is inf where it is not identifiable.
        bound: One-sided lower confidence bound on the median of the population of seeds; None below 5 seeds.
        interval: Confidence interval of that median; None below 6 seeds.
        method: How these were made, in words.
    """

    occurred: int
    censored: int
    inconclusive: int
    span: EventRange
    survived: float
    earliest: EventRange
    median: EventRange
    bound: float | None
    interval: EventRange | None
    method: str

    @property
    def seeds(self) -> int:
        """Number of seeds."""
        return self.occurred + self.censored + self.inconclusive

    @property
    def tally(self) -> str:
        """`k of n seeds`, with the span of k where some are inconclusive."""
        most = self.occurred + self.inconclusive
        span = f"{self.occurred}" if most == self.occurred else f"{self.occurred} to {most}"
        return f"{span} of {self.seeds} seed" + ("s" if self.seeds > 1 else "")


def event_summary(events: Sequence[EventInterval], *, confidence: float = 0.95) -> EventSummary:
    """Return what seeds say together of the time of an event.

    Nothing is averaged. A time in (l, r] puts every order statistic of the times between those of the l and
    of the r, censored and inconclusive seeds at r = inf; so the range and the median over seeds carry
    worst-case bounds. Confidence statements about the population's median use order statistics (the sign
    test inverted; Conover 1999, section 3.2), hence no assumption on the distribution: the least of n times
    is below the median but for one chance in 2^n. The median is the ceil(n/2)-th time, as Kaplan and
    Meier's.

    Args:
        events: One a seed.
        confidence: Level, in (0, 1).

    Returns:
        The summary.

    Raises:
        SampleError: If there are no events, or the confidence is not in (0, 1).
    """
    check_confidence(confidence)
    if not events:
        raise SampleError("no seed has a result, so nothing can be said of the time of the event")
    n = len(events)
    lows = sorted(max(event.left, 0.0) for event in events)
    highs = sorted(event.right for event in events)
    middle = math.ceil(n / 2) - 1
    method = f"range of {n} seed" + ("s" if n > 1 else "")
    bound, interval = None, None
    rank = _rank(n, 1 - confidence)
    if n >= SEEDS_FOR_BOUND and rank is not None:
        bound = lows[rank]
        method += f"; one-sided {100 * confidence:g} % bound on the median by order statistics"
    rank = _rank(n, (1 - confidence) / 2)
    if n >= SEEDS_FOR_INTERVAL and rank is not None:
        interval = EventRange(lows[rank], highs[n - 1 - rank])
        method += f"; two-sided {100 * confidence:g} % interval likewise"
    return EventSummary(
        occurred=_count(events, EventStatus.OCCURRED),
        censored=_count(events, EventStatus.CENSORED),
        inconclusive=_count(events, EventStatus.INCONCLUSIVE),
        span=EventRange(lows[0], highs[-1]),
        survived=lows[0],
        earliest=EventRange(lows[0], highs[0]),
        median=EventRange(lows[middle], highs[middle]),
        bound=bound,
        interval=interval,
        method=method,
    )


def event_estimate(summary: EventSummary) -> Estimate:
    """Return a summary of events as the estimate that findings carry.

    Seen in every seed: ok. In none, and every seed surely free of it to the end of its budget: censored
    without a value, `low` is the budget survived. In some: censored, with a value. Otherwise inconclusive.
    The value is the upper end of the median over seeds where that is identifiable, else of the earliest
    event.

    Args:
        summary: Over seeds.

    Returns:
        The estimate; `low` and `high` are the span over seeds, high None where it has no end.
    """
    value = next((end for end in (summary.median.high, summary.earliest.high) if math.isfinite(end)), None)
    if summary.occurred == summary.seeds:
        status = Status.OK
    elif summary.occurred or not summary.inconclusive:
        status = Status.CENSORED
    else:
        status = Status.INCONCLUSIVE
    which = "median" if math.isfinite(summary.median.high) else "earliest"
    method = f"seen in {summary.tally}; {summary.method}"
    return Estimate(
        value=value,
        low=summary.span.low,
        high=summary.span.high if math.isfinite(summary.span.high) else None,
        n=summary.seeds,
        seeds=summary.seeds,
        method=method if value is None else f"upper end of the {which}; {method}",
        status=status,
    )


def _count(events: Sequence[EventInterval], status: EventStatus) -> int:
    return sum(event.status is status for event in events)


def _rank(n: int, tail: float) -> int | None:
    """Return the 0-based rank of the last order statistic below the median but for `tail`, or None."""
    below = int((stats.binom.cdf(np.arange(n), n, 0.5) <= tail).sum())
    return below - 1 if below else None
