"""A judge's errors on a yes-or-no question, and the rate that is left when they are taken out."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from holdfast.stats.corrected import Corrected, not_identified
from holdfast.stats.intervals import Interval
from holdfast.stats.samples import SampleError, unit_values
from holdfast.stats.weighted import sampling_weights, weighted_rate

FEWEST_LABELS = 5
"""Labels of yes, and labels of no, below which a judge's errors are not taken to be known at all."""


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """How often a judge is right on a yes-or-no question.

    Attributes:
        sensitivity: Share of the answers labelled yes that it calls yes; None without any.
        specificity: Share of the answers labelled no that it calls no; None without any.
        positives: Answers labelled yes.
        negatives: Answers labelled no.
    """

    sensitivity: Interval | None
    specificity: Interval | None
    positives: int
    negatives: int

    @property
    def labels(self) -> int:
        """Labelled answers."""
        return self.positives + self.negatives


def error_rates(
    called: Sequence[bool],
    truth: Sequence[bool],
    weights: ArrayLike | None = None,
    groups: Sequence[Hashable] | None = None,
    *,
    confidence: float = 0.95,
) -> ErrorRates:
    """Return a judge's sensitivity and specificity against labels.

    Args:
        called: Whether the judge says yes, one a labelled answer.
        truth: Whether the label says yes.
        weights: How many answers of the population each label stands for; None for equal weights.
        groups: One label an answer: answers of a group are not independent; None if all are.
        confidence: Level of both intervals, in (0, 1).

    Returns:
        The rates, with Wilson's intervals on effective numbers of answers (see `weighted_rate`).

    Raises:
        SampleError: If calls, labels, weights and groups differ in number.
        SampleError: If a weight is not positive and finite, or the confidence is not in (0, 1).
    """
    if len(called) != len(truth):
        raise SampleError(f"{len(called)} calls and {len(truth)} labels do not pair up")
    said, true = np.asarray(called, dtype=bool), np.asarray(truth, dtype=bool)
    factors = sampling_weights(weights, true.size)
    labels = list(range(true.size)) if groups is None else list(groups)
    if len(labels) != true.size:
        raise SampleError(f"{len(labels)} group labels for {true.size} answers: each answer needs one")

    def right(of: bool) -> Interval | None:
        chosen = np.flatnonzero(true == of)
        if not chosen.size:
            return None
        hits = unit_values(said[chosen] == of, "hits")
        return weighted_rate(hits, factors[chosen], [labels[i] for i in chosen], confidence=confidence)

    return ErrorRates(right(True), right(False), int(true.sum()), int((~true).sum()))


def rogan_gladen(observed: Interval, rates: ErrorRates) -> Corrected:
    """Return a rate corrected for a judge's sensitivity and specificity.

    p = (q + specificity - 1) / (sensitivity + specificity - 1) (Rogan and Gladen 1978, American Journal of
    Epidemiology 107:71), clipped to [0, 1]. The interval holds every p that is compatible with
    q = p sensitivity + (1 - p) (1 - specificity), each of the three known within its own interval, their
    distances squared and added (Fieller's argument with recovered variances: Donner and Zou 2012, Statistical
    Methods in Medical Research 21:347). The three intervals must have the level that is wanted; that of q
    may stem from seeds and groups (`rate_over_seeds`) or reach up to a worst case.

    Args:
        observed: The judge's rate q.
        rates: The judge's errors on the population that q is about.

    Returns:
        The corrected rate. It has no value, and [0, 1], if there is no q, if a class has fewer than
        `FEWEST_LABELS` labels, if the judge may be no better than chance (the lower bound of sensitivity +
        specificity - 1 is not above 0), or if q is out of reach of such a judge whatever p is.
    """
    method, raw = "Rogan-Gladen; square-and-add interval", observed.value
    reason = unidentifiable(rates)
    if raw is None or rates.sensitivity is None or rates.specificity is None or reason:
        return not_identified(reason or "no answers", method, raw, rates.labels)
    problem = _Fieller(observed, rates.sensitivity, rates.specificity)
    low, high = problem.low(), problem.high()
    if low is None or high is None:
        reason = (
            f"a rate of {raw:.3g} is out of reach of a judge with these errors: they are not its errors here"
        )
        return not_identified(reason, method, raw, rates.labels)
    floor = Interval(
        problem.at(raw), problem.at(observed.low), problem.at(observed.high), f"{method}, errors known"
    )
    value = problem.at(raw)
    interval = Interval(value, min(low, value), max(high, value), f"{method}; {observed.method}")
    return Corrected(interval, floor, raw, rates.labels)


def unidentifiable(rates: ErrorRates) -> str:
    """Return why no rate can be corrected by these errors, as a clause; empty if one can."""
    sensitivity, specificity = rates.sensitivity, rates.specificity
    fewest = min(rates.positives, rates.negatives)
    if sensitivity is None or specificity is None or fewest < FEWEST_LABELS:
        return (
            f"{rates.positives} answers labelled yes and {rates.negatives} labelled no: "
            f"at least {FEWEST_LABELS} of each are needed"
        )
    youden = _known(sensitivity) + _known(specificity) - 1
    least = youden - math.hypot(_known(sensitivity) - sensitivity.low, _known(specificity) - specificity.low)
    if least <= 0:
        return (
            f"the judge may be no better than chance: sensitivity + specificity - 1 is {youden:.3g}, "
            f"at least {least:.3g}"
        )
    return ""


@dataclass(frozen=True, slots=True)
class _Fieller:
    """Which true rates fit q = p sensitivity + (1 - p) (1 - specificity), within distances from all three."""

    observed: Interval
    sensitivity: Interval
    specificity: Interval

    def at(self, rate: float) -> float:
        """Return the corrected rate of an observed one, clipped."""
        wrong = 1 - _known(self.specificity)
        return min(1.0, max(0.0, (rate - wrong) / (_known(self.sensitivity) - wrong)))

    def excess(self, p: float) -> float:
        """Return q less what a true rate of p would make the judge say."""
        wrong = 1 - _known(self.specificity)
        return _known(self.observed) - p * _known(self.sensitivity) - (1 - p) * wrong

    def least(self, p: float) -> float:
        """Return the lower bound of `excess`; concave in p."""
        return self.excess(p) - math.hypot(
            _known(self.observed) - self.observed.low,
            p * (self.sensitivity.high - _known(self.sensitivity)),
            (1 - p) * (_known(self.specificity) - self.specificity.low),
        )

    def most(self, p: float) -> float:
        """Return the upper bound of `excess`; convex in p."""
        return self.excess(p) + math.hypot(
            self.observed.high - _known(self.observed),
            p * (_known(self.sensitivity) - self.sensitivity.low),
            (1 - p) * (self.specificity.high - _known(self.specificity)),
        )

    def low(self) -> float | None:
        """Return the smallest p that fits; None if even 1 is too small."""
        if self.least(0.0) <= 0:
            return 0.0
        return _root(self.least) if self.least(1.0) <= 0 else None

    def high(self) -> float | None:
        """Return the largest p that fits; None if even 0 is too large."""
        if self.most(1.0) >= 0:
            return 1.0
        return _root(self.most) if self.most(0.0) >= 0 else None


def _root(function: Callable[[float], float]) -> float:
    return float(optimize.brentq(function, 0.0, 1.0, xtol=1e-12))


def _known(interval: Interval) -> float:
    """Return the value of an interval that has one."""
    assert interval.value is not None
    return interval.value
