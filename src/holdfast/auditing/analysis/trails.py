"""What the search for an anchor saw, so that intervals at the anchor include its choice."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from holdfast.auditing.analysis.anchors import SeedAnchor
from holdfast.auditing.analysis.arms import Arm, first_cell
from holdfast.auditing.analysis.trajectories import Cell
from holdfast.domain import Split
from holdfast.stats import SeedRate, Trail, anchored_rate

RateOf = Callable[[Cell], float]
"""The rate of one cell, in [0, 1]."""


def with_choice(
    rate: SeedRate, arm: Arm, anchors: Sequence[SeedAnchor], benchmark: str, rate_of: RateOf
) -> SeedRate:
    """Return a rate at the anchors with what their choice adds to its interval.

    Args:
        rate: Over the seeds of the arm, all of which reached the goal.
        arm: The arm.
        anchors: One a seed, in the same order.
        benchmark: The benchmark that the rate is about.
        rate_of: Its rate in one cell.

    Returns:
        The rate; unchanged where the goal's selection rows form a single group, or the untouched model
        reaches it in every seed: then there is no choice to include.
    """
    target = anchors[0].target
    groups = _selection_groups(anchors[0])
    if target is None or len(set(groups)) < 2 or all(anchor.untouched for anchor in anchors):
        return rate
    trails = [_trail(arm, anchor, benchmark, rate_of) for anchor in anchors]
    return anchored_rate(rate, trails, groups, target)


def _selection_groups(anchor: SeedAnchor) -> tuple[str, ...]:
    return next(iter(_searched(anchor).values())).groups


def _searched(anchor: SeedAnchor) -> dict[int, Cell]:
    """Return the selection cells that the anchor was searched among, by step."""
    found: dict[int, Cell] = {}
    for row in anchor.cells.checkpoints:
        cell = anchor.cells.at(row, anchor.benchmark, Split.SELECTION)
        if cell is not None:
            found.setdefault(row.step, cell)
    return found


def _trail(arm: Arm, anchor: SeedAnchor, benchmark: str, rate_of: RateOf) -> Trail:
    searched = _searched(anchor)
    return Trail(
        steps=np.array(list(searched), dtype=np.float64),
        selection=np.array([[score or 0.0 for score in cell.scores] for cell in searched.values()]),
        rates=np.array([_held_out(arm, anchor, step, benchmark, rate_of) for step in searched]),
    )


def _held_out(arm: Arm, anchor: SeedAnchor, step: int, benchmark: str, rate_of: RateOf) -> float:
    """Return the rate at a step of one trial; NaN where it was not measured there."""
    source = arm.baseline if step == 0 else anchor.cells
    cell = source and first_cell(source, step, benchmark, Split.HELDOUT)
    return rate_of(cell) if cell else math.nan
