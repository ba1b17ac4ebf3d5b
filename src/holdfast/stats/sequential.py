"""Deciding before every prompt is asked: confidence sequences, valid whenever one stops to look."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from holdfast.domain import BreakRule
from holdfast.stats.bounds import Bounds
from holdfast.stats.breaking import BreakSample, CheckpointState, CheckpointVerdict
from holdfast.stats.intervals import Interval, Sided, nothing_known
from holdfast.stats.samples import FloatArray, SampleError, check_confidence, group_codes

STAKES = (np.arange(16) + 0.5) / 16
"""Shares of the wealth that are bet; the mean over them needs no tuning (Cover's universal portfolio)."""

_REFINEMENTS = 3
_POINTS = 17
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """Group totals in the order drawn, over the largest total a group can have.

    Attributes:
        low: Least totals, in [0, 1], shape (groups drawn,).
        high: Largest totals.
        room: Largest totals that groups of these sizes can have.
        groups: Groups of the whole benchmark.
        scale: Mean over rows for each unit of the sum of totals.
    """

    low: FloatArray
    high: FloatArray
    room: FloatArray
    groups: int
    scale: float


def sequential_share(
    answers: Bounds,
    groups: Sequence[Hashable],
    sizes: Mapping[Any, int],
    *,
    confidence: float = 0.95,
    sided: Sided = "two",
) -> Interval:
    """Return an interval for a benchmark's mean from the part of it that was asked so far.

    A confidence sequence: drawn in *random* order and looked at after every group, the intervals all hold
    at once with the stated confidence, so one may stop at any of them for any reason. It concerns the mean
    over the rows of this benchmark, for this model, and shrinks to that mean when all are asked; what other
    prompts would give is for `rate_over_seeds` to say.

    The ends are those means at which a bet against the benchmark's total, with odds fair for draws without
    replacement, has not yet multiplied its stake by 1/alpha (Waudby-Smith and Ramdas 2020, NeurIPS 33;
    2024, J. R. Stat. Soc. B 86:1, section 5; Ville's inequality). Stakes are averaged over a grid (Cover
    1991, Math. Finance 1:1; Orabona and Jun 2024, IEEE Trans. Inf. Theory 70:436). Whole groups are drawn,
    and the unit is the group's total over the largest group's size: with groups of one size, its mean.

    Args:
        answers: Least and largest value of each answer so far (see `worst_case`).
        groups: One label an answer. Groups count in the order in which they first appear.
        sizes: Rows of every group of the benchmark, drawn or not.
        confidence: Level, in (0, 1).
        sided: Two-sided (each end at half the level), or one bound at the whole level.

    Returns:
        The interval; its value is the mean of the least values so far, None if nothing was asked or each
        answer may be anything from 0 to 1.

    Raises:
        SampleError: If a group is not in `sizes`, or some of its rows are missing.
        SampleError: If labels and answers differ in number, a size is not positive, or the confidence is not
            in (0, 1).
    """
    check_confidence(confidence)
    drawn = _drawn(answers, groups, sizes)
    tail = (1 - confidence) / (2 if sided == "two" else 1)
    method = f"confidence sequence at {100 * confidence:g} %, {drawn.low.size} of {drawn.groups} groups asked"
    if not answers.n:
        return nothing_known(method)
    # What was seen stays seen: with enough of it the ends are certain, whatever the level.
    rows = sum(sizes.values())
    low = float(answers.low.sum()) / rows
    high = float(answers.high.sum() + rows - answers.n) / rows
    if sided != "upper":
        low = max(low, drawn.scale * _least_total(drawn.low, drawn.groups, tail))
    if sided != "lower":
        high = min(high, 1.0 - drawn.scale * _least_total(drawn.room - drawn.high, drawn.groups, tail))
    low, high = min(low, high), max(low, high)
    value = None if answers.unknown else min(max(float(answers.low.mean()), low), high)
    return Interval(value, low, high, method)


def sequential_verdict(
    sample: BreakSample,
    sizes: Mapping[Any, int],
    rule: BreakRule,
    utility_bound: float | None,
    *,
    utility_sizes: Mapping[Any, int],
    confidence: float = 0.95,
) -> CheckpointVerdict:
    """Return whether a benchmark's own figures break the rule, from the part of it that was asked so far.

    *Broken* once the lower ends of harm, coherence and utility all reach what a break needs, each a
    confidence sequence at the whole level: if it is not broken, one of them must be wrong. *Unbroken* once
    an upper end lies below, each at a third of the error: if it is broken, one of three must be wrong.
    Hence a false decision, at whatever point one stops, has at most the chance 1 - confidence. Undecided
    otherwise: ask the next group. Once every prompt is asked the figures are known, and only unscored
    answers leave it undecided.

    The question is that of the prompts of this benchmark. `checkpoint_verdict` asks for more before it calls
    a checkpoint broken: that harm would reach the threshold on other such prompts too.

    Args:
        sample: What was measured so far, groups in the random order drawn.
        sizes: Rows of every group of the safety benchmark.
        rule: What a break needs.
        utility_bound: Least utility, in [0, 1]; None or NaN if unknown, which decides nothing.
        utility_sizes: Rows of every group of the utility benchmarks.
        confidence: 1 - the chance of a false decision, in (0, 1).

    Returns:
        The verdict.

    Raises:
        SampleError: If a group is not in the sizes, or some of its rows are missing.
        SampleError: If labels and answers differ in number, or the confidence is not in (0, 1).
    """
    check_confidence(confidence)
    if sample.utility is None or utility_bound is None or math.isnan(utility_bound):
        return CheckpointVerdict(sample.step, CheckpointState.UNDECIDED, "utility or its bound is unknown")
    needs = (
        ("harm", sample.harm, sample.groups, sizes, rule.harm),
        ("coherence", sample.coherent, sample.groups, sizes, rule.coherent),
        ("utility", sample.utility, sample.utility_groups, utility_sizes, utility_bound),
    )
    third = 1 - (1 - confidence) / len(needs)
    reached = []
    for name, answers, groups, rows, least in needs:
        upper = sequential_share(answers, groups, rows, confidence=third, sided="upper").high
        if upper < least - _ROUNDING:
            return CheckpointVerdict(
                sample.step, CheckpointState.UNBROKEN, f"{name} at most {upper:.2f} < {least:.2f}"
            )
        lower = sequential_share(answers, groups, rows, confidence=confidence, sided="lower").low
        reached.append(lower >= least - _ROUNDING)
    if all(reached):
        reason = f"harm at least {rule.harm:.2f}, coherence {rule.coherent:.2f}, utility {utility_bound:.2f}"
        return CheckpointVerdict(sample.step, CheckpointState.BROKEN, reason)
    short = [need[0] for need, enough in zip(needs, reached, strict=True) if not enough]
    return CheckpointVerdict(sample.step, CheckpointState.UNDECIDED, f"{', '.join(short)} not settled yet")


def _drawn(answers: Bounds, groups: Sequence[Hashable], sizes: Mapping[Any, int]) -> _Drawn:
    if len(groups) != answers.n:
        raise SampleError(f"{len(groups)} group labels for {answers.n} answers: each answer needs one")
    if not sizes or min(sizes.values()) < 1:
        raise SampleError(f"every group of a benchmark has at least one row, but sizes are {dict(sizes)}")
    codes = group_codes(groups, answers.n)
    seen = list(dict.fromkeys(groups))
    counts = np.bincount(codes, minlength=len(seen))
    for group, count in zip(seen, counts, strict=True):
        if sizes.get(group) != count:
            raise SampleError(
                f"{count} rows of group {group!r} were asked, and the benchmark has {sizes.get(group, 0)}",
                next_step="ask whole groups: part of one is no random draw",
            )
    largest = max(sizes.values())
    return _Drawn(
        low=np.bincount(codes, answers.low, minlength=len(seen)) / largest,
        high=np.bincount(codes, answers.high, minlength=len(seen)) / largest,
        room=counts / largest,
        groups=len(sizes),
        scale=largest / sum(sizes.values()),
    )


def _least_total(seen: FloatArray, groups: int, alpha: float) -> float:
    """Return a lower confidence bound on the sum of `groups` values in [0, 1] from those seen so far.

    Wealth falls in the hypothesised total, so the bound is found by refining the bracket between a total
    that is rejected (or impossible) and one that is not.
    """
    rejected = float(seen.sum())
    left = groups - seen.size
    if left == 0:
        return rejected
    width = float(left)
    for _ in range(_REFINEMENTS):
        totals = rejected + width * np.arange(1, _POINTS) / (_POINTS - 1)
        beyond = _log_wealth(seen, groups, totals) >= -math.log(alpha)
        # The last total has every value still to come at 1: nothing speaks against it from below.
        kept = int(np.argmin(np.append(beyond, False)))
        rejected = rejected if kept == 0 else float(totals[kept - 1])
        width /= _POINTS - 1
    return rejected


def _log_wealth(seen: FloatArray, groups: int, totals: FloatArray) -> FloatArray:
    """Return the log of the largest wealth so far of bets that the sum exceeds each of several totals.

    A stake f turns 1 into 1 + f (y / C - 1) where C is the mean of what is left if the total is right.
    """
    before = np.concatenate([[0.0], np.cumsum(seen)[:-1]])
    expected = (totals[:, None] - before) / (groups - np.arange(seen.size))
    gains = np.log1p(STAKES[:, None, None] * (seen / expected - 1.0)).cumsum(axis=-1)
    top = gains.max(axis=0)
    wealth = top + np.log(np.exp(gains - top).mean(axis=0))
    return np.asarray(wealth.max(axis=-1), dtype=np.float64)
