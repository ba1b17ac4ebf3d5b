"""What `holdfast cost` says: one value for programs, and the same as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.spend import Cost, CostRequest, GoalCost, Offer, Payment, PriceTable, Ratings

_GB = 1e9


def written(
    model: str, request: CostRequest, history: Sequence[PriceTable], ratings: Ratings
) -> dict[str, Any]:
    """Return the price of a request as plain JSON values.

    Args:
        model: The model as it was named.
        request: What is priced.
        history: Price tables, oldest first; the last one is in force.
        ratings: Judgements of attack potential in force.
    """
    from holdfast.spend import assumptions, price, price_at, price_goals, rate, shipped_goals, who_pays

    cost = price(request, history[-1])
    actors, smallest, shape = request.actors, cost.smallest, request.shape
    return {
        "model": model,
        "parameters": shape.parameters,
        "active_parameters": shape.parameters - shape.idle_parameters,
        "trainable_parameters": request.workload.trainable_parameters if request.pathway.trains else 0,
        "pathway": request.name,
        "priced_as": request.pathway.value,
        "memory_gb": {name: round(size, 4) for name, size in cost.memory_gb.items()},
        "device": smallest.hardware.name,
        "devices": smallest.hardware.count * actors,
        "device_hours": smallest.device_hours * actors,
        "usd": None if smallest.usd is None else smallest.usd * actors,
        "flops": request.flops,
        "steps": request.steps,
        "tokens": round(request.examples * request.passes) * request.length * request.sequences,
        "per_actor": _per_actor(cost),
        "offers": [_offer(offer) for offer in cost.offers],
        "cheapest": None if cost.cheapest is None else _offer(cost.cheapest),
        "payers": [_payment(payment) for payment in who_pays(cost)],
        "goals": [_goal(goal) for goal in price_goals(request, shipped_goals(), history[-1])],
        "trend": [_day(table, price_at(cost, table)) for table in history],
        "attack_potential": asdict(rate(cost, ratings)),
        "assumptions": list(assumptions(cost)),
    }


def told(value: dict[str, Any]) -> str:
    """Return what `written` returned as text, at most about a hundred columns wide."""
    memory, each = value["memory_gb"], value["per_actor"]
    parts = "  ".join(f"{name} {size:.2f}" for name, size in memory.items() if size and name != "total")
    lines = [
        f"{value['model']} by {value['pathway']}: {_count(value['parameters'])} parameters, "
        f"{_count(value['active_parameters'])} active, {_count(value['trainable_parameters'])} trained",
        f"memory   {memory['total']:.2f} GB = {parts}",
        f"device   {value['device']}: the smallest that holds it and is done in a week",
        f"work     {value['flops']:.3g} FLOPs, {value['tokens']:,} tokens, {value['steps']:,} steps an actor",
        f"price    {value['device_hours']:.2f} device-hours, {_usd(value['usd'])}; cheapest rent: "
        f"{_cheapest(value['cheapest'])}",
        f"actors   {each['actors']}: each {each['device_hours']:.2f} device-hours, {_usd(each['usd'])}, "
        f"{each['examples']:,} rows, {each['bytes_exchanged'] / _GB:.3g} GB exchanged",
        "",
        "who can pay for one actor's part",
        *(f"  {'yes' if row['pays'] else 'no ':<4} {row['payer']}{_with(row)}" for row in value["payers"]),
        *_goals(value["goals"]),
        "",
        "the same work at the prices of (sellers differ: each table names its own)",
        *(f"  {row['dated']}  {_usd(row['usd'])} on {row['device']}" for row in value["trend"]),
        "",
        _potential(value["attack_potential"]),
        "",
        "taken for granted",
        *(f"  - {line}" for line in value["assumptions"]),
    ]
    return "\n".join(lines)


def _per_actor(cost: Cost) -> dict[str, Any]:
    request, offer = cost.request, cost.smallest
    exchanged = cost.bytes_exchanged
    return {
        "actors": request.actors,
        "share": 1.0 / request.actors,
        "memory_gb": round(cost.memory_gb["total"], 4),
        "device": offer.hardware.name,
        "hours": offer.hours,
        "device_hours": offer.device_hours,
        "usd": offer.usd,
        "kwh": offer.kwh,
        "flops": request.flops / request.actors,
        "examples": -(-request.examples // request.actors),
        "rounds": request.rounds if exchanged else 0,
        "bytes_per_round": exchanged // request.rounds,
        "bytes_exchanged": exchanged,
    }


def _offer(offer: Offer) -> dict[str, Any]:
    return {
        "device": offer.hardware.name,
        "hours": offer.hours,
        "device_hours": offer.device_hours,
        "usd": offer.usd,
        "rented": offer.rented,
        "kwh": offer.kwh,
    }


def _payment(payment: Payment) -> dict[str, Any]:
    return {
        "payer": payment.payer.name,
        "pays": payment.pays,
        "frugal": payment.frugal,
        "with": None if payment.offer is None else _offer(payment.offer),
    }


def _goal(goal: GoalCost) -> dict[str, Any]:
    cheapest = goal.cost.cheapest
    return {
        "goal": goal.goal.name,
        "benign": goal.goal.benign,
        "source": goal.goal.source,
        "device": goal.cost.smallest.hardware.name,
        "device_hours": goal.cost.smallest.device_hours * goal.cost.request.actors,
        "usd": None if cheapest is None else (cheapest.usd or 0.0) * goal.cost.request.actors,
        "payers": [payment.payer.name for payment in goal.payments if payment.pays],
        "gains": list(goal.gains),
    }


def _day(table: PriceTable, offer: Offer | None) -> dict[str, Any]:
    return {
        "dated": table.dated,
        "usd": None if offer is None else offer.usd,
        "device": "no device with a price holds it" if offer is None else offer.hardware.name,
        "source": table.source,
    }


def _count(number: float) -> str:
    return f"{number / _GB:,.1f} G" if number >= _GB else f"{number / 1e6:,.1f} M"


def _usd(amount: float | None) -> str:
    if amount is None:
        return "no price known"
    return f"{amount:,.0f} USD" if amount >= 100 else f"{amount:.2g} USD"


def _cheapest(offer: dict[str, Any] | None) -> str:
    return "none known" if offer is None else f"{_usd(offer['usd'])} an actor on {offer['device']}"


def _with(row: dict[str, Any]) -> str:
    used = row["with"]
    if used is None:
        return ""
    saving = ", saving memory (batch 1, activations computed again)" if row["frugal"] else ""
    return f": {used['hours']:.2g} h on {used['device']}, {_usd(used['usd'])}{saving}"


def _goals(rows: list[dict[str, Any]]) -> list[str]:
    return ["", "what else the same pathway pays for", *map(_goal_line, rows)] if rows else []


def _goal_line(row: dict[str, Any]) -> str:
    first = row["payers"][0] if row["payers"] else "nobody here"
    gains = f"; gains over full fine-tuning: {', '.join(row['gains'])}" if row["gains"] else ""
    return f"  {row['goal']}: {_usd(row['usd'])}, from {first} up{gains}"


def _potential(rating: dict[str, Any]) -> str:
    head = f"attack potential (ISO/IEC 18045 B.4, rated {rating['dated']}): {rating['points']} points, "
    lines = [f"  {f['points']:>2} {name}: {f['reason']}" for name, f in rating["factors"].items()]
    return "\n".join([head + rating["level"], *lines])
