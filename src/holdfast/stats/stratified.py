"""A rate corrected with a judge's errors in several strata, such as coherent and incoherent answers."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike

from holdfast.stats.bounds import Bounds, worst_case
from holdfast.stats.corrected import Cell, Corrected, Evidence, Shift, combine, not_identified
from holdfast.stats.correction import ErrorRates, rogan_gladen
from holdfast.stats.grouped import grouped_bounds
from holdfast.stats.samples import FloatArray, IntArray, SampleError, check_confidence


def rogan_gladen_strata(
    called: Sequence[ArrayLike],
    strata: Sequence[Sequence[Hashable]],
    groups: Sequence[Hashable],
    rates: Mapping[Hashable, ErrorRates],
    *,
    confidence: float = 0.95,
) -> Corrected:
    """Return a rate corrected in each stratum for the judge's errors there (`rogan_gladen`).

    It is the mean over answers of (called + specificity - 1) / (sensitivity + specificity - 1), with the
    errors of the answer's stratum, so that seeds, groups and the sizes of strata vary together as they do.
    The uncertainty of the errors is recovered from their intervals: how far each end moves the rate, squared
    and added. An answer may be 0 or 1 if the errors of its stratum identify nothing, or do not fit what the
    judge says there.

    Args:
        called: For each seed one value in [0, 1] a row: whether the judge says yes; NaN for no word.
        strata: The same rows: the stratum of each answer.
        groups: One label a row, shared by all seeds.
        rates: The judge's errors by stratum, at the same level; a stratum without is not identified.
        confidence: Level, in (0, 1).

    Returns:
        The corrected rate, without a value where more than `MOST_UNKNOWN` of the answers are in strata that
        are not identified.

    Raises:
        SampleError: If seeds, rows and labels do not pair up, or a value lies outside [0, 1].
        SampleError: If the confidence is not in (0, 1).
    """
    check_confidence(confidence)
    bounds = [worst_case(each) for each in called]
    sizes = {each.n for each in bounds} | {len(each) for each in strata} | {len(groups)}
    if len(bounds) != len(strata) or len(sizes) != 1:
        raise SampleError(
            f"{len(bounds)} seeds of calls, {len(strata)} of strata, of {sorted(sizes)} rows, do not pair up"
        )
    names = list(chain.from_iterable(strata))
    method = f"Rogan-Gladen in {len(set(names))} strata"
    labels = sum(rates[name].labels for name in set(names) & set(rates))
    if not names:
        return not_identified("no answers", method, None, labels)
    judged = Bounds(
        np.concatenate([each.low for each in bounds]), np.concatenate([each.high for each in bounds])
    )
    everywhere = list(groups) * len(bounds)
    cells = []
    for name in dict.fromkeys(names):
        members = np.flatnonzero([each == name for each in names])
        inside = Bounds(judged.low[members], judged.high[members])
        observed = grouped_bounds(inside, [everywhere[i] for i in members], confidence=confidence)
        errors = rates.get(name)
        fits = errors is not None and rogan_gladen(observed, errors).identified
        cells.append(_cell(members, inside, errors if fits else None))
    return combine(cells, Evidence(judged.low, groups, labels, method), confidence)


def _cell(members: IntArray, judged: Bounds, errors: ErrorRates | None) -> Cell:
    """Return the answers of a stratum, corrected by its errors if these are identified."""
    if errors is None or errors.sensitivity is None or errors.specificity is None:
        return Cell(members, judged.low, judged.high, None, np.zeros(members.size))
    right, clear = errors.sensitivity, errors.specificity
    sensitivity, specificity = right.value or 0.0, clear.value or 0.0
    least = _rectified(judged.low, sensitivity, specificity)
    moved = [_rectified(judged.low, each, specificity) for each in (right.low, right.high)]
    cleared = [_rectified(judged.low, sensitivity, each) for each in (clear.low, clear.high)]
    return Cell(
        members=members,
        least=least,
        most=_rectified(judged.high, sensitivity, specificity),
        shifts=(_shift(least, moved), _shift(least, cleared)),
        pull=np.zeros(members.size),
    )


def _rectified(judged: FloatArray, sensitivity: float, specificity: float) -> FloatArray:
    return (judged + specificity - 1) / (sensitivity + specificity - 1)


def _shift(values: FloatArray, moved: Sequence[FloatArray]) -> Shift:
    """Return how far the mean lies from what it is at either end of an error rate."""
    mean, ends = float(values.mean()), [float(each.mean()) for each in moved]
    return Shift(max(0.0, mean - min(ends)), max(0.0, max(ends) - mean))
