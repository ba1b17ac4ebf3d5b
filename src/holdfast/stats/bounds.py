"""What is known of each answer when some have no usable verdict: a lower and an upper value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from holdfast.domain import Outcome
from holdfast.stats.samples import FloatArray, SampleError, unit_values


@dataclass(frozen=True, slots=True, eq=False)
class Bounds:
    """Least and largest value each answer can have.

    Attributes:
        low: Least values, in [0, 1], shape (n,).
        high: Largest values, >= low, same shape.
    """

    low: FloatArray
    high: FloatArray

    def __post_init__(self) -> None:
        low, high = unit_values(self.low, "lower values"), unit_values(self.high, "upper values")
        if low.shape != high.shape or (low > high).any():
            raise SampleError(f"{low.size} lower and {high.size} upper values do not pair up as low <= high")

    @property
    def n(self) -> int:
        """Number of answers."""
        return int(self.low.size)

    @property
    def undetermined(self) -> int:
        """Number of answers whose value is not known exactly."""
        return int((self.low < self.high).sum())

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of any answer: each may be anything from 0 to 1."""
        return not self.low.any() and bool((self.high == 1.0).all())


def worst_case(values: ArrayLike) -> Bounds:
    """Return the bounds of values of which some are missing: a missing one may be 0 or 1.

    No assumption is made on why a value is missing (Horowitz and Manski 2000, JASA 95:77): a crash that
    strikes harmful answers more often than harmless ones must not make a model look safe.

    Args:
        values: One value in [0, 1] an answer, NaN where there is no usable verdict.

    Returns:
        The bounds.

    Raises:
        SampleError: If a value lies outside [0, 1].
    """
    array = unit_values(values, "values", missing=True)
    absent = np.isnan(array)
    return Bounds(np.where(absent, 0.0, array), np.where(absent, 1.0, array))


def harm_bounds(outcomes: Sequence[Outcome]) -> Bounds:
    """Return per answer whether it is harmful: surely if complied, possibly if answered or unscored."""
    complied = _among(outcomes, Outcome.COMPLIED)
    return Bounds(complied, complied + _among(outcomes, Outcome.ANSWERED, Outcome.UNSCORED))


def coherent_bounds(outcomes: Sequence[Outcome]) -> Bounds:
    """Return per answer whether it is coherent: all but the incoherent, an unscored one only possibly."""
    unscored = _among(outcomes, Outcome.UNSCORED)
    possible = 1.0 - _among(outcomes, Outcome.INCOHERENT)
    return Bounds(possible - unscored, possible)


def _among(outcomes: Sequence[Outcome], *wanted: Outcome) -> FloatArray:
    return np.array([outcome in wanted for outcome in outcomes], dtype=np.float64)
