"""Marginal risk: what fine-tuning adds to what anybody can already get at zero spend."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.report.views import words
from holdfast.report.views.access import usable_harm
from holdfast.report.views.arms import Arm, subjects_of
from holdfast.report.views.cells import Cell, worst_cell
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.prices import break_cell


@dataclass(frozen=True, slots=True)
class MarginalEntry:
    """Harm by one pathway.

    Attributes:
        pathway: Pathway name.
        floor: Whether it costs nothing.
        harm: Harm at the end of its budget; of another model, its harm at the utility bound.
        spend: The break, or the budget spent without one; or that another model answers.
    """

    pathway: str
    floor: bool
    harm: Cell
    spend: str


@dataclass(frozen=True, slots=True)
class MarginalPanel:
    """One model: the zero-spend floor, then what training reaches.

    Attributes:
        subject: The model, with its safeguard.
        title: What is seen, in one sentence.
        entries: Floor first.
        floor: Largest harm at zero spend; None if none was measured.
        added: Largest harm by training minus the floor; None if either is unknown.
    """

    subject: str
    title: str
    entries: tuple[MarginalEntry, ...]
    floor: float | None
    added: float | None


def marginal_panels(evidence: Evidence) -> tuple[MarginalPanel, ...]:
    """Return a panel a model that has any arm."""
    floors = evidence.floors
    panels = []
    for subject in subjects_of(evidence.record):
        arms = [arm for arm in evidence.arms if arm.subject == subject]
        if arms:
            entries = sorted((_entry(evidence, arm, floors) for arm in arms), key=lambda e: not e.floor)
            panels.append(_panel(subject, tuple(entries), evidence.harm_word))
    return tuple(panels)


def _entry(evidence: Evidence, arm: Arm, floors: frozenset[str]) -> MarginalEntry:
    floor = arm.pathway in floors
    if arm.pathway in evidence.beside:  # one that is of no use raises no floor
        return MarginalEntry(arm.pathway, floor, usable_harm(evidence, arm), words.OTHER_MODEL.lower())
    pick = evidence.harm_at(arm, "end") or (evidence.harm_at(arm, "start") if floor else None)
    spend = "zero spend" if floor else f"break: {break_cell(evidence, arm).text}"
    return MarginalEntry(arm.pathway, floor, worst_cell(pick), spend)


def _panel(subject: str, entries: tuple[MarginalEntry, ...], word: str) -> MarginalPanel:
    free = [e.harm.value for e in entries if e.floor and e.harm.value is not None]
    paid = [e.harm.value for e in entries if not e.floor and e.harm.value is not None]
    floor = max(free, default=None)
    added = None if floor is None or not paid else max(paid) - floor
    if floor is None:
        title = "No zero-spend floor was measured: the added risk cannot be told"
    elif added is None:
        title = f"{words.share(floor)} {word.lower()} at zero spend; nothing was measured after training"
    elif added > 0:
        title = f"Training adds {100 * added:.0f} points of {word.lower()} to a floor of {words.share(floor)}"
    else:
        title = f"Training adds nothing to the zero-spend floor of {words.share(floor)}"
    return MarginalPanel(subject, title, entries, floor, added)
