"""What a design can show before any of it is run."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import stats

from holdfast.stats.intervals import wilson
from holdfast.stats.samples import SampleError, check_confidence
from holdfast.stats.seeds import SEEDS_FOR_INTERVAL
from holdfast.stats.summaries import SEEDS_FOR_BOUND

SEEDS_FOR_RANK = 12
"""Fewest seeds for a claim that one thing ranks above another."""

TYPICAL_SEED_SD = 0.1
"""Standard deviation of a rate between seeds that is assumed until it is measured, as a share."""


@dataclass(frozen=True, slots=True)
class DesignPower:
    """What a design of so many prompts and seeds can and cannot show.

    Attributes:
        prompts: Independent prompts (groups) per seed.
        seeds: Seeds per arm.
        smallest_p: Smallest p-value a two-sided sign-flip test over the seeds can give.
        detectable: Smallest true difference of two rates found with the stated power; None where a test at
            the stated level cannot reject whatever the data.
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
        found = (
            f"a difference of two rates is found from {self.detectable:.2f} upwards ({self.assumed})"
            if self.detectable is not None
            else "no difference can be called significant, whatever the data"
        )
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
    smallest = smallest_sign_flip_p(seeds)
    detectable = smallest_detectable_difference(
        prompts, seeds, rate=rate, seed_sd=seed_sd, alpha=alpha, power=power
    )
    return DesignPower(
        prompts=prompts,
        seeds=seeds,
        smallest_p=smallest,
        detectable=detectable if smallest <= alpha else None,
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
) -> float:
    """Return the smallest difference of two rates that is found with the stated power.

    Normal approximation for two arms with the same number of seeds and prompts: (t[1 - alpha/2] + t[power])
    sqrt(2 (sd^2 / k + p (1 - p) / (n k))), quantiles of Student's t with 2 (k - 1) degrees of freedom in
    place of the normal ones because seeds are few (Cohen 1988, ch. 2; Donner and Klar 2000, ch. 5, with
    seeds as clusters). Pairing by seed and prompt can only improve on it.

    Args:
        prompts: Independent prompts (groups) n per seed, > 0.
        seeds: Seeds k per arm, > 0.
        rate: Rate p around which differences are sought, in [0, 1].
        seed_sd: Standard deviation of the rate between seeds, as a share, in [0, 0.5].
        alpha: Level of the two-sided test, in (0, 1).
        power: Chance to find the difference, in (0, 1).

    Returns:
        The difference, in (0, 1]; 1 with a single seed, or where only larger ones would be found.

    Raises:
        SampleError: If there are no prompts or seeds, or a rate, level or deviation is out of range.
    """
    n, k = _positive(prompts, "prompts"), _positive(seeds, "seeds")
    check_confidence(alpha)
    check_confidence(power)
    if not (0.0 <= rate <= 1.0 and 0.0 <= seed_sd <= 0.5):
        raise SampleError(f"rate {rate!r} must lie in [0, 1] and seed_sd {seed_sd!r} in [0, 0.5]")
    if k == 1:
        return 1.0
    spread = math.sqrt(2 * (seed_sd**2 / k + rate * (1 - rate) / (n * k)))
    df = 2 * (k - 1)
    difference = float(stats.t.isf(alpha / 2, df) + stats.t.ppf(power, df)) * spread
    return min(1.0, difference)


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
