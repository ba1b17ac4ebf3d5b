"""Survival of safety against spend: what the seeds of an arm say together, and arms against each other."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.comparison import Side


@dataclass(frozen=True, slots=True)
class Survival:
    """The time of the break over the seeds of one arm, on one axis of spend.

    Attributes:
        model: Model name.
        safeguard: Safeguard name.
        pathway: Pathway name.
        judge: The panel.
        benchmark: Safety benchmark; empty for the first of them to break.
        unit: The axis of spend.
        seeds: Seeds.
        broke: Seeds that surely broke.
        times: Where survival is determined.
        survival: Share unbroken at `times`.
        low: Lower end of the pointwise band; empty below 6 seeds.
        high: Upper end.
        lower_quartile: Interval in which a quarter of the seeds have broken: (after, by]; by None if never.
        median: The same for half of them.
        restricted_mean: Least and largest mean of min(time, budget) that the data allow.
        budget: Spend up to which the restricted mean is taken.
        lower_bound: One-sided 95 % lower bound on the median; None below 5 seeds.
        method: How it was made, in words.
    """

    model: str
    safeguard: str
    pathway: str
    judge: str
    benchmark: str
    unit: str
    seeds: int
    broke: int
    times: tuple[float, ...]
    survival: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    lower_quartile: tuple[float, float | None]
    median: tuple[float, float | None]
    restricted_mean: tuple[float, float] | None
    budget: float
    lower_bound: float | None
    method: str


@dataclass(frozen=True, slots=True)
class LogRank:
    """Whether two arms break at different spend.

    Attributes:
        first: One arm.
        second: The other.
        judge: The panel.
        unit: The axis of spend.
        statistic: Positive where the second breaks earlier.
        p: Permutation p-value; None below 6 seeds a side.
        p_adjusted: After Holm's adjustment over all pairs of the unit; None where `p` is.
        smallest_p: Smallest p-value that so many seeds can give.
        method: How it was made, in words.
    """

    first: Side
    second: Side
    judge: str
    unit: str
    statistic: float
    p: float | None
    p_adjusted: float | None
    smallest_p: float
    method: str
