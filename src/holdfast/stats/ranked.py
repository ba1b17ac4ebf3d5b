"""Mean values of the same arms in several cells, as they are and resampled by prompt groups and seeds."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from holdfast.stats.samples import FloatArray, SampleError, group_codes
from holdfast.stats.seeds import SEEDS_FOR_INTERVAL

RESAMPLES = 2000
"""Bootstrap resamples, drawn with a fixed seed."""


@dataclass(frozen=True, slots=True, eq=False)
class RankedCell:
    """What one benchmark and judge say of every arm.

    Attributes:
        arms: For each arm one value in [0, 1] a seed and row, shape (seeds, rows), no NaN. Every cell has the
            same arms in the same order, and an arm as many seeds in each.
        groups: One label a row: rows with the same label ask the same thing, in other cells too.
    """

    arms: Sequence[ArrayLike]
    groups: Sequence[Hashable]


@dataclass(frozen=True, slots=True, eq=False)
class ArmMeans:
    """Mean values over seeds and rows.

    Attributes:
        seen: As they are; shape (1, cells, arms).
        drawn: In each resample; shape (`RESAMPLES`, cells, arms). NaN where all rows of a cell were left out.
        units: What was resampled, in words.
    """

    seen: FloatArray
    drawn: FloatArray
    units: str

    def pair(self, first: int, second: int) -> ArmMeans:
        """Return the same for two of the cells."""
        chosen = [first, second]
        return replace(self, seen=self.seen[:, chosen], drawn=self.drawn[:, chosen])


def arm_means(cells: Sequence[RankedCell]) -> ArmMeans:
    """Return the arms' means in every cell and their resamples.

    A resample draws whole prompt groups with replacement, once for all cells and arms, and the seeds of each
    arm, once for all cells (cluster bootstrap: Davison and Hinkley 1997, section 3.8; product weights for
    crossed data: Owen and Eckles 2012, Ann. Appl. Stat. 6:895). Some groups are left out each time, so that
    it shows what hangs on a single one. Seeds of an arm with fewer than 6 are taken as they are.

    Args:
        cells: The cells.

    Returns:
        The means.

    Raises:
        SampleError: If cells differ in their arms or an arm's seeds, or rows and labels do not pair up.
        SampleError: If a value is NaN or outside [0, 1].
    """
    arrays = [_checked_arms(cell) for cell in cells]
    counts = {tuple(len(arm) for arm in arms) for arms in arrays}
    if len(counts) > 1:
        raise SampleError(f"cells differ in their arms or in the seeds of these: {sorted(counts)}")
    few = sum(count < SEEDS_FOR_INTERVAL for count in next(iter(counts), ()))
    units = "prompt groups and seeds"
    if few:
        units = (
            f"prompt groups, and seeds but of {few} arms with fewer than {SEEDS_FOR_INTERVAL}: "
            "what those seeds differ by is left out"
        )
    return ArmMeans(
        seen=_scores(cells, arrays, None),
        drawn=_scores(cells, arrays, np.random.default_rng(0)),
        units=units,
    )


def _checked_arms(cell: RankedCell) -> list[FloatArray]:
    """Return the arms of a cell as arrays of shape (seeds, rows)."""
    arrays = [np.asarray(arm, dtype=np.float64) for arm in cell.arms]
    for array in arrays:
        if array.ndim != 2 or not array.size or array.shape[1] != len(cell.groups):
            raise SampleError(
                f"an arm of shape {array.shape}: expected (seeds, rows), with {len(cell.groups)} rows"
            )
        if not ((array >= 0) & (array <= 1)).all():
            raise SampleError(
                "an arm has values that are NaN or outside [0, 1]",
                next_step="leave out a cell that has unscored answers, and say so",
            )
    return arrays


def _scores(
    cells: Sequence[RankedCell], arrays: Sequence[Sequence[FloatArray]], rng: np.random.Generator | None
) -> FloatArray:
    """Return mean values of shape (samples, cells, arms): those seen, or `RESAMPLES` drawn by `rng`."""
    labels = [group for cell in cells for group in cell.groups]
    codes = group_codes(labels, len(labels))
    starts = np.cumsum([0, *(len(cell.groups) for cell in cells)])
    samples = 1 if rng is None else RESAMPLES
    by_group = _weights(samples, int(codes.max(initial=-1)) + 1, rng)
    by_seed = [
        _weights(samples, len(arm), rng if len(arm) >= SEEDS_FOR_INTERVAL else None)
        for arm in (arrays[0] if arrays else ())
    ]
    scores = np.empty((samples, len(cells), len(by_seed)))
    for index, arms in enumerate(arrays):
        of_rows = by_group[:, codes[starts[index] : starts[index + 1]]]
        of_rows = _shares(of_rows)
        for arm, values in enumerate(arms):
            scores[:, index, arm] = np.einsum("bs,bs->b", of_rows @ values.T, by_seed[arm])
    # Equal means must tie whatever order they were summed in.
    rounded: FloatArray = np.round(scores, 12)
    return rounded


def _weights(samples: int, units: int, rng: np.random.Generator | None) -> FloatArray:
    """Return weights that add up to 1 in each sample: equal ones, or multinomial; shape (samples, units)."""
    if rng is None or not units:
        return _shares(np.ones((samples, units)))
    return _shares(rng.multinomial(units, np.full(units, 1 / units), size=samples).astype(np.float64))


def _shares(weights: FloatArray) -> FloatArray:
    """Return weights over their sum in each sample; NaN where they are all 0."""
    total = weights.sum(axis=1, keepdims=True)
    shares: FloatArray = weights / np.where(total > 0, total, np.nan)
    return shares
