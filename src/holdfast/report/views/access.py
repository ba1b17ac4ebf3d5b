"""Who can break a model, and at what price: every pathway by price, actors and harm, cheapest break first."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.domain import Conclusion, Finding, PathwaySpec, Status
from holdfast.report.views import words
from holdfast.report.views.arms import Arm, subjects_of
from holdfast.report.views.cells import Cell, share_cell
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.prices import break_cell, break_finding
from holdfast.report.views.spending import Amount, Paid, chart_unit, paid, paid_in_all
from holdfast.spend import Potential, rate_run

HARM_BINS = (0.1, 0.25, 0.5, 0.75)
"""Where one colour of harm ends and the next begins."""
UNIT_TITLES = {
    "usd": "US dollars",
    "device_seconds": "seconds of device time",
    "flops": "floating-point operations (FLOPs)",
}
"""Units that prices are drawn in."""
UNIT_NAMES = {"usd": "US dollars", "device_seconds": "device time", "flops": "FLOPs"}
"""The same in short."""

_ORDER = (Conclusion.BREAKS, Conclusion.INCONCLUSIVE, Conclusion.HOLDS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One model x pathway on the map.

    Attributes:
        arm: The arm.
        technique: Technique of its pathway; empty if the plan does not hold the pathway.
        conclusion: What was concluded.
        floor: Whether nothing is spent but answers.
        price: Price of the break, or all that was spent without one, in the unit of the map, 0 where none of
            it was; None where it is unknown, and on the floor.
        paid: What was paid, from the ledgers.
        broke: When it broke, in words.
        harm: Highest harm at the utility bound.
        added: What that adds to the floor, in points.
        potential: Attack potential; None where the technique has no rating.
    """

    arm: Arm
    technique: str
    conclusion: Conclusion
    floor: bool
    price: Amount | None
    paid: Paid
    broke: Cell
    harm: Cell
    added: Cell
    potential: Potential | None

    @property
    def harm_bin(self) -> int | None:
        """Index of its colour, 0 to 4; None where harm is not known."""
        value = self.harm.value
        return None if value is None else sum(value >= end for end in HARM_BINS)


@dataclass(frozen=True, slots=True)
class AccessGroup:
    """The pathways of one model.

    Attributes:
        subject: The model, with its safeguard.
        title: What is seen, in one sentence.
        entries: Cheapest break first, then what is open, then what did not break.
        others: Those by which another model answers: on no map, and not counted.
    """

    subject: str
    title: str
    entries: tuple[Entry, ...]
    others: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class AccessMap:
    """The map.

    Attributes:
        unit: The unit that all prices are in, one of `UNIT_TITLES`.
        groups: One a model that has any arm.
    """

    unit: str
    groups: tuple[AccessGroup, ...]


def access_map(evidence: Evidence) -> AccessMap:
    """Return the map of a record."""
    # What is left open in some seeds has no price of a break, whatever others paid for theirs.
    spent = {
        arm: (paid if conclusion_of(evidence, arm) is Conclusion.BREAKS else paid_in_all)(evidence, arm)
        for arm in evidence.arms
    }
    unit = chart_unit([each for arm, each in spent.items() if arm.pathway not in evidence.floors])
    groups = []
    for subject in subjects_of(evidence.record):
        arms = [arm for arm in evidence.arms if arm.subject == subject]
        ranked = sorted((_entry(evidence, arm, spent[arm], unit) for arm in arms), key=_rank)
        entries = [entry for entry in ranked if entry.arm.pathway not in evidence.beside]
        others = tuple(entry for entry in ranked if entry.arm.pathway in evidence.beside)
        if ranked:
            groups.append(AccessGroup(subject, _title(entries, others, unit), tuple(entries), others))
    return AccessMap(unit, tuple(groups))


def conclusion_of(evidence: Evidence, arm: Arm) -> Conclusion:
    """Return what was decided of an arm; inconclusive if no line of the decision is about it."""
    lines = (line.conclusion for line in evidence.record.decision.lines if arm.holds(line))
    return next(lines, Conclusion.INCONCLUSIVE)


def pathway_of(evidence: Evidence, name: str) -> PathwaySpec | None:
    """Return a pathway of the plan by its name; None if the plan does not hold it."""
    return next((each for each in evidence.record.plan.audit.pathways if each.name == name), None)


def usable_harm(evidence: Evidence, arm: Arm) -> Cell:
    """Return the highest harm of an arm while coherence and utility allow a break."""
    finding = _about(evidence, arm, "harm.usable")
    if finding is None and not evidence.tells_harm:
        return Cell("cannot be told", note="no judge here can verify harm", status=Status.INCONCLUSIVE)
    return share_cell(finding, "bound not known to be reached" if finding and finding.value is None else "")


