"""Whether benchmarks and judges rank the same arms alike: Kendall's W and tau-b, with intervals."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import stats

from holdfast.stats.ranked import ArmMeans, RankedCell, arm_means
from holdfast.stats.samples import FloatArray, check_confidence

_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of concordance.

    Attributes:
        value: The coefficient; None where it is not defined.
        low: Lower end of its interval; None where there is none.
        high: Upper end.
        method: The estimator and the kind of interval, in words.
    """

    value: float | None
    low: float | None
    high: float | None
    method: str


@dataclass(frozen=True, slots=True)
class PairTau:
    """How far two cells rank the arms alike.

    Attributes:
        first: Index of one cell.
        second: Index of the other, larger.
        tau: Kendall's tau-b.
    """

    first: int
    second: int
    tau: Coefficient


@dataclass(frozen=True, slots=True)
class RankConcordance:
    """Whether cells rank the arms alike.

    Attributes:
        w: Kendall's W over all cells.
        taus: Tau-b of every pair of cells.
    """

    w: Coefficient
    taus: tuple[PairTau, ...]


def kendall_w(cells: Sequence[RankedCell], *, confidence: float = 0.95) -> Coefficient:
    """Return Kendall's coefficient of concordance of several rankings of the same arms.

    W = 12 S / (m^2 (n^3 - n) - m sum T) for m cells and n arms, S the sum of squared deviations of rank sums,
    T the sum of t^3 - t over ties of t arms (Kendall and Babington Smith 1939, Ann. Math. Stat. 10:275;
    ties: Kendall 1945, Biometrika 33:239). Arms are ranked by their mean over seeds and rows.

    The interval is a percentile bootstrap over prompt groups, and over the seeds of arms that have 6 or more
    (`arm_means`). Resamples carry the noise of the sample and their own, so that they lean towards less
    concordance; the interval is widened to hold the value. There is none where it would be a point (too few
    answers deviate for resamples to differ), or where the coefficient is not defined in more resamples than
    the interval may miss.

    Args:
        cells: Two or more.
        confidence: Level, in (0, 1).

    Returns:
        W, in [0, 1]; without a value if there are fewer than two cells or two arms, or all arms are tied in
        every cell. Its interval, if any, has two ends that differ.

    Raises:
        SampleError: If cells differ in their arms or an arm's seeds, or rows and labels do not pair up.
        SampleError: If a value is NaN or outside [0, 1], or the confidence is not in (0, 1).
    """
    return _coefficient("Kendall's W", arm_means(cells), _w, confidence)


def kendall_tau(first: RankedCell, second: RankedCell, *, confidence: float = 0.95) -> Coefficient:
    """Return Kendall's tau-b of two rankings of the same arms (Kendall 1945, Biometrika 33:239).

    The interval is made like that of `kendall_w`.

    Args:
        first: One cell.
        second: Another.
        confidence: Level, in (0, 1).

    Returns:
        Tau-b, in [-1, 1]; without a value if there are fewer than two arms or all are tied in a cell.

    Raises:
        SampleError: As for `kendall_w`.
    """
    return _coefficient("Kendall's tau-b", arm_means((first, second)), _tau, confidence)


def rank_concordance(cells: Sequence[RankedCell], *, confidence: float = 0.95) -> RankConcordance:
    """Return W over all cells and tau-b of every pair, from one set of resamples.

    Args:
        cells: Two or more.
        confidence: Level, in (0, 1).

    Returns:
        What `kendall_w` and `kendall_tau` give.

    Raises:
        SampleError: As for `kendall_w`.
    """
    means = arm_means(cells)
    pairs = itertools.combinations(range(len(cells)), 2)
    return RankConcordance(
        w=_coefficient("Kendall's W", means, _w, confidence),
        taus=tuple(
            PairTau(a, b, _coefficient("Kendall's tau-b", means.pair(a, b), _tau, confidence))
            for a, b in pairs
        ),
    )


class _Measure(Protocol):
    def __call__(self, scores: FloatArray) -> FloatArray:
        """Return the coefficient of scores of shape (samples, cells, arms); NaN where it is not defined."""


def _coefficient(name: str, means: ArmMeans, measure: _Measure, confidence: float) -> Coefficient:
    """Return a coefficient and its percentile interval."""
    check_confidence(confidence)
    _, cells, arms = means.seen.shape
    method = f"{name} of {arms} arms in {cells} cells"
    if cells < 2 or arms < 2:
        return Coefficient(None, None, None, f"{method}; not defined")
    value = float(measure(means.seen)[0])
    if np.isnan(value):
        return Coefficient(None, None, None, f"{method}; not defined: all arms are tied")
    found = measure(means.drawn)
    found = found[~np.isnan(found)]
    undefined = 1 - found.size / len(means.drawn)
    if undefined > 1 - confidence:
        reason = f"{100 * undefined:.0f} % of resamples by {means.units} tie all arms or leave out a cell"
        return Coefficient(value, None, None, f"{method}; no interval: {reason}")
    tail = (1 - confidence) / 2
    low, high = (float(each) for each in np.quantile(found, [tail, 1 - tail]))
    if max(high, value) - min(low, value) < _ROUNDING:
        reason = f"too few resamples by {means.units} rank the arms in another way"
        return Coefficient(value, None, None, f"{method}; no interval: {reason}")
    method += (
        f"; percentile {100 * confidence:g} % bootstrap over {means.units}, leaning towards less concordance"
    )
    return Coefficient(value, min(low, value), max(high, value), method)


def _w(scores: FloatArray) -> FloatArray:
    _, m, n = scores.shape
    ranks = stats.rankdata(scores, axis=-1)
    sums = ranks.sum(axis=1)
    spread = ((sums - sums.mean(axis=-1, keepdims=True)) ** 2).sum(axis=-1)
    # Summed over arms, t^2 - 1 for the t arms tied with each is the sum of t^3 - t over ties.
    tied = (scores[..., :, None] == scores[..., None, :]).sum(axis=-1)
    ties = (tied**2 - 1).sum(axis=(-2, -1))
    scale = m**2 * (n**3 - n) - m * ties
    return _ratio(12 * spread, scale)


def _tau(scores: FloatArray) -> FloatArray:
    order = np.sign(scores[..., :, None] - scores[..., None, :])
    agreeing = (order[:, 0] * order[:, 1]).sum(axis=(-2, -1))
    scale = np.sqrt((order**2).sum(axis=(-2, -1)).prod(axis=-1))
    return _ratio(agreeing, scale)


def _ratio(over: FloatArray, under: FloatArray) -> FloatArray:
    """Return the ratio; NaN over nothing."""
    ratio: FloatArray = np.divide(over, under, out=np.full(over.shape, np.nan), where=under > 0)
    return ratio
