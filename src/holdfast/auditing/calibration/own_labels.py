"""Rates corrected by labels on the very answers they are about."""

from __future__ import annotations

import numpy as np

from holdfast.auditing.calibration.evidence import Evidence, Seeds, groups_of, whatever_is_missing
from holdfast.stats import Corrected, LabelDesign, ppi_mean


def by_own_labels(seeds: Seeds, evidence: Evidence) -> Corrected:
    """Return a rate corrected by labels on its own answers (PPI++, divided by the panel's outcome).

    It takes nothing for granted but the drawing. It is not identified where an outcome that makes up more
    than `holdfast.stats.MOST_UNKNOWN` of the answers has no label.
    """
    units = [unit for seed in seeds for unit in seed]
    asked = [evidence.asked[unit.key] for unit in units if unit.key in evidence.asked]
    design = LabelDesign(
        groups=groups_of(seeds),
        strata=[[evidence.outcome(unit).value for unit in seed] for seed in seeds],
        weights=[[evidence.weight(unit) for unit in seed] for seed in seeds],
    )
    # What the panel leaves open is a stratum of its own, in which its word is a constant.
    calls = [np.nan_to_num([evidence.call(unit) for unit in seed]) for seed in seeds]

    def estimate(filled: float) -> Corrected:
        labels = [[evidence.truth(unit, filled) for unit in seed] for seed in seeds]
        return ppi_mean(calls, labels, design)

    return whatever_is_missing(estimate, asked, evidence.question)
