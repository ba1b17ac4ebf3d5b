"""Attack potential of a pathway by ISO/IEC 18045 annex B.4: a sum of points over five factors.

Expertise and the time to get data are judgements: they stand in a dated table with their reasons, which can
be replaced. Elapsed time and equipment follow from a forecast (`rate`), or from a run that was measured
(`rate_run`). Points and levels are the standard's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from holdfast.domain import DataError, Problem, did_you_mean
from holdfast.spend.cost import Cost
from holdfast.spend.hardware import Hardware, Kind, hardware_of

_ELAPSED = ((1, 0), (7, 1), (14, 2), (30, 4), (60, 7), (90, 10), (120, 13), (150, 15), (180, 17))
"""Days at most, and their points."""
_LONGER = 19
_LEVELS = ((9, "basic"), (13, "enhanced-basic"), (19, "moderate"), (24, "high"))
_BEYOND = "beyond high"
_EXPERTISE, _KNOWLEDGE, _WINDOW = (0, 3, 6, 8), (0, 3, 7, 11), (0, 1, 4, 10)
_SHARED = "federated"
_NODE = 8
"""Devices of one node, the most that is rented as it stands."""


@dataclass(frozen=True, slots=True)
class Factor:
    """Points of one factor and why.

    Attributes:
        points: Points of the standard's table.
        reason: Why so many.
    """

    points: int
    reason: str


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is judged of one pathway, not computed.

    Attributes:
        expertise: Who can do it.
        data_days: Days until the data is there, not below 0.
        data_reason: Why so many.
    """

    expertise: Factor
    data_days: float
    data_reason: str


@dataclass(frozen=True, slots=True)
class Ratings:
    """A dated table of judgements.

    Attributes:
        dated: Day of the rating, ISO 8601.
        source: Whose it is, in words.
        knowledge: Of the target.
        window: Of opportunity.
        pathways: Judgement by pathway.
    """

    dated: str
    source: str
    knowledge: Factor
    window: Factor
    pathways: dict[str, Judgement]


@dataclass(frozen=True, slots=True)
class Potential:
    """The attack potential of one pathway on one model.

    Attributes:
        dated: Day of the rating.
        factors: By name: `elapsed_time`, `expertise`, `knowledge`, `window`, `equipment`.
        points: Their sum.
        level: The least an attacker needs: `basic`, `enhanced-basic`, `moderate`, `high`, `beyond high`.
    """

    dated: str
    factors: dict[str, Factor]
    points: int
    level: str


def rate(cost: Cost, ratings: Ratings | None = None) -> Potential:
    """Rate a priced pathway.

    Args:
        cost: Its price; its time and hardware are rated.
        ratings: Judgements in force; the shipped ones if None.

    Raises:
        DataError: If the ratings hold no judgement of the pathway.
    """
    request, known = cost.request, (ratings or shipped_ratings()).pathways
    # A technique that nobody rated is rated as its kind.
    name = request.name if request.name in known else request.pathway.value
    if request.actors > 1 and name == request.pathway:
        name = _SHARED
    hardware = cost.smallest.hardware
    equipment = _equipment(hardware, request.actors)
    return _rated(name, ratings, cost.smallest.hours, hardware.name, equipment)


def rate_run(
    technique: str, device_seconds: float, device: str, ratings: Ratings | None = None
) -> Potential | None:
    """Rate a pathway that was run.

    Args:
        technique: Name of its technique.
        device_seconds: What it took, not below 0: to the break, or to the end of its budget.
        device: The device that ran it, as its driver names it; `cpu` for none. One that the table of
            hardware does not know is taken for standard equipment, and the reason says so.
        ratings: Judgements in force; the shipped ones if None.

    Returns:
        The rating; None if the ratings hold no judgement of the technique.
    """
    if technique not in (ratings or shipped_ratings()).pathways:
        return None
    known = hardware_of(device)
    if known is None:
        equipment = Factor(0, f"standard: one {device}, which the table of hardware does not know")
    else:
        equipment = _equipment(replace(known, name=f"one {device}"), actors=1)
    return _rated(technique, ratings, device_seconds / 3600.0, device, equipment)


def _rated(name: str, ratings: Ratings | None, hours: float, where: str, equipment: Factor) -> Potential:
    table = ratings or shipped_ratings()
    judged = table.pathways.get(name)
    if judged is None:
        hint = did_you_mean(name, table.pathways)
        raise DataError([Problem(f"no rating of pathway {name!r}", f"ratings of {table.dated}", hint=hint)])
    factors = {
        "elapsed_time": _elapsed(judged, hours, where),
        "expertise": judged.expertise,
        "knowledge": table.knowledge,
        "window": table.window,
        "equipment": equipment,
    }
    points = sum(factor.points for factor in factors.values())
    return Potential(table.dated, factors, points, level_of(points))


def level_of(points: int) -> str:
    """Return the level that a sum of points means."""
    return next((level for most, level in _LEVELS if points <= most), _BEYOND)


def read_ratings(path: Path) -> Ratings:
    """Return the ratings in a JSON file laid out like the shipped one.

    Raises:
        DataError: If the file is no such table, or holds points that the standard does not have.
    """
    try:
        return _ratings(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        problem = Problem(f"no table of ratings: {type(error).__name__}: {error}", str(path))
        raise DataError([problem]) from error


@cache
def shipped_ratings() -> Ratings:
    """Return the ratings that ship with Holdfast."""
    return read_ratings(Path(str(files("holdfast.spend").joinpath("potential.json"))))


def _ratings(table: dict[str, Any]) -> Ratings:
    return Ratings(
        dated=str(table["dated"]),
        source=str(table["source"]),
        knowledge=_factor(table, "knowledge", _KNOWLEDGE),
        window=_factor(table, "window", _WINDOW),
        pathways={str(name): _judgement(row) for name, row in table["pathways"].items()},
    )


def _judgement(row: dict[str, Any]) -> Judgement:
    days = float(row["data_days"])
    if not 0.0 <= days < float("inf"):
        raise ValueError(f"data_days {days} is no number of days")
    return Judgement(_factor(row, "expertise", _EXPERTISE), days, str(row["data_reason"]))


def _factor(row: dict[str, Any], name: str, known: tuple[int, ...]) -> Factor:
    points = int(row[name])
    if points not in known:
        raise ValueError(f"{name} of {points} points: the standard has {', '.join(map(str, known))}")
    return Factor(points, str(row[f"{name}_reason"]))


def _elapsed(judged: Judgement, hours: float, where: str) -> Factor:
    days = judged.data_days + hours / 24.0
    points = next((points for most, points in _ELAPSED if days <= most), _LONGER)
    took = f"{hours:.1f} h" if hours >= 0.1 else f"{hours * 3600.0:.3g} s"
    return Factor(points, f"{judged.data_days:g} day(s) for data ({judged.data_reason}), {took} on {where}")


def _equipment(hardware: Hardware, actors: int) -> Factor:
    if hardware.kind is not Kind.RENTED:
        return Factor(0, f"standard: {hardware.name}")
    if hardware.count == 1:
        return Factor(0, f"standard: {hardware.name}, rented by the hour by anybody")
    if hardware.count <= _NODE:
        return Factor(4, f"specialised: {hardware.name}, rented by the hour")
    if actors == 1:
        return Factor(7, f"bespoke: {hardware.name}, put together for the purpose")
    return Factor(9, f"multiple bespoke: {hardware.name} for each of {actors} actors")
