"""Comparisons: two sides of an audit on the same seeds and prompts, and what flipped between them."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.finding import Status
from holdfast.domain.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: an arm, at one point of its way.

    Attributes:
        model: Model name.
        safeguard: Safeguard name.
        pathway: Pathway name.
        at: `start`, `anchor` or `end`.
    """

    model: str
    safeguard: str
    pathway: str
    at: str


@dataclass(frozen=True, slots=True)
class ItemFlip:
    """A prompt whose outcome is not the same on both sides.

    Attributes:
        item: Row id.
        seed: The seed.
        before: Outcome on the first side.
        after: Outcome on the second.
    """

    item: str
    seed: int
    before: Outcome
    after: Outcome


@dataclass(frozen=True, slots=True)
class Comparison:
    """Second side minus first, on the same prompts and seeds, by one judge.

    Attributes:
        metric: A name in `METRICS`: what is compared.
        benchmark: Benchmark name.
        judge: Judge or panel; empty for scored benchmarks.
        goal: The goal at which both sides are compared; empty for the untouched models.
        first: The side subtracted.
        second: The side it is subtracted from.
        value: Mean difference, in [-1, 1]; None where there is none.
        low: Lower end.
        high: Upper end.
        per_seed: Difference in each seed over its known pairs; seeds without any are left out.
        p: Two-sided sign-flip p-value over seeds; None below 6 seeds or where pairs are undetermined.
        p_adjusted: The same after Holm's adjustment over `family`; None where `p` is.
        smallest_p: Smallest p-value that so many seeds can give.
        family: Name of the family of comparisons that the adjustment is over.
        family_size: Comparisons in it that have a p-value.
        capabilities: Held-out capability of first and second at the goal; empty where there is no goal.
        matched: Whether these are close enough to compare; true where there is no goal, and before and after
            a training at a goal it reached, where they differ by intention.
        undetermined: Pairs of which a value is missing.
        n: Pairs, over all seeds.
        seeds: Seeds on both sides.
        method: The estimator and the kind of interval, in words.
        status: What it is worth: inconclusive if not matched, or if seeds or verdicts are missing.
        conclusion: One sentence in words.
        flips: What flipped, prompt by prompt.
    """

    metric: str
    benchmark: str
    judge: str
    goal: str
    first: Side
    second: Side
    value: float | None
    low: float | None
    high: float | None
    per_seed: tuple[float, ...]
    p: float | None
    p_adjusted: float | None
    smallest_p: float
    family: str
    family_size: int
    capabilities: tuple[float, ...]
    matched: bool
    undetermined: int
    n: int
    seeds: int
    method: str
    status: Status
    conclusion: str
    flips: tuple[ItemFlip, ...] = ()
