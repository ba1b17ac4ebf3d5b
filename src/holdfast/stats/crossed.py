"""Seeds crossed with prompt groups: what each brings to the variance of a rate, and its interval."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, stats

from holdfast.stats.grouped import by_group, deviating_groups, drawn_to_groups
from holdfast.stats.intervals import Interval, score_interval
from holdfast.stats.samples import FloatArray, IntArray

TAKEN_OFF = 0.5
"""How much of the interaction is taken off what varies between seeds, before it counts as the seeds' own."""


@dataclass(frozen=True, slots=True)
class CrossedVariance:
    """Variance of a mean over seeds x groups.

    Attributes:
        variance: Of the mean; >= 0.
        df: Degrees of freedom (Satterthwaite); infinite where the variance is 0.
        of_seeds: The part of it that comes from seeds with rates of their own, in [0, variance].
    """

    variance: float
    df: float
    of_seeds: float


def crossed_rate(matrix: FloatArray, codes: IntArray, confidence: float) -> Interval:
    """Return the mean of a rate over seeds x rows and its interval.

    The ends are the rates p with |p - mean| = t sqrt(V(p)), as in a score interval, where t is Student's
    quantile at Satterthwaite's degrees of freedom (cf. Dean and Pagano 2015, J. Survey Stat. Methodol. 3:484,
    for clusters; Owen 2007, Ann. Appl. Stat. 1:386, for the layout) and

        V(p) = p(1-p) / m + (p(1-p) s)^2.

    At the mean it is the variance of `crossed_variance`, drawn towards one effective answer a group (see
    `drawn_to_groups`). Answers bring the first term; the second is what seeds bring whose rates differ by a
    constant on the logit scale (Breslow and Clayton 1993, JASA 88:9, section 3, marginal quasi-likelihood).
    Away from 1/2 the second grows faster with p, hence a longer arm towards 1/2: with one term only, the
    interval misses on that side where seeds differ much. The split is estimated from few seeds, and too small
    a second term is what costs coverage: so only half of the interaction is taken off it.

    Args:
        matrix: One value in [0, 1] a seed and row, shape (seeds, rows); at least two seeds.
        codes: Group of each row, shape (rows,).
        confidence: Level, in (0, 1).

    Returns:
        The interval.
    """
    share = min(1.0, max(0.0, float(matrix.mean())))
    tail = (1 - confidence) / 2
    critical, observed, of_seeds = float(stats.norm.isf(tail)), None, 0.0
    if codes.max() > 0:
        crossed = crossed_variance(cell_sums(matrix - share, codes), np.bincount(codes))
        if crossed.variance > 0:
            observed = min(share * (1 - share) / crossed.variance, float(matrix.size))
            critical, of_seeds = float(stats.t.isf(tail, crossed.df)), crossed.of_seeds
    effective = drawn_to_groups(observed, by_group(codes), deviating_groups(matrix.mean(axis=0), codes))
    method = (
        f"mean; score {100 * confidence:g} % interval, crossed variance of {len(matrix)} seeds x "
        f"{int(codes.max()) + 1} groups, {effective:.4g} effective answers"
    )
    if share in (0.0, 1.0):
        return score_interval(share, effective, critical, method)
    variance = share * (1 - share) / effective
    return replace(stretched(share, variance, of_seeds, critical), method=method)


def stretched(share: float, variance: float, of_seeds: float, critical: float) -> Interval:
    """Return the interval of a share whose variance grows with it in two ways (see `crossed_rate`).

    Each end is the rate, between the share and 0 or 1, that lies just as far off as the quantile allows.
    There is one: (p - share)^2 / V(p) rises from the share to either edge, as it does for each term of V.

    Args:
        share: The estimate, in (0, 1).
        variance: Its variance, >= 0.
        of_seeds: The part of it from seeds with rates of their own; what exceeds `variance` does not count.
        critical: Quantile of the reference distribution, > 0.

    Returns:
        The interval, within [0, 1].
    """
    here, seeds = share * (1 - share), min(of_seeds, variance)

    def beyond(rate: float) -> float:
        part = rate * (1 - rate) / here
        return abs(rate - share) - critical * math.sqrt((variance - seeds) * part + seeds * part**2)

    low, high = (float(optimize.brentq(beyond, share, edge, xtol=1e-12)) for edge in (0.0, 1.0))
    return Interval(share, low, high, "two-term score interval")


def crossed_variance(cells: FloatArray, sizes: ArrayLike) -> CrossedVariance:
    """Return the variance of a mean under crossed random effects of seeds and groups.

    V = V_seeds + V_groups - V_interaction from sums of deviations by seed, by group, and by cell once both
    are taken out, each with its degrees of freedom (the two-way analysis of variance: Cornfield and Tukey
    1956, Ann. Math. Stat. 27:907; Searle, Casella and McCulloch 1992, ch. 4), and never below either of the
    first two. It is unbiased for groups of one size.

    Args:
        cells: What `cell_sums` gives; shape (seeds, groups), at least two of each.
        sizes: Rows of each group, shape (groups,).

    Returns:
        The variance of the mean.
    """
    seeds, groups = cells.shape
    weights = np.asarray(sizes, dtype=np.float64)
    of_seed, of_group = cells.sum(axis=1), cells.sum(axis=0)
    interaction = cells - np.outer(of_seed, weights / weights.sum()) - of_group / seeds
    by_seed = seeds / (seeds - 1) * float((of_seed**2).sum())
    by_group = groups / (groups - 1) * float((of_group**2).sum())
    by_cell = seeds * groups / ((seeds - 1) * (groups - 1)) * float((interaction**2).sum())
    variance = max(by_seed, by_group, by_seed + by_group - by_cell)
    if variance <= np.finfo(np.float64).eps ** 2:
        return CrossedVariance(0.0, float("inf"), 0.0)
    df = variance**2 / (by_seed**2 / (seeds - 1) + by_group**2 / (groups - 1))
    own = min(max(0.0, by_seed - TAKEN_OFF * by_cell), variance)
    return CrossedVariance(variance, max(df, 1.0), own)


def cell_sums(deviations: FloatArray, codes: IntArray) -> FloatArray:
    """Return what `crossed_variance` takes: deviations by seed and group, over the number of answers.

    Args:
        deviations: Deviations from their mean, shape (seeds, rows).
        codes: Group of each row, shape (rows,).

    Returns:
        Shape (seeds, groups).
    """
    groups = int(codes.max()) + 1
    return np.stack([np.bincount(codes, row, minlength=groups) for row in deviations]) / deviations.size
