"""What a comparison is of, in words: which sides, where."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from holdfast.domain import Side
from holdfast.report.views.arms import subject_name


class Kind(StrEnum):
    """What differs between the sides, in the order a reader asks."""

    MODELS = "Models at the goal"
    PATHWAYS = "Pathways at the goal"
    BEFORE_AND_AFTER = "Before and after"
    UNTOUCHED = "Untouched models"


@dataclass(frozen=True, slots=True)
class Contrast:
    """A comparison in words.

    Attributes:
        kind: What differs between the sides.
        what: What is subtracted from what, such as `filtered − aligned`.
        where: What both sides share, such as `mixed-full, at goal translate`.
    """

    kind: Kind
    what: str
    where: str


def contrast(first: Side, second: Side, goal: str) -> Contrast:
    """Return a comparison, second minus first, in words."""
    one, other = subject_name(first.model, first.safeguard), subject_name(second.model, second.safeguard)
    place = place_name(second.at, goal)
    if first.at != second.at:
        return Contrast(Kind.BEFORE_AND_AFTER, f"{other} by {second.pathway}", f"{place} − untouched")
    if one == other:
        return Contrast(Kind.PATHWAYS, f"{second.pathway} − {first.pathway}", f"{one}, {place}")
    if first.at == "start":
        return Contrast(Kind.UNTOUCHED, f"{other} − {one}", place)
    return Contrast(Kind.MODELS, f"{other} − {one}", f"{second.pathway}, {place}")


def place_name(at: str, goal: str = "") -> str:
    """Return a point of an arm's way in words."""
    if at == "start":
        return "untouched"
    if at == "anchor":
        return f"at goal {goal}" if goal else "at the goal"
    return "at the end of its budget" if at == "end" else at


def arm_name(side: Side) -> str:
    """Return an arm in words, such as `aligned · mixed-full`; every answer of a model without a pathway."""
    subject = subject_name(side.model, side.safeguard)
    return f"{subject} · {side.pathway}" if side.pathway else subject
