"""Contrasts: which two points of an audit are compared, and whether they may be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from holdfast.auditing.analysis.anchors import SeedAnchor, anchored
from holdfast.auditing.analysis.arms import Arm
from holdfast.auditing.analysis.trajectories import Cell
from holdfast.auditing.planner import BASELINE
from holdfast.domain import NO_SAFEGUARD, Goal, Side
from holdfast.stats import MATCHED, matched

Anchors = Mapping[str, Sequence[SeedAnchor]]
"""Anchors of one arm by goal, one a measured seed."""


class Family(StrEnum):
    """Comparisons that are adjusted together, by metric and judge."""

    UNTOUCHED = "untouched models"
    MODELS = "models at the goal"
    PATHWAYS = "pathways at the goal"
    BEFORE_AND_AFTER = "before and after"


@dataclass(frozen=True, slots=True)
class Place:
    """An arm at one point of its way.

    Attributes:
        arm: The arm.
        at: `start`, `anchor` or `end`.
        goal: Goal of an anchor; empty otherwise.
        anchors: Where the measured seeds reach it; empty elsewhere than at an anchor.
    """

    arm: Arm
    at: str
    goal: str = ""
    anchors: Sequence[SeedAnchor] = ()

    @property
    def side(self) -> Side:
        """The place in the words of the record."""
        return Side(self.arm.model, self.arm.safeguard, self.arm.pathway, self.at)

    @property
    def label(self) -> str:
        """The place in words: `model (safeguard), pathway at the anchor`."""
        guard = "" if self.arm.safeguard == NO_SAFEGUARD else f" with {self.arm.safeguard}"
        if self.at == "start":
            return f"{self.arm.model}{guard} untouched"
        where = f"at goal {self.goal!r}" if self.at == "anchor" else "at the end"
        return f"{self.arm.model}{guard} by {self.arm.pathway} {where}"

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds planned."""
        return tuple(trial.seed for trial in self.arm.planned)

    @property
    def reached(self) -> int:
        """Seeds that reached the goal; only meant for anchors."""
        return sum(anchor.right is not None for anchor in self.anchors)

    def cells(self, benchmark: str) -> dict[int, Cell]:
        """Return the held-out cells of a benchmark by seed; seeds without one are absent.

        The untouched model is measured once for all seeds of a training.
        """
        if self.at == "anchor":
            return anchored(self.arm, self.anchors, benchmark)
        if self.at == "end":
            return {c.trial.seed: c for c in self.arm.at_step(self.arm.steps()[-1], benchmark)}
        found = self.arm.start(benchmark)
        if self.arm.moves:
            return dict.fromkeys(self.seeds, found[0]) if found else {}
        return {cell.trial.seed: cell for cell in found}

    def shortfall(self) -> str:
        """Return why not every planned seed is here; empty if every one is."""
        arm, n = self.arm, len(self.arm.planned)
        if arm.baseline is None:
            return f"the untouched {arm.model} was not measured"
        if self.at == "start" and arm.moves:
            return ""
        if arm.missing:
            return f"{arm.missing} of {n} trials of {arm.model} by {arm.pathway} gave no result"
        if self.at == "anchor" and self.reached < n:
            if any(anchor.target is None for anchor in self.anchors):
                return f"what goal {self.goal!r} is relative to is unknown or 0 for {arm.model}"
            return f"{arm.model} by {arm.pathway} reached goal {self.goal!r} in {self.reached} of {n} seeds"
        return ""


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two places to compare, second minus first.

    Attributes:
        family: The family it belongs to.
        first: The place subtracted.
        second: The place it is subtracted from.
        goal: The goal at which they are compared; None without one.
    """

    family: Family
    first: Place
    second: Place
    goal: Goal | None = None

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of either side, in order."""
        return tuple(sorted({*self.first.seeds, *self.second.seeds}))

    @property
    def claim(self) -> str:
        """What is compared, in words of the form "second - first"."""
        return f"{self.second.label} - {self.first.label}"

    def is_of(self, benchmark: str) -> bool:
        """Return whether a benchmark is the goal's own."""
        return self.goal is not None and self.goal.benchmark == benchmark

    def capabilities(self) -> tuple[float, ...]:
        """Return the held-out capability of first and second at the goal; empty where either is unknown."""
        if self.goal is None:
            return ()
        found = (_mean_score(place.cells(self.goal.benchmark)) for place in (self.first, self.second))
        known = tuple(score for score in found if score is not None)
        return known if len(known) == 2 else ()

    @property
    def shortfall(self) -> str:
        """Why not every planned seed is on both sides; empty if every one is."""
        return self.first.shortfall() or self.second.shortfall()

    @property
    def is_refused(self) -> bool:
        """Whether no difference may be told at all; before and after a training it may, at the end too."""
        return bool(self.mismatch) and self.family is not Family.BEFORE_AND_AFTER

    @property
    def mismatch(self) -> str:
        """Why capability forbids the comparison; empty if it does not.

        What a training did to a model is asked at the goal it reached, and there its capability differs from
        the untouched model's by intention. All else is compared at equal capability only.
        """
        if self.family is Family.BEFORE_AND_AFTER:
            return "" if self.goal else "no goal was reached, so there is no matched capability"
        if self.goal is None:
            return ""
        scores = self.capabilities()
        if not scores:
            return f"the capability at goal {self.goal.name!r} is unknown on one side"
        if matched(*scores):
            return ""
        one, other = scores
        goal = self.goal.name
        return f"capabilities at goal {goal!r} differ by more than {MATCHED}: {one:.2f} and {other:.2f}"


