"""Prediction-powered rates: a judge's word on every answer, corrected by labels on a sample of them."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from holdfast.stats.composition import check_categories
from holdfast.stats.corrected import Cell, Corrected, Evidence, Shift, combine, not_identified
from holdfast.stats.samples import (
    FloatArray,
    IntArray,
    SampleError,
    check_confidence,
    group_codes,
    unit_values,
)
from holdfast.stats.weighted import sampling_weights, weighted_rate

FEW_VALUES = 2
"""A stratum in which the judge gives at most so many different values is divided by them."""


@dataclass(frozen=True, slots=True, eq=False)
class LabelDesign:
    """How the labelled answers were drawn from the judged ones.

    Attributes:
        groups: One label a row, shared by all seeds; rows with the same label ask the same thing.
        strata: For each seed one stratum a row, as the sample was drawn; None if it was not stratified.
        weights: For each seed one weight a row: how many answers a labelled one stands for, 1 / (probability
            that it was drawn). Read only where there is a label. None if all are equal within each stratum.
    """

    groups: Sequence[Hashable]
    strata: Sequence[Sequence[Hashable]] | None = None
    weights: Sequence[ArrayLike] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Flat:
    """All answers in one row, seed after seed.

    Attributes:
        labels: NaN where there is none.
        groups: Group of each answer.
        strata: Stratum of each answer.
        weights: Weight of each answer; 1 where it has no label.
    """

    labels: FloatArray
    groups: IntArray
    strata: IntArray
    weights: FloatArray

    def labelled(self, members: IntArray) -> IntArray:
        """Return those of `members` that are labelled."""
        return members[~np.isnan(self.labels[members])]


def ppi_mean(
    judged: Sequence[ArrayLike],
    labels: Sequence[ArrayLike],
    design: LabelDesign,
    *,
    confidence: float = 0.95,
) -> Corrected:
    """Return the mean of labels over all answers, predicted by a judge and rectified by labels on a sample.

    In each stratum: lambda times the judge's mean over all answers, plus the weighted mean of label - lambda
    judge over the labelled ones (PPI++: Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453; by strata:
    Fisch et al. 2024, arXiv 2406.04291), with the lambda of least variance. For a judge that says yes or no
    that is post-stratification by its word, and each cell's rate has Wilson's interval on its effective
    labels (see `weighted_rate`), because normal intervals cover too little where errors are rare. A judge
    with graded values gets Student's t, with two imagined labels that err fully each way.

    The part from labels and the part from answers (`rate_over_seeds` of the rectified values: seeds and
    groups) are independent; their distances are squared and added. An answer in a cell without labels may be
    0 or 1.

    Args:
        judged: For each seed one value in [0, 1] a row, no NaN: give unscored answers a stratum of their own.
        labels: The same rows: the label in [0, 1], NaN where there is none.
        design: How the labelled answers were drawn from these.
        confidence: Level, in (0, 1).

    Returns:
        The corrected rate. It has no value without answers or labels, or if more than `MOST_UNKNOWN` of the
        answers are in cells without labels.

    Raises:
        SampleError: If seeds, rows, groups, strata or weights do not pair up.
        SampleError: If a value lies outside [0, 1], or a weight is not positive and finite.
        SampleError: If the confidence is not in (0, 1).
    """
    check_confidence(confidence)
    words = np.concatenate([np.empty(0), *(unit_values(each, "judged values") for each in judged)])
    flat = _flatten([unit_values(each, "labels", missing=True) for each in labels], design, words.size)
    cells = _cells(words, flat, confidence)
    labelled = int((~np.isnan(flat.labels)).sum())
    method = f"PPI++ in {len(cells)} cells"
    if not labelled or not words.size:
        raw = float(words.mean()) if words.size else None
        return not_identified("no labels" if words.size else "no answers", method, raw, labelled)
    return combine(cells, Evidence(words, design.groups, labelled, method), confidence)


def ppi_shares(
    judged: Sequence[Sequence[str]],
    labels: Sequence[Sequence[str | None]],
    design: LabelDesign,
    categories: Sequence[str],
    *,
    confidence: float = 0.95,
) -> Mapping[str, Corrected]:
    """Return the share of every category over all answers, corrected by labels on a sample (`ppi_mean`).

    Answers are divided by stratum and by the judge's category; the values add up to 1.

    Args:
        judged: For each seed the judge's category a row.
        labels: The same rows: the category labelled, None where there is none.
        design: How the labelled answers were drawn from these.
        categories: All categories, in the order wanted.
        confidence: Level of each interval, in (0, 1).

    Returns:
        One corrected share a category.

    Raises:
        SampleError: If a category is not among `categories`, or as for `ppi_mean`.
    """
    check_categories(chain(*judged, *labels), categories)
    strata = design.strata or [[None] * len(seed) for seed in judged]
    divided = [list(zip(a, b, strict=False)) for a, b in zip(strata, judged, strict=False)]
    finer = LabelDesign(design.groups, divided, design.weights)
    return {
        category: ppi_mean(
            [[float(word == category) for word in seed] for seed in judged],
            [[math.nan if word is None else float(word == category) for word in seed] for seed in labels],
            finer,
            confidence=confidence,
        )
        for category in categories
    }


def _flatten(labels: Sequence[FloatArray], design: LabelDesign, answers: int) -> _Flat:
    rows, seeds = len(design.groups), len(labels)
    strata = design.strata or [[None] * rows] * seeds
    weights = design.weights or [np.ones(rows)] * seeds
    sizes = {len(each) for each in chain(labels, strata, (np.asarray(each) for each in weights))}
    if sizes - {rows} or {len(strata), len(weights)} != {seeds} or answers != rows * seeds:
        raise SampleError(
            f"{answers} judged values, {seeds} seeds of labels, {len(strata)} of strata and {len(weights)} "
            f"of weights with {sorted(sizes)} rows and {rows} groups do not pair up"
        )
    pooled = np.concatenate([np.empty(0), *labels])
    factors = np.concatenate([np.empty(0), *(np.asarray(each, dtype=np.float64) for each in weights)])
    return _Flat(
        labels=pooled,
        groups=np.tile(group_codes(design.groups, rows), seeds),
        strata=group_codes(list(chain.from_iterable(strata)), answers),
        weights=sampling_weights(np.where(np.isnan(pooled), 1.0, factors), answers),
    )


def _cells(words: FloatArray, flat: _Flat, confidence: float) -> list[Cell]:
    """Return the strata, divided by the judge's word where that is one of a few."""
    cells = []
    for stratum in range(int(flat.strata.max(initial=-1)) + 1):
        members = np.flatnonzero(flat.strata == stratum)
        values = np.unique(words[members])
        if values.size <= FEW_VALUES:
            chosen = (members[words[members] == value] for value in values)
            cells += [_constant(each, words, flat, confidence) for each in chosen]
        else:
            cells.append(_graded(members, words, flat, confidence))
    return cells


