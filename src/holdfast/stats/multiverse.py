"""How much of a claim survives when benchmark, judge, template or decoding are chosen differently."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.stats.samples import SampleError

FEWEST_AXES = 2
"""Axes with at least two levels below which choices have not been varied enough to speak of a multiverse."""


@dataclass(frozen=True, slots=True)
class UniverseValue:
    """A difference under one choice on every axis.

    Attributes:
        levels: Level by axis.
        value: The difference; None where it could not be measured.
        low: Lower end of its interval; None where there is none.
        high: Upper end.
        primary: Whether it is the cell that the claim was first made in.
    """

    levels: Mapping[str, str]
    value: float | None
    low: float | None
    high: float | None
    primary: bool = False

    @property
    def sign(self) -> int:
        """1 or -1; 0 for no difference and where there is no value."""
        return 0 if self.value is None or math.isnan(self.value) else int(np.sign(self.value))

    @property
    def significant(self) -> bool:
        """Whether the interval excludes 0, on the side of the value."""
        if self.low is None or self.high is None:
            return False
        return (self.sign > 0 and self.low > 0) or (self.sign < 0 and self.high < 0)


@dataclass(frozen=True, slots=True)
class LevelLeftOut:
    """What remains when one level of one axis is left out.

    Attributes:
        axis: The axis.
        level: The level left out.
        same_sign: Share of the remaining cells with the sign of the primary one.
        median: Median over the remaining cells that have a value; None where none has.
        holds: Whether the median keeps the primary cell's sign even if every cell without a value stood
            against it.
    """

    axis: str
    level: str
    same_sign: float
    median: float | None
    holds: bool


@dataclass(frozen=True, slots=True)
class MultiverseSummary:
    """One claim over all cells; a cell without a value counts against it.

    Attributes:
        same_sign: Share of all cells with the sign of the primary one; 0 if that has none.
        significant: Share of all cells with that sign whose interval also excludes 0.
        left_out: One a level of each axis with at least two.
    """

    same_sign: float
    significant: float
    left_out: tuple[LevelLeftOut, ...]


def multiverse_shares(cells: Sequence[UniverseValue]) -> MultiverseSummary:
    """Return how many cells agree with the primary one (Steegen et al. 2016, Perspect. Psychol. Sci. 11:702).

    Args:
        cells: One a combination of levels, all combinations, exactly one of them primary.

    Returns:
        The summary.

    Raises:
        SampleError: If there is not exactly one primary cell.
        SampleError: If cells differ in their axes, a combination is missing or there twice.
        SampleError: If fewer than two axes have at least two levels.
    """
    primary = [cell for cell in cells if cell.primary]
    if len(primary) != 1:
        raise SampleError(f"{len(primary)} of {len(cells)} cells are primary: exactly one must be")
    axes = _axes(cells)
    sign = primary[0].sign
    return MultiverseSummary(
        same_sign=_same_sign(cells, sign),
        significant=sum(_agrees(cell, sign) and cell.significant for cell in cells) / len(cells),
        left_out=tuple(
            _without([cell for cell in cells if cell.levels[axis] != level], axis, level, sign)
            for axis, levels in axes.items()
            for level in levels
        ),
    )


def _axes(cells: Sequence[UniverseValue]) -> dict[str, tuple[str, ...]]:
    """Return the levels of every axis that varies, in order of first appearance."""
    names = tuple(cells[0].levels)
    if any(set(cell.levels) != set(names) for cell in cells):
        raise SampleError(f"every cell needs a level on each of the axes {', '.join(names)}")
    levels = {name: tuple(dict.fromkeys(cell.levels[name] for cell in cells)) for name in names}
    present = [tuple(cell.levels[name] for name in names) for cell in cells]
    missing = set(itertools.product(*levels.values())) - set(present)
    if missing:
        raise SampleError(
            f"{len(missing)} combinations have no cell, such as {' x '.join(sorted(missing)[0])}",
            next_step="give a cell that could not be measured without a value",
        )
    if len(set(present)) != len(present):
        raise SampleError("a combination of levels has more than one cell")
    varied = {name: each for name, each in levels.items() if len(each) > 1}
    if len(varied) < FEWEST_AXES:
        raise SampleError(f"{len(varied)} axes have two or more levels: a multiverse needs {FEWEST_AXES}")
    return varied


def _agrees(cell: UniverseValue, sign: int) -> bool:
    return sign != 0 and cell.sign == sign


def _same_sign(cells: Sequence[UniverseValue], sign: int) -> float:
    return sum(_agrees(cell, sign) for cell in cells) / len(cells)


def _without(rest: Sequence[UniverseValue], axis: str, level: str, sign: int) -> LevelLeftOut:
    values = [cell.value for cell in rest if cell.value is not None and not math.isnan(cell.value)]
    # -1 is the worst that a difference of rates can be, whichever way the claim goes.
    against = [sign * value for value in values] + [-1.0] * (len(rest) - len(values))
    return LevelLeftOut(
        axis=axis,
        level=level,
        same_sign=_same_sign(rest, sign),
        median=float(np.median(values)) if values else None,
        holds=sign != 0 and float(np.median(against)) > 0,
    )