def price_text(price: float, unit: str) -> str:
    """Return a price in one of `UNIT_TITLES`, in short: `$0.0042`, `12 s` or `9.3 × 10⁹ FLOPs`."""
    if unit == "usd":
        if price >= 0.1:
            return f"${price:,.2f}"
        rounded = float(f"{price:.2g}")
        return f"${rounded:.5f}".rstrip("0") if rounded >= 1e-4 else f"${words.number(rounded)}"
    return f"{words.number(price)} s" if unit == "device_seconds" else words.amount(price, unit)


def price_interval(price: Amount, unit: str) -> str:
    """Return the ends of a price, such as `$0.0018–0.0057` or `4–8 s`; empty where they are the same."""
    low, high = price_text(price.low, unit), price_text(price.high, unit)
    if price.low >= price.high or low == high:
        return ""
    if unit == "usd":
        return f"{low}–{high.removeprefix('$')}"
    return f"{words.number(price.low)}–{high}"


def _about(evidence: Evidence, arm: Arm, metric: str) -> Finding | None:
    rows = evidence.select(arm, metric, judge=evidence.record.primary_judge)
    return rows[0] if rows else None


def _entry(evidence: Evidence, arm: Arm, spent: Paid, unit: str) -> Entry:
    spec = pathway_of(evidence, arm.pathway)
    technique = spec.technique if spec else ""
    seconds = spent.on("device_seconds")
    device = evidence.record.plan.environment.get("device", "cpu")
    floor = arm.pathway in evidence.floors
    conclusion = conclusion_of(evidence, arm)
    return Entry(
        arm=arm,
        technique=technique,
        conclusion=conclusion,
        floor=floor,
        price=None if floor else _price(evidence, arm, spent, unit, conclusion),
        paid=spent,
        broke=break_cell(evidence, arm),
        harm=usable_harm(evidence, arm),
        added=_points_cell(_about(evidence, arm, "harm.added")),
        potential=rate_run(technique, seconds.value, device) if seconds else None,
    )


def _price(evidence: Evidence, arm: Arm, spent: Paid, unit: str, conclusion: Conclusion) -> Amount | None:
    """Return the price of a break by its finding; without one what was spent, at least unbroken."""
    finding = break_finding(evidence, arm, unit)
    if conclusion is Conclusion.BREAKS and finding is not None and finding.value is not None:
        low = finding.low if finding.low is not None else 0.0
        high = finding.high if finding.high is not None else finding.value
        return _known(Amount(finding.value, low, high))
    amount = spent.on(unit)
    if amount is None and finding is not None and finding.low is not None:
        amount = Amount(finding.low, finding.low, finding.low)
    return _known(amount)


def _known(amount: Amount | None) -> Amount | None:
    return amount if amount is not None and math.isfinite(amount.value) else None


def _points_cell(finding: Finding | None) -> Cell:
    if finding is None or finding.value is None:
        return Cell(words.MISSING, status=finding.status if finding else Status.OK)
    flagged = "" if finding.status is Status.OK else words.status_word(finding.status)
    interval = words.points_interval(finding.low, finding.high)
    return Cell(words.points(finding.value), interval, flagged, status=finding.status)


def _rank(entry: Entry) -> tuple[int, bool, float, int]:
    """Order by conclusion, then what costs nothing, then by price; an unknown price comes last."""
    unknown = entry.price is None and not entry.floor
    price = entry.price.value if entry.price else math.inf if unknown else 0.0
    return _ORDER.index(entry.conclusion), not entry.floor, price, entry.paid.actors


def _title(entries: list[Entry], others: Sequence[Entry], unit: str) -> str:
    names = words.listing(entry.arm.pathway for entry in others)
    aside = f"; by {names}, {words.OTHER_MODEL.lower()}" if others else ""
    return _cheapest_first(entries, unit) + aside


def _cheapest_first(entries: list[Entry], unit: str) -> str:
    broken = [entry for entry in entries if entry.conclusion is Conclusion.BREAKS]
    pathways = words.count(len(entries), "pathway")
    if not broken:
        open_ = sum(entry.conclusion is Conclusion.INCONCLUSIVE for entry in entries)
        rest = f"; {open_} of them left it open" if open_ else ""
        return f"None of {pathways} tested is known to break it within its budget{rest}"
    first = broken[0]
    if first.price is not None:
        cost = f"for {price_text(first.price.value, unit)}"
    else:
        cost = "with nothing spent" if first.floor else "at a price that is not known"
    who = words.count(first.paid.actors, "actor")
    return f"{len(broken)} of {pathways} break it; the cheapest, {first.arm.pathway}, {cost} by {who}"
