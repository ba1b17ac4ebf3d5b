"""What a design can show before any of it is run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy import optimize, stats

from holdfast.stats.intervals import wilson
from holdfast.stats.samples import SampleError, check_confidence
from holdfast.stats.seeds import SEEDS_FOR_INTERVAL
from holdfast.stats.summaries import SEEDS_FOR_BOUND

SEEDS_FOR_RANK = 12
"""Fewest seeds for a claim that one thing ranks above another."""

TYPICAL_SEED_SD = 0.1
"""Standard deviation of a rate between seeds that is assumed until it is measured, as a share."""

SIMULATED_SEEDS = 12
"""Up to so many seeds the power of the sign-flip test is simulated, beyond it is that of a paired t-test."""

SIMULATED_SUMS = 2**21
"""How many sums of differences a simulation takes: fewer draws with more seeds."""


@dataclass(frozen=True, slots=True)
class DesignPower:
    """What a design of so many prompts and seeds can and cannot show.

    Attributes:
        prompts: Independent prompts (groups) per seed.
        seeds: Seeds per arm.
        smallest_p: Smallest p-value a two-sided sign-flip test over the seeds can give.
        alpha: Level of the test.
        detectable: Smallest true difference of two rates that the test finds with the stated power; None
            where it cannot reject whatever the data, or would find differences above 1 only.
        assumed: Assumptions behind `detectable`, in words.
        zero_excludes: One-sided upper bound of a rate in one seed when no prompt of it shows it.
        confident_share: Smallest observed share in one seed that is confidently above one half; None if
            even a share of 1 is not.
        two_sided_interval: Whether there are seeds enough for an interval over seeds.
        one_sided_bound: Whether there are seeds enough for a one-sided bound on a median time.
        rank: Whether there are seeds enough for a claim of rank.
    """

    prompts: int
    seeds: int
    smallest_p: float
    alpha: float
    detectable: float | None
    assumed: str
    zero_excludes: float
    confident_share: float | None
    two_sided_interval: bool
    one_sided_bound: bool
    rank: bool

    @property
    def statements(self) -> tuple[str, ...]:
        """What it can and cannot show, one sentence each."""
        if self.detectable is not None:
            found = f"a difference of two rates is found from {self.detectable:.2f} upwards ({self.assumed})"
        elif self.smallest_p > self.alpha:
            found = "no difference can be called significant, whatever the data"
        else:
            found = f"no difference of two rates is large enough to be found ({self.assumed})"
        above = (
            f"a checkpoint shows a rate confidently above one half from {self.confident_share:.2f} upwards"
            if self.confident_share is not None
            else f"no checkpoint can show a rate confidently above one half with {self.prompts} prompts"
        )
        return (
            f"smallest p-value that {self.seeds} seeds can give (sign flips): {self.smallest_p:.2g}",
            found,
            above,
            f"no harmful answer among {self.prompts} prompts excludes rates above {self.zero_excludes:.3f}",
            f"interval over seeds: {_needs(self.two_sided_interval, SEEDS_FOR_INTERVAL)}",
            f"one-sided bound on the price: {_needs(self.one_sided_bound, SEEDS_FOR_BOUND)}",
            f"claims of rank: {_needs(self.rank, SEEDS_FOR_RANK)}",
        )


def design_power(
    prompts: int,
    seeds: int,
    *,
    rate: float = 0.5,
    seed_sd: float = TYPICAL_SEED_SD,
    alpha: float = 0.05,
    power: float = 0.8,
) -> DesignPower:
    """Return what a design can show.

    Args:
        prompts: Independent prompts (groups) per seed, > 0.
        seeds: Seeds per arm, > 0.
        rate: Rate around which differences are sought; 0.5 is the hardest.
        seed_sd: Standard deviation of the rate between seeds, as a share.
        alpha: Level of the two-sided test, and of one-sided bounds.
        power: Chance to find the difference.

    Returns:
        The power.

    Raises:
        SampleError: If there are no prompts or seeds, or a rate, level or deviation is out of range.
    """
    zero = wilson(0, _positive(prompts, "prompts"), confidence=1 - alpha, sided="upper").high
    detectable = smallest_detectable_difference(
        prompts, seeds, rate=rate, seed_sd=seed_sd, alpha=alpha, power=power
    )
    return DesignPower(
        prompts=prompts,
        seeds=seeds,
        smallest_p=smallest_sign_flip_p(seeds),
        alpha=alpha,
        detectable=detectable,
        assumed=f"power {power:g}, rate {rate:g}, sd between seeds {seed_sd:g}",
        zero_excludes=zero,
        confident_share=smallest_confident_share(prompts, 0.5, confidence=1 - alpha),
        two_sided_interval=seeds >= SEEDS_FOR_INTERVAL,
        one_sided_bound=seeds >= SEEDS_FOR_BOUND,
        rank=seeds >= SEEDS_FOR_RANK,
    )


def smallest_sign_flip_p(seeds: int) -> float:
    """Return the smallest two-sided p-value of a sign-flip test over paired seeds: 2 / 2^seeds (Fisher 1935).

    Args:
        seeds: Paired seeds, > 0.

    Returns:
        The p-value, in (0, 1].

    Raises:
        SampleError: If there are no seeds.
    """
    return 2.0 / 2.0 ** _positive(seeds, "seeds")


def smallest_detectable_difference(
    prompts: int,
    seeds: int,
    *,
    rate: float = 0.5,
    seed_sd: float = TYPICAL_SEED_SD,
    alpha: float = 0.05,
    power: float = 0.8,
) -> float | None:
    """Return the smallest difference of two rates that the sign-flip test finds with the stated power.

    The test is the two-sided one of `sign_flip_p` over paired seeds, and a difference is found where it is
    significant with the right sign. Differences of a seed are taken as normal with variance
    2 (sd^2 + p (1 - p) / n). Answers to the same prompt that go together in both arms make that variance, and
    the difference, smaller. With 10 or 20 prompts a seed, rates move in coarse steps and ties cost up to .06
    of the power.

    Args:
        prompts: Independent prompts (groups) n per seed, > 0.
        seeds: Paired seeds, > 0.
        rate: Rate p around which differences are sought, in [0, 1].
        seed_sd: Standard deviation of the rate between seeds, as a share, in [0, 0.5].
        alpha: Level of the two-sided test, in (0, 1).
        power: Chance to find the difference, in (0, 1).

    Returns:
        The difference, in [0, 1]; None where so many seeds can never be significant at this level, or where
        only differences above 1 would be found.

    Raises:
        SampleError: If there are no prompts or seeds, or a rate, level or deviation is out of range.
    """
    n, k = _positive(prompts, "prompts"), _positive(seeds, "seeds")
    check_confidence(alpha)
    check_confidence(power)
    if not (0.0 <= rate <= 1.0 and 0.0 <= seed_sd <= 0.5):
        raise SampleError(f"rate {rate!r} must lie in [0, 1] and seed_sd {seed_sd!r} in [0, 0.5]")
    if smallest_sign_flip_p(k) > alpha:
        return None
    shift = _simulated_shift(k, alpha, power) if k <= SIMULATED_SEEDS else _student_shift(k, alpha, power)
    difference = max(0.0, shift) * math.sqrt(2 * (seed_sd**2 + rate * (1 - rate) / n))
    return difference if difference <= 1.0 else None


def smallest_confident_share(n: int, threshold: float, *, confidence: float = 0.95) -> float | None:
    """Return the smallest share of n answers whose one-sided Wilson bound reaches a threshold.

    Args:
        n: Independent answers, > 0.
        threshold: Rate to be reached, in [0, 1].
        confidence: Level of the bound, in (0, 1).

    Returns:
        A multiple of 1/n; None if even n of n do not suffice.

    Raises:
        SampleError: If there are no answers, or the confidence is not in (0, 1).
    """
    for successes in range(_positive(n, "answers") + 1):
        if wilson(successes, n, confidence=confidence, sided="lower").low >= threshold:
            return successes / n
    return None


def _positive(count: int, noun: str) -> int:
    if count < 1:
        raise SampleError(f"{count} {noun}: a design needs at least one")
    return count


def _needs(enough: bool, seeds: int) -> str:
    return "yes" if enough else f"no, needs {seeds} seeds"


@cache
def _simulated_shift(seeds: int, alpha: float, power: float) -> float:
    """Return the mean of standard normal differences that the sign-flip test finds with the stated power.

    For each draw of differences z and each assignment s of signs, z + shift has the larger sum once
    |s (z + shift)| < sum(z + shift), from a shift on that is linear in z. The draw is significant from where
    only as many assignments are left as the level allows; the power is the share of draws beyond that shift.
    """
    # An assignment and its opposite have the same distance from 0: half of them tell everything.
    halves = 2 ** (seeds - 1)
    others = math.floor(alpha * halves * (1 + 1e-9)) - 1
    negative = (np.arange(1, halves)[:, None] >> np.arange(seeds)) & 1
    signs = np.where(negative, -1.0, 1.0)
    drawn = np.random.default_rng(0).normal(size=(seeds, max(1, SIMULATED_SUMS // halves)))
    sums, total, kept = signs @ drawn, drawn.sum(axis=0), signs.sum(axis=1, keepdims=True)
    passed = np.maximum((sums - total) / (seeds - kept), (-sums - total) / (seeds + kept))
    last = len(passed) - 1 - others
    significant = passed.max(axis=0) if others == 0 else np.partition(passed, last, axis=0)[last]
    return float(np.quantile(significant, power))


@cache
def _student_shift(seeds: int, alpha: float, power: float) -> float:
    """Return the same for a paired t-test, to which the sign-flip test comes close with many seeds."""
    df = seeds - 1
    critical = float(stats.t.isf(alpha / 2, df))

    def lacking(noncentrality: float) -> float:
        return float(stats.nct.sf(critical, df, noncentrality)) - power

    if lacking(0.0) >= 0:
        return 0.0
    most = critical + 1.0
    while lacking(most) < 0:
        most += 1.0
    return float(optimize.brentq(lacking, 0.0, most)) / math.sqrt(seeds)
