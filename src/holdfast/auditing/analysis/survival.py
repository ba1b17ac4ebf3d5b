"""Survival of safety over the seeds of each arm, and arms against each other."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from holdfast.auditing.analysis.arms import Arm
from holdfast.auditing.analysis.spending import on_axis, spend_axis
from holdfast.domain import SPEND_UNITS, LogRank, Side, Survival
from holdfast.stats import EventInterval, EventRange, event_summary, holm, log_rank, turnbull


@dataclass(frozen=True, slots=True)
class ArmBreaks:
    """When the seeds of one arm break first.

    Attributes:
        arm: The arm; it trains.
        events: One a planned seed in steps, measured trials first.
    """

    arm: Arm
    events: tuple[EventInterval, ...]

    def on(self, unit: str) -> list[EventInterval] | None:
        """Return the events on an axis of spend; None where it is unknown or nothing was measured."""
        return on_axis(self.arm.done, self.events, unit) if self.arm.done else None

    def budget(self, unit: str) -> float:
        """Return what every measured seed has spent at the end of its training, at least."""
        spent = (max(axis.values()) for cells in self.arm.done if (axis := spend_axis(cells, unit)))
        return min(spent, default=0.0)

    @property
    def side(self) -> Side:
        """The arm in the words of the record."""
        return Side(self.arm.model, self.arm.safeguard, self.arm.pathway, "end")


def survival_of(breaks: Sequence[ArmBreaks], judge: str) -> Iterator[Survival]:
    """Yield the survival of each arm on every axis of spend that is known.

    Args:
        breaks: The arms.
        judge: The panel that says when they break.
    """
    for each in breaks:
        for unit in SPEND_UNITS:
            events = each.on(unit)
            if events is not None:
                yield _survival(each, judge, unit, events)


def _survival(each: ArmBreaks, judge: str, unit: str, events: Sequence[EventInterval]) -> Survival:
    curve, summary, budget = turnbull(events), event_summary(events), each.budget(unit)
    area = curve.restricted_mean(budget) if budget > 0 else None
    return Survival(
        model=each.arm.model,
        safeguard=each.arm.safeguard,
        pathway=each.arm.pathway,
        judge=judge,
        benchmark="",
        unit=unit,
        seeds=summary.seeds,
        broke=summary.occurred,
        times=curve.times,
        survival=curve.survival,
        low=curve.low or (),
        high=curve.high or (),
        lower_quartile=_ends(curve.quantile(0.25)),
        median=_ends(curve.quantile(0.5)),
        restricted_mean=None if area is None else (area.low, area.high),
        budget=budget,
        lower_bound=summary.bound,
        method=f"{curve.method}; {summary.method}",
    )


def _ends(where: EventRange) -> tuple[float, float | None]:
    return where.low, where.high if math.isfinite(where.high) else None


def log_ranks(breaks: Sequence[ArmBreaks], judge: str) -> tuple[LogRank, ...]:
    """Return pathways of one model, and models of one pathway, against each other on every axis of spend.

    Args:
        breaks: The arms.
        judge: The panel that says when they break.
    """
    return tuple(row for unit in SPEND_UNITS for row in _of_unit(breaks, judge, unit))


def _of_unit(breaks: Sequence[ArmBreaks], judge: str, unit: str) -> list[LogRank]:
    known = [(each, events) for each in breaks if (events := each.on(unit)) is not None]
    rows = []
    for (one, first), (other, second) in combinations(known, 2):
        if _comparable(one.arm, other.arm):
            test = log_rank(first, second)
            p, least = test.p, test.smallest_p
            rows.append(
                LogRank(one.side, other.side, judge, unit, test.statistic, p, None, least, test.method)
            )
    tested = [row for row in rows if row.p is not None]
    over_pairs = iter(holm([row.p for row in tested if row.p is not None]))
    return [row if row.p is None else replace(row, p_adjusted=next(over_pairs)) for row in rows]


def _comparable(one: Arm, other: Arm) -> bool:
    same_route = (one.pathway, one.safeguard) == (other.pathway, other.safeguard)
    return one.model == other.model or same_route
