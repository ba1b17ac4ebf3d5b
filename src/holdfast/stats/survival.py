"""Survival of safety against spend, from times that are known within intervals only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy import optimize

from holdfast.stats.events import EventInterval
from holdfast.stats.intervals import clopper_pearson
from holdfast.stats.samples import FloatArray, SampleError, check_confidence
from holdfast.stats.seeds import SEEDS_FOR_INTERVAL
from holdfast.stats.summaries import EventRange

MAX_ITERATIONS = 1_000
GAP_TOLERANCE = 1e-10
"""How far the likelihood of one trial may lie below its maximum, on the log scale."""


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """Share of trials in which the event has not happened, against spend.

    Within (lefts[j], rights[j]] the estimate says nothing on how survival falls; outside it is constant.

    Attributes:
        lefts: Left ends of the innermost intervals, which alone carry probability; -inf at most once.
        rights: Their right ends, increasing; the last may be inf.
        masses: Probability in each, adding up to 1.
        times: Finite right ends: where survival is determined.
        survival: Survival at `times`.
        low: Lower end of the pointwise band at `times`; None below 6 seeds.
        high: Upper end.
        n: Trials.
        method: How it was made, in words.
    """

    lefts: tuple[float, ...]
    rights: tuple[float, ...]
    masses: tuple[float, ...]
    times: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...] | None
    high: tuple[float, ...] | None
    n: int
    method: str

    def at(self, time: float) -> EventRange:
        """Return the least and the largest survival at a time that the estimate allows.

        They differ only within an innermost interval.
        """
        fallen = [m for r, m in zip(self.rights, self.masses, strict=True) if r <= time]
        falling = [m for le, m in zip(self.lefts, self.masses, strict=True) if le < time]
        return EventRange(_survival(falling), _survival(fallen))

    def quantile(self, share: float) -> EventRange:
        """Return where the time lies by which the event has happened in a share of trials.

        Args:
            share: In (0, 1]; 0.5 is the median, 0.25 the lower quartile.

        Returns:
            The innermost interval in which survival falls to 1 - share or below; high is inf if it never
            does within the budget.

        Raises:
            SampleError: If the share is not in (0, 1].
        """
        if not 0.0 < share <= 1.0:
            raise SampleError(f"quantile {share!r} does not lie in (0, 1]")
        happened = 0.0
        for left, right, mass in zip(self.lefts, self.rights, self.masses, strict=True):
            happened += mass
            if happened >= share - 1e-9:
                return EventRange(max(left, 0.0), right)
        raise SampleError(f"masses {self.masses} do not add up to 1")

    def restricted_mean(self, budget: float) -> EventRange:
        """Return the mean of min(time, budget): the area under survival up to a budget.

        Unlike the mean it needs nothing beyond the budget (Royston and Parmar 2013, BMC Med. Res. Methodol.
        13:152). The estimate does not say where within an innermost interval its mass lies, so the mean is a
        range: all of it at the left ends, or all at the right ends.

        Args:
            budget: Spend up to which the mean is taken, > 0, in the unit of the times.

        Returns:
            Least and largest mean that the estimate allows, in [0, budget]. They are no confidence interval.

        Raises:
            SampleError: If the budget is not positive and finite.
        """
        if not 0.0 < budget < math.inf:
            raise SampleError(f"a restricted mean needs a positive, finite budget, not {budget!r}")
        ends = zip(self.lefts, self.rights, self.masses, strict=True)
        spent = [(m * min(max(le, 0.0), budget), m * min(max(r, 0.0), budget)) for le, r, m in ends]
        return EventRange(math.fsum(low for low, _ in spent), math.fsum(high for _, high in spent))


def turnbull(events: Sequence[EventInterval], *, confidence: float = 0.95) -> SurvivalCurve:
    """Return the nonparametric maximum-likelihood estimate of survival from times in (l, r].

    Probability lies on the innermost intervals only (Peto 1973, Appl. Stat. 22:86); its masses solve
    Turnbull's self-consistency equations (1976, J. R. Stat. Soc. B 38:290), and the Kuhn-Tucker conditions
    that make the solution the maximum (Gentleman and Geyer 1994, Biometrika 81:618) are checked. Intervals
    are open on the left: a trial unbroken at 4 and broken at 8 says nothing against survival at 4. Without
    interval censoring it is Kaplan and Meier's.

    The band, from 6 trials, is pointwise and needs no large-sample theory: at each time a trial has surely
    had the event, surely not, or is unknown; the lower end is Clopper and Pearson's with the unknown
    counted as had, the upper with the unknown as not. It covers at least the stated level, often more.

    Args:
        events: One a trial; censored and inconclusive ones have right = inf.
        confidence: Level of the band, in (0, 1).

    Returns:
        The curve.

    Raises:
        SampleError: If there are no trials, the confidence is not in (0, 1), or the search does not settle.
    """
    check_confidence(confidence)
    if not events:
        raise SampleError("no trial has a result, so there is no survival to estimate")
    innermost = _innermost(events)
    masses = _most_likely(_membership(events, innermost))
    kept = [(where, float(mass)) for where, mass in zip(innermost, masses, strict=True) if mass > 0.0]
    times = tuple(where.high for where, _ in kept if math.isfinite(where.high))
    survival = tuple(_survival(mass for where, mass in kept if where.high <= time) for time in times)
    method = f"Turnbull's estimator over {len(events)} trials"
    low: tuple[float, ...] | None = None
    high: tuple[float, ...] | None = None
    if len(events) >= SEEDS_FOR_INTERVAL:
        low = tuple(_lower(events, time, confidence) for time in times)
        high = tuple(_upper(events, time, confidence) for time in times)
        method += f"; pointwise Clopper-Pearson {100 * confidence:g} % band, unknown trials by worst case"
    return SurvivalCurve(
        lefts=tuple(where.low for where, _ in kept),
        rights=tuple(where.high for where, _ in kept),
        masses=tuple(mass for _, mass in kept),
        times=times,
        survival=survival,
        low=low,
        high=high,
        n=len(events),
        method=method,
    )


def _innermost(events: Sequence[EventInterval]) -> list[EventRange]:
    """Return the intervals (left end, right end] with no other end in between."""
    # A left end is open and a right end closed: where they coincide, the right end comes first.
    ends = sorted({(e.left, 1) for e in events} | {(e.right, 0) for e in events})
    return [EventRange(here[0], there[0]) for here, there in pairwise(ends) if here[1] == 1 and there[1] == 0]


def _membership(events: Sequence[EventInterval], innermost: Sequence[EventRange]) -> FloatArray:
    """Return which innermost intervals (columns) lie within each trial's interval (rows), as 0 or 1."""
    return np.array(
        [[float(e.left <= where.low and where.high <= e.right) for where in innermost] for e in events]
    )


