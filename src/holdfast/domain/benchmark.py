"""Benchmarks: prompts, how they are scored, and how they are split."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from holdfast.domain.conversation import Conversation


class BenchmarkKind(StrEnum):
    """What a benchmark measures."""

    SAFETY = "safety"
    OVER_REFUSAL = "over_refusal"
    CAPABILITY = "capability"
    HAZARD = "hazard"
    """Hazard knowledge: answered by likelihood or scored against a target, never refused or complied."""


class Split(StrEnum):
    """Which part of a benchmark a row belongs to.

    Whatever is *chosen* by looking at scores (the anchor, a search's winner) is chosen on SELECTION and
    reported on HELDOUT.
    """

    SELECTION = "selection"
    HELDOUT = "heldout"


@dataclass(frozen=True, slots=True)
class Item:
    """One row of a benchmark.

    Attributes:
        id: Unique within its benchmark.
        messages: The prompt; the last turn is the user's.
        target: The gold answer (capability) or the harmful content (safety); None where there is none.
        group: Rows of one group ask the same thing; splits and resampling go by group.
        category: Free label for break-downs.
        choices: Candidate answers, scored by likelihood; empty for generated answers.
        split: The part the row belongs to.
    """

    id: str
    messages: Conversation
    target: str | None = None
    group: str = ""
    category: str | None = None
    choices: tuple[str, ...] = ()
    split: Split = Split.HELDOUT

    @property
    def prompt(self) -> str:
        """The text of the last user turn."""
        return self.messages[-1].content


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Prompts of one kind and how their answers are scored.

    Attributes:
        name: Unique within an audit.
        kind: What it measures.
        items: Rows, in file order; never empty.
        scorer: Name of a capability scorer (`exact`, `contains`, `last-number`, `choice`); None for kinds
            that judges decide.
        source: Where the rows came from (a path or a plug-in's name), for messages and provenance.
    """

    name: str
    kind: BenchmarkKind
    items: tuple[Item, ...]
    scorer: str | None = None
    source: str = ""
    notes: tuple[str, ...] = field(default=())

    def part(self, split: Split) -> tuple[Item, ...]:
        """Return the rows of one split, in order."""
        return tuple(item for item in self.items if item.split is split)
