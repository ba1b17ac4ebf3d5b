"""What the trials of an arm paid, from their ledgers: at the break, or at the end of the budget."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from holdfast.domain import Spend, Status, TrialBreak
from holdfast.report.views.arms import Arm
from holdfast.report.views.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Amount:
    """One amount over seeds.

    Attributes:
        value: Median over seeds.
        low: The least of any seed.
        high: The most of any seed.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Paid:
    """What an arm paid.

    Attributes:
        spends: One a seed that counts: those that broke, at their break; else all, at the end.
        broke: Whether they are spends at a break.
    """

    spends: tuple[Spend, ...]
    broke: bool

    def amount(self, read: Callable[[Spend], float | None]) -> Amount | None:
        """Return one amount over seeds; None where no seed is known, or one of them is not."""
        values = [read(spend) for spend in self.spends]
        known = [value for value in values if value is not None]
        if not known or len(known) < len(values):
            return None
        return Amount(median(known), min(known), max(known))

    def on(self, unit: str) -> Amount | None:
        """Return the amount on one of `SPEND_UNITS`; None where it is unknown."""
        return self.amount(lambda spend: spend.on(unit))

    @property
    def actors(self) -> int:
        """How many actors shared the work; 1 where nothing is known."""
        return max((spend.actors for spend in self.spends), default=1)


def paid(evidence: Evidence, arm: Arm) -> Paid:
    """Return what the seeds of an arm that broke had paid by then; without a break what all paid in the end.

    A seed's break is the first checkpoint that has spent as much as the end of its break interval says.
    """
    ledgers = evidence.record.ledgers
    at_break = [
        spend
        for row in evidence.breaks.get(arm, ())
        if row.status is Status.OK and (spend := _at(row, ledgers.get(row.trial, ()))) is not None
    ]
    return Paid(tuple(at_break), broke=True) if at_break else paid_in_all(evidence, arm)


def paid_in_all(evidence: Evidence, arm: Arm) -> Paid:
    """Return what the seeds of an arm had paid at the end; those without a result are left out."""
    ledgers = evidence.record.ledgers
    keys = [trial.key for trial in evidence.record.plan.trials if arm.holds(trial)]
    return Paid(tuple(ledgers[key][-1] for key in keys if ledgers.get(key)), broke=False)


def _at(row: TrialBreak, ledger: Sequence[Spend]) -> Spend | None:
    """Return the first spend of a ledger that comes to the break, by steps where steps were counted."""
    unit = next((unit for unit in ("steps", "flops", "tokens") if unit in row.by), None)
    if unit is None:
        return None
    return next((spend for spend in ledger if (spend.on(unit) or 0.0) >= row.by[unit]), None)


def chart_unit(paid_by: Sequence[Paid]) -> str:
    """Choose the unit that all prices of a report are drawn in: money, else FLOPs.

    Money is taken where everything that was paid has a price. Device time orders nothing, as it depends on
    what else the machine does; it is taken only where no FLOPs were booked (records without a ledger).
    """
    some = [each for each in paid_by if any(spend.flops > 0 for spend in each.spends)]
    amounts = [each.on("usd") for each in some]
    if some and all(amount is not None and amount.value > 0 for amount in amounts):
        return "usd"
    return "flops" if some else "device_seconds"
