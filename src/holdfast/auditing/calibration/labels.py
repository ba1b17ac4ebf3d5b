"""From rounds and labels to labelled answers with the weights they stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from holdfast.auditing.calibration.population import Population, Unit
from holdfast.domain import ORACLE_LABELS, Outcome
from holdfast.store import Drawn, LabelBook, Round


@dataclass(frozen=True, slots=True)
class Asked:
    """One answer that a label was asked for.

    Attributes:
        unit: The answer.
        label: Its label; None for a gap: a row that was passed over.
        weight: Answers of the population that it stands for; 1 where the labels are transported.
    """

    unit: Unit
    label: Outcome | None
    weight: float


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of one kind.

    Attributes:
        asked: Answers asked for, gaps included.
        source: Where the labels came from.
        sampled: Whether they were drawn from this population with known probabilities.
        notes: What a reader must know, one sentence each.
    """

    asked: tuple[Asked, ...]
    source: str
    sampled: bool
    notes: tuple[str, ...] = ()

    @property
    def known(self) -> list[Asked]:
        """Those that have a label."""
        return [each for each in self.asked if each.label is not None]


def labels_of_sheets(population: Population, rounds: Sequence[Round], book: LabelBook) -> Labels:
    """Return what people's labels say of the population.

    A round is in random order, so labelling it from the top and stopping anywhere leaves a random sample:
    what lies behind the last labelled row counts as not drawn. Rows passed over before it are gaps, which may
    have been passed over for what they say; they are never taken to be like the others.

    Args:
        population: The present population.
        rounds: Rounds drawn, of this and other populations.
        book: The labels taken in.

    Returns:
        The sampled labels if there are any; else the transported ones.
    """
    source = ", ".join(f"{name} (sha256 {digest[:12]})" for name, digest in book.sources.items())
    mine = [r for r in rounds if r.labels != ORACLE_LABELS and r.population == population.digest]
    given = {entry.row: entry.label for entry in book.entries}
    by_generation = {d.generation: given[d.row] for r in mine for d in r.drawn if d.row in given}
    asked = [(r, d) for r in mine for d in _asked_for(r, given)]
    foreign = {
        entry.unit: entry.label
        for entry in book.entries
        if entry.round not in {r.key for r in mine} and entry.unit in population.units
    }
    if any(d.generation in by_generation for _, d in asked):
        count = Counter(d.stratum for _, d in asked)
        weighted = tuple(
            Asked(
                population.units[d.unit],
                by_generation.get(d.generation),
                r.sizes[d.stratum] / count[d.stratum],
            )
            for r, d in asked
        )
        return Labels(weighted, source, True, tuple(_notes(weighted, len(foreign))))
    known = tuple(Asked(population.units[unit], label, 1.0) for unit, label in foreign.items())
    return Labels(known, source, False)


def labels_of_oracle(population: Population, drawn: Round) -> Labels:
    """Return what the oracle says of a round; an answer it failed on is a gap."""
    count = Counter(each.stratum for each in drawn.drawn)
    asked = []
    for each in drawn.drawn:
        unit = population.units[each.unit]
        said = unit.outcomes[ORACLE_LABELS]
        label = None if said is Outcome.UNSCORED else said
        asked.append(Asked(unit, label, drawn.sizes[each.stratum] / count[each.stratum]))
    return Labels(tuple(asked), ORACLE_LABELS, True, tuple(_notes(asked, 0)))


def _asked_for(drawn: Round, given: Mapping[str, Outcome]) -> list[Drawn]:
    """Return what of a round was asked for: up to the last row that its sheet was labelled to."""
    rows = [place for place, each in enumerate(drawn.drawn) if each.row]
    labelled = [place for place in rows if drawn.drawn[place].row in given]
    if not labelled and rows:
        return []
    behind = [place for place in rows if place > max(labelled, default=-1)]
    return list(drawn.drawn[: behind[0]] if behind else drawn.drawn)


def _notes(asked: Sequence[Asked], foreign: int) -> Iterator[str]:
    gaps = sum(each.label is None for each in asked)
    if gaps:
        yield f"{gaps} of {len(asked)} answers asked for have no label; they are bounded by the worst case"
    if foreign:
        yield f"{foreign} labels are not of a sample of these answers; they are left out"


def contradictions(labels: Labels, generations: Mapping[str, str], panel: str) -> dict[str, bool]:
    """Return, by generation labelled, whether its label contradicts a panel.

    Args:
        labels: The labels.
        generations: Generation id by unit.
        panel: The panel.
    """
    return {
        generations[each.unit.key]: each.label is not each.unit.outcomes[panel]
        for each in labels.known
        if each.unit.key in generations
    }
