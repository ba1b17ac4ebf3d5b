"""Whether two arms break at different spend: a log-rank test of times known within intervals only."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, islice

import numpy as np

from holdfast.stats.events import EventInterval, EventStatus
from holdfast.stats.samples import FloatArray, SampleError
from holdfast.stats.seeds import SEEDS_FOR_INTERVAL
from holdfast.stats.survival import turnbull

EXACT_DIVISIONS = 100_000
"""Divisions of the seeds into two arms are enumerated up to this many, and drawn at random beyond."""

_CHUNK = 10_000


@dataclass(frozen=True, slots=True)
class LogRankTest:
    """A test of equal times.

    Attributes:
        statistic: Standardised; positive where the second arm has its events earlier. 0 where all times look
            alike.
        p: Two-sided permutation p-value; None below 6 seeds in an arm, and where inconclusive seeds leave
            open which arm is earlier.
        smallest_p: Smallest p-value that so many seeds can give.
        method: How it was made, in words.
    """

    statistic: float
    p: float | None
    smallest_p: float
    method: str


def log_rank(first: Sequence[EventInterval], second: Sequence[EventInterval]) -> LogRankTest:
    """Return whether events come earlier in one arm than in the other.

    Sun's log-rank scores (1996, Stat. Med. 15:1387, as written in Fay and Shaw 2010, J. Stat. Softw. 36(2),
    eq. 7) on the pooled estimate of `turnbull`; with exact and right-censored times they are the log-rank
    test's own. The p-value counts divisions of the seeds into two arms of these sizes whose sum of scores
    lies at least as far from 0: all of them up to `EXACT_DIVISIONS`, else that many drawn with a fixed seed.

    The permutation is exact if, under equal times, an arm's label says nothing on when its seeds were looked
    at. Arms that share seed numbers are trained apart, so seeds are taken as independent between arms; if a
    seed's luck carries over, the test errs towards no difference. A censored seed counts as censored without
    a reason; an inconclusive one may have broken at once or never: the test is made with those of one arm
    early and of the other never, and the other way round, and the weaker p-value is given.

    Args:
        first: Events of one arm, one a seed.
        second: Events of the other.

    Returns:
        The test.

    Raises:
        SampleError: If an arm has no seeds.
    """
    if not first or not second:
        raise SampleError(f"{len(first)} and {len(second)} seeds: a log-rank test needs some in each arm")
    smallest = _smallest_p(len(first), len(second))
    statistic = _statistic(_scores((*first, *second)), len(second))
    method = f"log-rank test (Sun's scores) of {len(first)} and {len(second)} seeds"
    if doubtful := sum(event.status is EventStatus.INCONCLUSIVE for event in (*first, *second)):
        method += f", {doubtful} inconclusive by worst case"
    if min(len(first), len(second)) < SEEDS_FOR_INTERVAL:
        method += f"; no p-value below {SEEDS_FOR_INTERVAL} seeds"
        return LogRankTest(statistic, None, smallest, method)
    readings = [_scores(events) for events in _readings(first, second)]
    found = [_statistic(scores, len(second)) for scores in readings]
    if min(found) < 0 < max(found):
        return LogRankTest(statistic, None, smallest, f"{method}: they leave open which arm is earlier")
    exact = math.comb(len(first) + len(second), len(first)) <= EXACT_DIVISIONS
    method += f"; {'exact' if exact else f'{EXACT_DIVISIONS:,} random'} permutation p-value"
    return LogRankTest(statistic, max(_p(scores, len(second)) for scores in readings), smallest, method)


def _readings(first: Sequence[EventInterval], second: Sequence[EventInterval]) -> list[list[EventInterval]]:
    """Return the events of both arms as they are, or with the inconclusive ones resolved both ways."""
    events = [*first, *second]
    if all(event.status is not EventStatus.INCONCLUSIVE for event in events):
        return [events]
    end = max((e for event in events for e in (event.left, event.right) if math.isfinite(e)), default=0.0)
    return [
        [*(_resolved(event, early, end) for event in first), *(_resolved(e, not early, end) for e in second)]
        for early in (True, False)
    ]


def _resolved(event: EventInterval, early: bool, end: float) -> EventInterval:
    """Return an inconclusive event as if it had happened at once, or not by `end`; others as they are."""
    if event.status is not EventStatus.INCONCLUSIVE:
        return event
    if not early:
        return EventInterval(end, math.inf, EventStatus.CENSORED, event.reason)
    # Right after the last point at which it surely had not happened.
    right = 0.0 if math.isinf(event.left) else math.nextafter(event.left, math.inf)
    return EventInterval(event.left, right, EventStatus.OCCURRED, event.reason)


def _smallest_p(first: int, second: int) -> float:
    # Arms of one size can be swapped, which gives the same distance from 0.
    mirrored = 2 if first == second else 1
    divisions = math.comb(first + second, first)
    return max(mirrored / divisions, 1 / (EXACT_DIVISIONS + 1) if divisions > EXACT_DIVISIONS else 0.0)


def _scores(events: Sequence[EventInterval]) -> FloatArray:
    """Return Sun's scores, which add up to 0: large for early events, negative for late ones."""
    curve = turnbull(events)
    masses = np.array(curve.masses)
    before = 1.0 - np.concatenate([[0.0], np.cumsum(masses)[:-1]])
    hazard = masses / np.maximum(before, masses)
    # A mass scores 1 - cumulative hazard; an event scores the mean over the masses it may be.
    each = 1.0 - np.cumsum(hazard)
    scores = []
    for event in events:
        may = [event.left <= le and r <= event.right for le, r in zip(curve.lefts, curve.rights, strict=True)]
        scores.append(float(np.average(each[may], weights=masses[may])))
    found = np.array(scores, dtype=np.float64)
    return found - float(found.mean())


def _statistic(scores: FloatArray, second: int) -> float:
    n = scores.size
    spread = float((scores**2).sum())
    if spread <= n * 1e-18:
        return 0.0
    variance = spread * second * (n - second) / (n * (n - 1))
    return float(scores[n - second :].sum()) / math.sqrt(variance)


def _p(scores: FloatArray, second: int) -> float:
    n = scores.size
    seen = abs(float(scores[n - second :].sum())) - 1e-9 * float(np.abs(scores).max(initial=0.0))
    if math.comb(n, second) <= EXACT_DIVISIONS:
        far = sum(int((np.abs(sums) >= seen).sum()) for sums in _all_sums(scores, second))
        return far / math.comb(n, second)
    random = np.random.default_rng(0)
    far = 0
    for _ in range(EXACT_DIVISIONS // _CHUNK):
        shuffled = random.permuted(np.tile(scores, (_CHUNK, 1)), axis=1)[:, :second]
        far += int((np.abs(shuffled.sum(axis=1)) >= seen).sum())
    return (far + 1) / (EXACT_DIVISIONS + 1)


def _all_sums(scores: FloatArray, size: int) -> Iterator[FloatArray]:
    divisions = combinations(range(scores.size), size)
    while chunk := list(islice(divisions, _CHUNK)):
        sums: FloatArray = scores[np.array(chunk)].sum(axis=1)
        yield sums