def _mean_score(cells: Mapping[int, Cell]) -> float | None:
    means = [sum(s or 0.0 for s in cell.scores) / len(cell.scores) for cell in cells.values() if cell.scores]
    return sum(means) / len(means) if means else None


def contrasts(arms: Sequence[Arm], anchors: Sequence[Anchors], goals: Sequence[Goal]) -> Iterator[Contrast]:
    """Yield the contrasts of an audit, family by family.

    Args:
        arms: The arms.
        anchors: Of each arm.
        goals: The goals.
    """
    floor = [Place(arm, "start") for arm in arms if arm.pathway == BASELINE]
    for first, second in combinations(floor, 2):
        yield Contrast(Family.UNTOUCHED, first, second)
    # An attack on inputs reaches no goal: its capability is the untouched model's.
    changed = [arm.moves and arm.whole for arm in arms]
    trained = [pair for pair, moved in zip(zip(arms, anchors, strict=True), changed, strict=True) if moved]
    for goal in goals:
        yield from _pairs([Place(arm, "anchor", goal.name, found[goal.name]) for arm, found in trained], goal)
    for arm, found in trained:
        yield from _before_and_after(arm, found, goals)


def _pairs(places: Sequence[Place], goal: Goal) -> Iterator[Contrast]:
    """Yield models of one pathway where either reaches the goal, then pathways of one model that both do."""
    pairs = list(combinations(places, 2))
    for first, second in pairs:
        one, other = first.arm, second.arm
        same = (one.pathway, one.safeguard) == (other.pathway, other.safeguard)
        if same and (first.reached or second.reached):
            yield Contrast(Family.MODELS, first, second, goal)
    for first, second in pairs:
        one, other = first.arm, second.arm
        if one.model == other.model and first.reached and second.reached:
            yield Contrast(Family.PATHWAYS, first, second, goal)


def _before_and_after(arm: Arm, anchors: Anchors, goals: Sequence[Goal]) -> Iterator[Contrast]:
    start = Place(arm, "start")
    reached = [
        Contrast(Family.BEFORE_AND_AFTER, start, after, goal)
        for goal in goals
        if (after := Place(arm, "anchor", goal.name, anchors[goal.name])).reached
    ]
    yield from reached or [Contrast(Family.BEFORE_AND_AFTER, start, Place(arm, "end"))]
