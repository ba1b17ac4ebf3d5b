"""Checks that turn what callers hold into arrays that estimators may trust."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from holdfast.domain import HoldfastError

FloatArray = NDArray[np.float64]
"""One-dimensional unless a docstring says otherwise."""

IntArray = NDArray[np.intp]


class SampleError(HoldfastError):
    """Numbers that an estimator must not be given: it could only turn them into a wrong figure."""


def unit_values(values: ArrayLike, name: str, *, missing: bool = False) -> FloatArray:
    """Return values as a float array after checking that each lies in [0, 1].

    Args:
        values: One value an answer, one-dimensional.
        name: What they are, for the message.
        missing: Whether NaN may stand for an answer without a usable verdict.

    Returns:
        The values, shape (n,).

    Raises:
        SampleError: If they are not one-dimensional.
        SampleError: If a value is NaN and `missing` is false.
        SampleError: If a value lies outside [0, 1].
    """
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1:
        raise SampleError(f"{name}: expected one value an answer, got an array of shape {array.shape}")
    absent = np.isnan(array)
    if absent.any() and not missing:
        raise SampleError(
            f"{name}: {int(absent.sum())} of {array.size} values are NaN",
            next_step="turn unscored answers into bounds with holdfast.stats.worst_case",
        )
    outside = array[~absent & ~((array >= 0.0) & (array <= 1.0))]
    if outside.size:
        raise SampleError(f"{name}: {outside[0]!r} lies outside [0, 1]")
    return array


def group_codes(groups: Sequence[Hashable], rows: int) -> IntArray:
    """Return the groups as integers counted from 0 in order of first appearance.

    Args:
        groups: One label a row; rows with the same label ask the same thing.
        rows: How many rows there are.

    Returns:
        Codes in [0, number of groups), shape (rows,).

    Raises:
        SampleError: If there is not exactly one label a row.
    """
    if len(groups) != rows:
        raise SampleError(f"{len(groups)} group labels for {rows} values: each value needs one")
    codes: dict[Hashable, int] = {}
    return np.array([codes.setdefault(group, len(codes)) for group in groups], dtype=np.intp)


def check_confidence(confidence: float) -> None:
    """Check that a confidence level is one.

    Raises:
        SampleError: If it does not lie strictly between 0 and 1.
    """
    if not 0.0 < confidence < 1.0:
        raise SampleError(f"confidence {confidence!r} does not lie strictly between 0 and 1")
