"""What flipped: prompts whose outcome is not the same on both sides of a comparison."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.domain import ItemFlip, Outcome
from holdfast.report.views import words

SHOWN = 10
"""Prompts listed; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Transition:
    """How many answers went from one outcome to another."""

    before: Outcome
    after: Outcome
    count: int


@dataclass(frozen=True, slots=True)
class FlipRow:
    """One prompt.

    Attributes:
        item: Row id.
        tiles: One a seed; None where its outcome stayed on the same side.
    """

    item: str
    tiles: tuple[ItemFlip | None, ...]


@dataclass(frozen=True, slots=True)
class FlipsView:
    """What flipped in one comparison.

    Attributes:
        count: Answers that flipped.
        n: Answers compared.
        items: Prompts of which some answer flipped.
        seeds: The seeds, in order; columns of `rows`.
        transitions: From what to what, the most frequent first.
        rows: The prompts that flipped in most seeds, at most `SHOWN`.
    """

    count: int
    n: int
    items: int
    seeds: tuple[int, ...]
    transitions: tuple[Transition, ...]
    rows: tuple[FlipRow, ...]

    @property
    def rest(self) -> int:
        """Prompts that flipped and are not listed."""
        return self.items - len(self.rows)


def flips_view(flips: Sequence[ItemFlip], n: int) -> FlipsView | None:
    """Return what flipped; None if nothing did.

    Args:
        flips: One an answer that flipped.
        n: Answers compared.
    """
    if not flips:
        return None
    by_item: dict[str, dict[int, ItemFlip]] = defaultdict(dict)
    for flip in flips:
        by_item[flip.item][flip.seed] = flip
    seeds = tuple(sorted({flip.seed for flip in flips}))
    most = sorted(by_item, key=lambda item: (-len(by_item[item]), item))[:SHOWN]
    went = Counter((flip.before, flip.after) for flip in flips)
    order = words.OUTCOME_ORDER.index
    ranked = sorted(went, key=lambda pair: (-went[pair], order(pair[0]), order(pair[1])))
    return FlipsView(
        count=len(flips),
        n=n,
        items=len(by_item),
        seeds=seeds,
        transitions=tuple(Transition(*pair, went[pair]) for pair in ranked),
        rows=tuple(FlipRow(item, tuple(by_item[item].get(seed) for seed in seeds)) for item in most),
    )