def _most_likely(member: FloatArray) -> FloatArray:
    """Return the masses that maximise the likelihood, shape (innermost intervals,).

    Wang's constrained Newton method (2008, Comput. Stat. Data Anal. 52:2388): each step is a non-negative
    least-squares problem (its sum-to-one constraint by Dax's augmentation) and a line search. Unlike the EM
    iteration of Turnbull's equations it finds the masses that are exactly zero.
    """
    masses = np.full(member.shape[1], 1.0 / member.shape[1])
    for _ in range(MAX_ITERATIONS):
        relative = member / (member @ masses)[:, None]
        # The log-likelihood lies at most n times this gap below its maximum (Lindsay 1983).
        if relative.mean(axis=0).max() <= 1 + GAP_TOLERANCE:
            return masses
        system = np.vstack([relative - 2.0, np.ones(masses.size)])
        aim, _ = optimize.nnls(system, np.append(np.zeros(len(member)), 1.0))
        masses = _line_search(member, masses, aim / aim.sum())
    raise SampleError(
        f"Turnbull's estimate did not settle in {MAX_ITERATIONS} rounds for {len(member)} trials: "
        f"{member.tolist()}"
    )


def _line_search(member: FloatArray, masses: FloatArray, aim: FloatArray) -> FloatArray:
    """Return masses on the way to `aim` that raise the likelihood enough (Armijo's rule)."""
    before = float(np.log(member @ masses).sum())
    slope = float((member @ (aim - masses) / (member @ masses)).sum())
    # Near the maximum the gain is below rounding, while the step still improves the masses.
    rounding = 64 * np.finfo(np.float64).eps * (1 + abs(before))
    step = 1.0
    while step > np.finfo(np.float64).eps:
        tried: FloatArray = (1 - step) * masses + step * aim
        likelihoods = member @ tried
        if likelihoods.min() > 0 and np.log(likelihoods).sum() >= before + step * slope / 3 - rounding:
            return tried
        step /= 2
    return masses


def _survival(masses: Iterable[float]) -> float:
    return min(1.0, max(0.0, 1.0 - math.fsum(masses)))


def _lower(events: Sequence[EventInterval], time: float, confidence: float) -> float:
    surviving = sum(event.left >= time for event in events)
    return clopper_pearson(surviving, len(events), confidence=confidence).low


def _upper(events: Sequence[EventInterval], time: float, confidence: float) -> float:
    possible = sum(event.right > time for event in events)
    return clopper_pearson(possible, len(events), confidence=confidence).high
