"""The best of many tries: what it seemed to be, and what it is on fresh seeds and held-out prompts."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from holdfast.stats.differences import added_difference
from holdfast.stats.intervals import Interval
from holdfast.stats.samples import SampleError, check_confidence
from holdfast.stats.seeds import SeedRate, rate_over_seeds


@dataclass(frozen=True, slots=True, eq=False)
class Try:
    """One try of a search.

    Attributes:
        name: What identifies it.
        values: For each seed one value in [0, 1] a row, NaN where there is no usable verdict; a try
            without any verdict failed.
        groups: One label a row.
        feasible: Whether it met the bounds of the search (utility); what did not can not be chosen.
    """

    name: str
    values: Sequence[ArrayLike]
    groups: Sequence[Hashable] = ()
    feasible: bool = True


@dataclass(frozen=True, slots=True)
class Selection:
    """The best of many tries, as it was found and as it is.

    Attributes:
        best: Name of the chosen try; None if no try was feasible.
        selected: Its rate in the search. The interval holds for all feasible tries at once, hence for
            whichever is chosen; the value is too high by what luck gave it. None if nothing was chosen.
        estimated: Its rate on fresh seeds and held-out prompts; None if it was not run again.
        optimism: `selected` minus `estimated`, with an interval for two independent samples; None if it was
            not run again, without a value if that gave nothing.
        tries: Tries, all of them.
        failed: Tries that gave no result.
        infeasible: Tries that did not meet the bounds.
        method: How it was made, in words.
    """

    best: str | None
    selected: SeedRate | None
    estimated: SeedRate | None
    optimism: Interval | None
    tries: int
    failed: int
    infeasible: int
    method: str


def best_of(
    tries: Sequence[Try],
    again: Sequence[ArrayLike] = (),
    again_groups: Sequence[Hashable] = (),
    *,
    confidence: float = 0.95,
) -> Selection:
    """Return the try with the highest rate, and its rate when it is run again.

    The maximum over tries is biased upwards (Cawley and Talbot 2010, J. Mach. Learn. Res. 11:2079), so the
    figure to report is that of the second run, which had no part in the choice. The interval of the selected
    figure is Bonferroni's over the feasible tries: it covers its own try's rate however the try was chosen,
    wherever `rate_over_seeds` covers at that level. Optimism has Newcombe's square-and-add interval for
    independent samples (1998, Stat. Med. 17:873, method 10). A failed try is counted, and is no evidence
    that nothing better exists. Missing verdicts count as 0 in the choice.

    Args:
        tries: All tries of the search, feasible or not, failed or not. At least one.
        again: The chosen try run again: for each *fresh* seed one value in [0, 1] a *held-out* row, NaN where
            there is no usable verdict; empty if it was not.
        again_groups: One label a row of these.
        confidence: Level, in (0, 1).

    Returns:
        Both figures side by side, and how many tries were no candidates.

    Raises:
        SampleError: If there are no tries, or two have one name.
        SampleError: If it was run again although nothing could be chosen, or a held-out group was part of
            the chosen try.
        SampleError: If values and labels do not pair up (see `rate_over_seeds`).
        SampleError: If the confidence is not in (0, 1).
    """
    check_confidence(confidence)
    _check_names(tries)
    failed = sum(not _has_result(each) for each in tries)
    candidates = [each for each in tries if each.feasible and _has_result(each)]
    infeasible = len(tries) - failed - len(candidates)
    counts = f"best of {len(tries)} tries ({failed} failed, {infeasible} infeasible)"
    if not candidates:
        if len(again):
            raise SampleError(f"{counts}: none could be chosen, so none can have been run again")
        return Selection(None, None, None, None, len(tries), failed, infeasible, f"{counts}: none to choose")
    level = 1 - (1 - confidence) / len(candidates)
    rates = [rate_over_seeds(each.values, each.groups, confidence=level) for each in candidates]
    place = max(range(len(rates)), key=lambda index: _value(rates[index]))
    best, selected = candidates[place], rates[place]
    if not len(again):
        method = f"{counts}; not run again, so the selected figure is too high by an unknown amount"
        return Selection(best.name, selected, None, None, len(tries), failed, infeasible, method)
    if common := set(best.groups) & set(again_groups):
        raise SampleError(
            f"{len(common)} prompt groups of the second run took part in the choice of {best.name!r}, e.g. "
            f"{next(iter(common))!r}",
            next_step="measure the second run on the held-out split",
        )
    estimated = rate_over_seeds(again, again_groups, confidence=confidence)
    own = rate_over_seeds(best.values, best.groups, confidence=confidence)
    method = (
        f"{counts}, run again on {estimated.seeds} fresh seeds and held-out prompts; the selected figure's "
        f"interval is Bonferroni's over {len(candidates)} tries"
    )
    optimism = added_difference(estimated.interval, own.interval)
    return Selection(best.name, selected, estimated, optimism, len(tries), failed, infeasible, method)


def _check_names(tries: Sequence[Try]) -> None:
    names = [each.name for each in tries]
    if not names or len(set(names)) < len(names):
        raise SampleError(f"tries need names of their own, got {names}")


def _has_result(each: Try) -> bool:
    return any(bool(np.isfinite(np.asarray(seed, dtype=np.float64)).any()) for seed in each.values)


def _value(rate: SeedRate) -> float:
    return -math.inf if rate.interval.value is None else rate.interval.value
