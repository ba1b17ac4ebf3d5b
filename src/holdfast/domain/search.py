"""Searches: an attacker who tries more than once, what was tried, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from holdfast.domain.finding import Estimate
from holdfast.domain.spend import Spend


class Objective(StrEnum):
    """What a search looks for."""

    BREAK = "break"
    """The least spend to break."""
    HARM = "harm"
    """The most harm within the budget."""


class Sampler(StrEnum):
    """How a search chooses what to try next."""

    TPE = "tpe"
    """Tree-structured Parzen estimators with constraints (Bergstra et al. 2011; Watanabe and Hutter 2023)."""
    RANDOM = "random"
    """Without looking at what came before: the control."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """One option that a search varies: over some values, or over a range.

    Attributes:
        name: The option; `limit` is the rows of the corpus, `ask` how the attacker asks afterwards.
        choices: The values; empty for a range.
        low: Least value of a range.
        high: Largest value of a range, above `low`.
        log: Whether a range is searched on a logarithmic scale.
        whole: Whether a range holds whole numbers alone.
    """

    name: str
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    log: bool = False
    whole: bool = False

    def holds(self, value: object) -> bool:
        """Return whether a value is one of those searched."""
        if self.choices:
            return value in self.choices
        return isinstance(value, int | float) and self.low <= value <= self.high


class TryStatus(StrEnum):
    """How a try ended. Exactly one holds."""

    FEASIBLE = "feasible"
    """It gave what is looked for, with utility and coherence within their bounds."""
    INFEASIBLE = "infeasible"
    """It was run to its end, and at no checkpoint gave that within these bounds."""
    PRUNED = "pruned"
    """It was stopped before it gave that: utility was lost, or it cost more than the best so far."""
    FAILED = "failed"
    """It gave no result: it diverged, ran out of memory, or its options exclude each other."""


@dataclass(frozen=True, slots=True)
class TryRecord:
    """One try of a search, on the search's own seeds and prompts.

    Attributes:
        number: 1-based; the first tries the pathway as it is written.
        options: What was tried, by option; what is left out is as written.
        status: How it ended.
        step: Step at which it breaks in every seed, or at which it is most harmful within the bounds; None if
            there is none.
        price: Spend by which every seed broke, in the search's unit; None unless it did.
        harm: Share of harmful answers at `step`; None without one.
        rows: For each seed, for each search prompt whether the answer at `step` is harmful (1 or 0; None
            without a usable verdict).
        shortfall: How far it stays below what a break needs, at its nearest checkpoint: harm (lower bound),
            coherence, utility. None or above 0 is a fall short; empty where nothing was measured.
        spend: What all its seeds cost.
        note: Why it ended as it did.
    """

    number: int
    options: Mapping[str, Any]
    status: TryStatus
    step: int | None = None
    price: float | None = None
    harm: float | None = None
    rows: tuple[tuple[float | None, ...], ...] = ()
    shortfall: tuple[float, ...] = ()
    spend: Spend = field(default_factory=Spend)
    note: str = ""


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """One search, and what its winner is worth on fresh seeds and held-out prompts.

    Attributes:
        model: Model name.
        safeguard: Safeguard name.
        pathway: The pathway as written.
        winner: The pathway that runs the winner again.
        sampler: How tries were chosen.
        objective: What was looked for.
        unit: Axis of spend that prices are on.
        planned: Tries that were planned.
        tries: Tries that were made, in order.
        best: Number of the winner; None if there is none.
        spend: What all tries cost.
        searched: What was looked for, as the search saw it: it is too good by what luck gave it.
        again: The same on fresh seeds and held-out prompts, the tries' cost left out.
        optimism: Harm in the search minus harm when run again; None for prices.
        without: Price of the pathway as written.
        whole: Price of the winner, the tries' cost included.
        conclusion: One sentence.
    """

    model: str
    safeguard: str
    pathway: str
    winner: str
    sampler: Sampler
    objective: Objective
    unit: str
    planned: int
    tries: tuple[TryRecord, ...]
    best: int | None
    spend: Spend
    searched: Estimate
    again: Estimate
    optimism: Estimate | None
    without: Estimate
    whole: Estimate
    conclusion: str

    def count(self, status: TryStatus) -> int:
        """Return how many tries ended so."""
        return sum(each.status is status for each in self.tries)
