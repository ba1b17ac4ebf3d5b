"""Adjusting p-values for a family of comparisons."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from holdfast.stats.samples import unit_values


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Return Holm's step-down adjusted p-values (1979, Scandinavian Journal of Statistics 6:65).

    Rejecting what stays at or below a level keeps the chance of any false rejection in the family at or below
    that level, whatever the comparisons have to do with each other.

    Args:
        p_values: One a comparison, in [0, 1]; leave out comparisons that have none.

    Returns:
        The adjusted values, in the same order, each at least its own; empty for an empty family.

    Raises:
        SampleError: If a value is NaN or outside [0, 1].
    """
    checked = unit_values(np.asarray(p_values, dtype=np.float64), "p-values")
    if checked.size == 0:
        return ()
    from statsmodels.stats.multitest import multipletests

    _, adjusted, _, _ = multipletests(checked, method="holm")
    return tuple(float(each) for each in adjusted)