def _constant(members: IntArray, words: FloatArray, flat: _Flat, confidence: float) -> Cell:
    """Return a cell in which the judge gives one value: its mean is that of its labels."""
    known = flat.labelled(members)
    if not known.size:
        return _unknown(members, words)
    found = weighted_rate(
        flat.labels[known], flat.weights[known], flat.groups[known].tolist(), confidence=confidence
    )
    mean = float(found.value or 0.0)
    values = np.full(members.size, mean)
    shift = Shift(mean - found.low, found.high - mean)
    return Cell(members, values, values, (shift,), _pull(members, flat, mean))


def _graded(members: IntArray, words: FloatArray, flat: _Flat, confidence: float) -> Cell:
    """Return a cell in which the judge's values differ: they are scaled, and shifted by the mean residual."""
    known = flat.labelled(members)
    groups = np.unique(flat.groups[known], return_inverse=True)[1]
    if known.size == 0 or groups.max() < 1:
        return _unknown(members, words)
    weights = flat.weights[known] / flat.weights[known].sum()
    labels, judged = flat.labels[known], words[known]
    scale = _power(labels, judged, weights, words[members])
    residuals = labels - scale * judged
    shift = float(weights @ residuals)
    spread = float(weights @ (judged - weights @ judged) ** 2)
    # A label that determines lambda by itself has too small a residual (HC3: MacKinnon and White 1985).
    leverage = weights + weights * (judged - weights @ judged) ** 2 / max(spread, 1e-12)
    between = np.bincount(groups, weights * (residuals - shift) / np.maximum(1 - leverage, 0.1))
    # Few residuals far from the others may not have been seen: two labels a unit off are imagined each way.
    imagined = 4.0 / (known.size * (known.size + 4))
    count = int(groups.max()) + 1
    variance = count / (count - 1) * float((between**2).sum()) + imagined / known.size
    half = float(stats.t.isf((1 - confidence) / 2, count - 1)) * math.sqrt(variance)
    values = scale * words[members] + shift
    return Cell(members, values, values, (Shift(half, half),), _pull(members, flat, values))


def _unknown(members: IntArray, words: FloatArray) -> Cell:
    """Return a cell with too few labels to tell anything: the judge's word, for the value only."""
    return Cell(members, words[members], words[members], None, np.zeros(members.size))


def _pull(members: IntArray, flat: _Flat, values: FloatArray | float) -> FloatArray:
    """Return what each label of a cell adds to its mean: its weight times its residual."""
    weights = np.where(np.isnan(flat.labels[members]), 0.0, flat.weights[members])
    residuals = np.nan_to_num(flat.labels[members] - values)
    return np.asarray(weights / weights.sum() * residuals)


def _power(labels: FloatArray, judged: FloatArray, weights: FloatArray, everywhere: FloatArray) -> float:
    """Return the lambda of least variance: covariance with the labels over the judge's variance.

    Lambda multiplies the difference of the judge's means over all answers and over the labelled. PPI++'s own
    multiplies that of the unlabelled and the labelled, and is kept in [0, 1]; so the limit here is n / (n -
    labels).
    """
    spread = float(everywhere.var())
    if spread < 1e-12:
        return 0.0
    covariance = float(weights @ ((labels - weights @ labels) * (judged - weights @ judged)))
    limit = everywhere.size / max(everywhere.size - labels.size, 1)
    return min(limit, max(0.0, covariance / spread))
