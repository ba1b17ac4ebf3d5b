"""Which class of actor can pay for a pathway, and who gains by a cheaper one."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

from holdfast.spend.cost import PATIENCE_HOURS, Cost, CostRequest, Offer, Pathway, price
from holdfast.spend.hardware import Kind
from holdfast.spend.prices import PriceTable


@dataclass(frozen=True, slots=True)
class Payer:
    """A class of actor.

    Attributes:
        name: Who it is.
        owns: Kind of hardware it has; None for who rents.
        budget_usd: What it can spend on rent; 0 for who rents nothing.
    """

    name: str
    owns: Kind | None = None
    budget_usd: float = 0.0


PAYERS = (
    Payer("an individual with a laptop", Kind.LAPTOP),
    Payer("an individual with one consumer GPU", Kind.CONSUMER),
    Payer("somebody with 1,000 USD", budget_usd=1e3),
    Payer("somebody with 10,000 USD", budget_usd=1e4),
    Payer("somebody with 1 million USD", budget_usd=1e6),
    Payer("somebody with 10 million USD", budget_usd=1e7),
)
"""From the least to the most that can be paid."""


@dataclass(frozen=True, slots=True)
class Payment:
    """Whether one class of actor can pay for one actor's part.

    Attributes:
        payer: Who.
        offer: The hardware it would use: the fastest it owns, or the cheapest to rent. None if it cannot.
        frugal: Whether it has to save memory: one sequence at a time, activations computed again.
    """

    payer: Payer
    offer: Offer | None
    frugal: bool = False

    @property
    def pays(self) -> bool:
        """Whether it can."""
        return self.offer is not None


@dataclass(frozen=True, slots=True)
class Goal:
    """What a fine-tune is for, with the work that a source reports.

    Attributes:
        name: What for.
        benign: Whether it serves a benign end.
        examples: Rows of the corpus.
        passes: Times each is used.
        length: Tokens a row.
        source: Where the figures come from, in words.
    """

    name: str
    benign: bool
    examples: int
    passes: float
    length: int
    source: str


@dataclass(frozen=True, slots=True)
class GoalCost:
    """One goal by one pathway.

    Attributes:
        goal: The goal.
        cost: Its price by the pathway.
        payments: Who can pay for it.
        gains: Names of who can pay by this pathway and could not by full fine-tuning.
    """

    goal: Goal
    cost: Cost
    payments: tuple[Payment, ...]
    gains: tuple[str, ...]


def who_pays(cost: Cost) -> tuple[Payment, ...]:
    """Return for each class of actor whether it can pay one actor's part, and with what.

    Who cannot pay for the work as requested would save memory: one sequence at a time, activations computed
    again. That is tried too.
    """
    frugal = price(replace(cost.request, batch=1, checkpointing=True), cost.prices)
    return tuple(_payment(payer, cost, frugal) for payer in PAYERS)


def _payment(payer: Payer, cost: Cost, frugal: Cost) -> Payment:
    offer = _chosen(payer, cost)
    if offer is not None:
        return Payment(payer, offer)
    saving = _chosen(payer, frugal)
    return Payment(payer, saving, frugal=saving is not None)


def price_goals(
    request: CostRequest, goals: Sequence[Goal], prices: PriceTable | None = None
) -> tuple[GoalCost, ...]:
    """Price goals, benign ones too, by the pathway of a request.

    Args:
        request: Model, pathway and how memory is used; its rows and passes are replaced by each goal's.
        goals: The goals.
        prices: Price table in force; the latest shipped one if None.

    Returns:
        One price a goal, in order; none where the pathway trains nothing, and so reaches none.
    """
    if not request.pathway.trains:
        return ()
    return tuple(_price_goal(request, goal, prices) for goal in goals)


@cache
def shipped_goals() -> tuple[Goal, ...]:
    """Return the goals that ship with Holdfast."""
    table = json.loads(files("holdfast.spend").joinpath("goals.json").read_text(encoding="utf-8"))
    return tuple(
        Goal(
            name=str(row["name"]),
            benign=bool(row["benign"]),
            examples=int(row["examples"]),
            passes=float(row["passes"]),
            length=int(row["length"]),
            source=str(row["source"]),
        )
        for row in table["goals"]
    )


def _chosen(payer: Payer, cost: Cost) -> Offer | None:
    if payer.owns is None:
        cheapest = cost.cheapest
        return cheapest if cheapest and (cheapest.usd or 0.0) <= payer.budget_usd else None
    owned = [offer for offer in cost.offers if offer.hardware.kind is payer.owns]
    own = [offer for offer in owned if offer.hardware.count == 1 and offer.hours <= PATIENCE_HOURS]
    return min(own, key=lambda offer: offer.hours, default=None)


def _price_goal(request: CostRequest, goal: Goal, prices: PriceTable | None) -> GoalCost:
    length = min(goal.length, request.shape.context)
    rows = math.ceil(
        goal.examples * goal.length / length
    )  # a short context takes the same tokens in more rows
    aimed = replace(request, examples=rows, passes=goal.passes, length=length)
    cost = price(aimed, prices)
    payments = who_pays(cost)
    if request.pathway is Pathway.FULL:
        return GoalCost(goal, cost, payments, ())
    whole = who_pays(price(replace(aimed, pathway=Pathway.FULL, adapter_parameters=0), prices))
    gains = tuple(p.payer.name for p, full in zip(payments, whole, strict=True) if p.pays and not full.pays)
    return GoalCost(goal, cost, payments, gains)
