"""The table beneath the accessibility map: what each pathway took, in figures."""

from __future__ import annotations

from dataclasses import dataclass, replace

from holdfast.domain import Conclusion, Status
from holdfast.report.views import words
from holdfast.report.views.access import AccessMap, Entry, price_interval, price_text
from holdfast.report.views.cells import Cell
from holdfast.report.views.spending import Amount, Paid

_FACTORS = {
    "elapsed_time": "elapsed time",
    "expertise": "expertise",
    "knowledge": "knowledge of the target",
    "window": "window of opportunity",
    "equipment": "equipment",
}


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One model x pathway in words.

    Attributes:
        pathway: Pathway name.
        technique: Its technique; empty where it is not known.
        conclusion: What was concluded; None where another model answers.
        floor: Whether nothing is spent but answers.
        broke: When it broke, in steps.
        price: Price in the unit of the map, its interval beside it; `>` where it did not break for that.
        money: Money, where the price is not in money and it is known; empty otherwise.
        data: What was learned from: examples, different ones, tokens.
        compute: FLOPs, device time where the price is not in it, and energy where it is known.
        memory: Peak memory, measured.
        actors: Number of actors.
        shares: Largest share of one actor and bytes exchanged; empty for one actor.
        tries: Earlier tries that are paid for too.
        harm: Highest harm at the utility bound.
        added: What that adds to the floor.
        potential: Points and level; `not rated` without a rating.
    """

    pathway: str
    technique: str
    conclusion: Conclusion | None
    floor: bool
    broke: Cell
    price: Cell
    money: str
    data: tuple[str, ...]
    compute: tuple[str, ...]
    memory: str
    actors: str
    shares: tuple[str, ...]
    tries: str
    harm: Cell
    added: Cell
    potential: str


@dataclass(frozen=True, slots=True)
class AccessRows:
    """The rows of one model.

    Attributes:
        subject: The model, with its safeguard.
        rows: Cheapest break first; those by which another model answers come last.
    """

    subject: str
    rows: tuple[AccessRow, ...]


@dataclass(frozen=True, slots=True)
class RatingRow:
    """Why a technique is rated as it is.

    Attributes:
        technique: Name of the technique.
        potential: Points and level, as far as they agree over pathways and models.
        reasons: One a factor that the rating tells: its points and why.
        dated: Day of the rating.
    """

    technique: str
    potential: str
    reasons: tuple[str, ...]
    dated: str


def access_rows(view: AccessMap) -> tuple[AccessRows, ...]:
    """Return the table of a map."""
    return tuple(
        AccessRows(
            group.subject,
            (
                *(_row(entry, view.unit) for entry in group.entries),
                *(_beside(_row(entry, view.unit)) for entry in group.others),
            ),
        )
        for group in view.groups
    )


def rating_rows(view: AccessMap) -> tuple[RatingRow, ...]:
    """Return why each technique on the map is rated as it is, the easiest first.

    Where pathways of one technique differ (in their time), the one with the most points speaks for it.
    """
    rated = [(e.technique, e.potential) for g in view.groups for e in g.entries if e.potential is not None]
    rated.sort(key=lambda each: each[1].points)
    hardest = dict(rated)
    return tuple(
        RatingRow(
            technique,
            f"{potential.points} points: {potential.level}",
            tuple(f"{f.points} {_FACTORS[name]}: {f.reason}" for name, f in potential.factors.items()),
            potential.dated,
        )
        for technique, potential in hardest.items()
    )


def _row(entry: Entry, unit: str) -> AccessRow:
    spent = entry.paid
    return AccessRow(
        pathway=entry.arm.pathway,
        technique=entry.technique,
        conclusion=entry.conclusion,
        floor=entry.floor,
        broke=entry.broke,
        price=_price(entry, unit),
        money="" if unit == "usd" else _known(spent, "usd"),
        data=_data(spent),
        compute=_work(spent, unit),
        memory=_size(spent.amount(lambda spend: spend.peak_memory_bytes or None)),
        actors=str(spent.actors) if spent.spends else words.MISSING,
        shares=_shares(spent),
        tries=_tries(spent),
        harm=entry.harm,
        added=entry.added,
        potential=_potential(entry),
    )


def _beside(row: AccessRow) -> AccessRow:
    """Return a row by which another model answers: it breaks nothing, and nothing holds."""
    return replace(row, conclusion=None, broke=Cell(words.OTHER_MODEL))


def _price(entry: Entry, unit: str) -> Cell:
    if entry.floor:
        return Cell("nothing spent", status=Status.CENSORED)
    if entry.price is None:
        return Cell(words.MISSING)
    price, told = entry.price, price_text(entry.price.value, unit)
    match entry.conclusion:
        case Conclusion.BREAKS:
            return Cell(told, price_interval(price, unit))
        case Conclusion.HOLDS:
            return Cell(f"> {told}", status=Status.CENSORED)
        case Conclusion.INCONCLUSIVE:
            return Cell(f"{told} spent", status=Status.INCONCLUSIVE)


def _known(spent: Paid, unit: str) -> str:
    amount = spent.on(unit)
    return words.amount(amount.value, unit) if amount is not None and amount.high > 0 else ""


def _work(spent: Paid, unit: str) -> tuple[str, ...]:
    lines = [_known(spent, name) for name in ("flops", "device_seconds") if name != unit]
    energy = spent.amount(lambda spend: spend.energy_joules)
    if energy is not None and energy.high > 0:
        lines.append(f"{words.number(float(f'{energy.value / 1000:.3g}'))} kJ at rated power")
    return tuple(line for line in lines if line)


def _size(amount: Amount | None) -> str:
    return words.MISSING if amount is None else words.size(amount.value)


def _data(spent: Paid) -> tuple[str, ...]:
    seen = _known(spent, "examples")
    different = spent.amount(lambda spend: float(spend.unique_examples))
    lines = [f"{seen} seen" if seen else ""]
    if seen and different is not None and different.high > 0:
        lines.append(f"{words.number(different.high)} different")
    trained = spent.amount(lambda spend: float(spend.train_tokens))
    read = spent.amount(lambda spend: float(spend.inference_tokens))
    lines += [
        f"{words.number(amount.value)} tokens {what}"
        for amount, what in ((trained, "trained on"), (read, "of inference"))
        if amount is not None and amount.high > 0
    ]
    return tuple(line for line in lines if line)


def _shares(spent: Paid) -> tuple[str, ...]:
    if spent.actors < 2:
        return ()
    share = spent.amount(lambda spend: spend.max_actor_share)
    sent = spent.amount(lambda spend: float(spend.bytes_exchanged))
    told = [f"largest share {words.share(share.high)}" if share else ""]
    told.append(f"{_size(sent)} exchanged" if sent and sent.high > 0 else "nothing exchanged")
    return tuple(line for line in told if line)


def _tries(spent: Paid) -> str:
    tries = spent.amount(lambda spend: float(spend.tries))
    if tries is None:
        return words.MISSING
    return words.number(tries.high + 1)


def _potential(entry: Entry) -> str:
    if entry.potential is None:
        return "not rated"
    return f"{entry.potential.points} · {entry.potential.level}"
