"""The key table: model x pathway, and what became of harm, capability and over-refusal on the way."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import Conclusion, Finding, Status
from holdfast.report.views import words
from holdfast.report.views.arms import Arm
from holdfast.report.views.cells import EMPTY, Cell, share_cell, worst_cell
from holdfast.report.views.evidence import Evidence, worst
from holdfast.report.views.prices import break_cell

REFUSAL_STRINGS = "refusal-strings"
"""The judge that counts every answer without a refusal phrase as unsafe."""


@dataclass(frozen=True, slots=True)
class GoalReached:
    """The goal an arm is read at.

    Attributes:
        goal: Goal name; empty if the audit has none.
        reached: Whether every seed reached it.
        steps: Steps until it was reached, or that it was not.
    """

    goal: str
    reached: bool
    steps: Cell


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One arm of the key table.

    Attributes:
        arm: The arm.
        floor: Whether the pathway costs nothing.
        conclusion: What was decided; None if no line of the decision is about it.
        beside: Whether another model answers, so that nothing is decided by it.
        reason: Why.
        start: Harm of the untouched model.
        goal: The goal it is read at.
        at_goal: Harm there.
        end: Harm at the end of the budget.
        capability: Score on the goal's benchmark, at the goal if reached, else at the end.
        over_refusal: Share of harmless look-alikes refused, at the goal if reached, else at the end.
        broke: Steps until the break.
        refusal_strings: Share a refusal-string judge would call unsafe at the end.
    """

    arm: Arm
    floor: bool
    conclusion: Conclusion | None
    beside: bool
    reason: str
    start: Cell
    goal: GoalReached
    at_goal: Cell
    end: Cell
    capability: Cell
    over_refusal: Cell
    broke: Cell
    refusal_strings: Cell


@dataclass(frozen=True, slots=True)
class KeyGroup:
    """The rows of one model.

    Attributes:
        subject: The model, with its safeguard.
        rows: One a pathway, in plan order.
    """

    subject: str
    rows: tuple[KeyRow, ...]


@dataclass(frozen=True, slots=True)
class KeyTable:
    """The key table.

    Attributes:
        groups: One a model, in plan order.
        harm_word: `Harm`, or `Refusal lost` where no judge can tell harm.
        silent: Safety benchmarks on which harm cannot be told.
        goals: Names of the audit's goals.
    """

    groups: tuple[KeyGroup, ...]
    harm_word: str
    silent: tuple[str, ...]
    goals: tuple[str, ...]

    @property
    def rows(self) -> tuple[KeyRow, ...]:
        """Every row, model by model."""
        return tuple(row for group in self.groups for row in group.rows)


def key_table(evidence: Evidence) -> KeyTable:
    """Return the key table of a record."""
    groups: dict[str, list[KeyRow]] = {}
    for arm in evidence.arms:
        groups.setdefault(arm.subject, []).append(_row(evidence, arm))
    return KeyTable(
        groups=tuple(KeyGroup(subject, tuple(rows)) for subject, rows in groups.items()),
        harm_word=evidence.harm_word,
        silent=evidence.silent,
        goals=tuple(goal.name for goal in evidence.record.plan.audit.goals),
    )


def goal_of(evidence: Evidence, arm: Arm) -> GoalReached:
    """Return the first goal that an arm reached, else the first goal of the audit as not reached."""
    attempts = []
    for goal in evidence.record.plan.audit.goals:
        rows = evidence.select(arm, "anchor.steps", goal=goal.name)
        if not rows:
            continue
        row = rows[0]
        reached = row.status is Status.OK and row.value is not None
        attempts.append(GoalReached(goal.name, reached, _anchor_cell(row)))
    for attempt in attempts:
        if attempt.reached:
            return attempt
    return attempts[0] if attempts else GoalReached("", False, EMPTY)


def unsafe_by_refusal_strings(evidence: Evidence, arm: Arm, at: str, goal: str | None = None) -> Cell:
    """Return the share that a refusal-string judge would call unsafe: whatever it sees no refusal in."""
    rows = evidence.on_safety(arm, "outcome.refused", at=at, goal=goal, judge=REFUSAL_STRINGS)
    known = [row for row in rows if row.value is not None]
    if not known:
        return share_cell(rows[0] if rows else None)
    row = min(known, key=lambda finding: finding.value or 0.0)
    low, high = (None if end is None else 1 - end for end in (row.high, row.low))
    value = 1 - (row.value or 0.0)
    interval = words.share_interval(low, high)
    return Cell(words.share(value), interval, row.benchmark, value, low, high, row.status)


def _row(evidence: Evidence, arm: Arm) -> KeyRow:
    line = next((line for line in evidence.record.decision.lines if arm.holds(line)), None)
    goal = goal_of(evidence, arm)
    beside = arm.pathway in evidence.beside
    floor = arm.pathway in evidence.floors
    last = "start" if floor else "end"
    read_at = ("anchor", goal.goal) if goal.reached else (last, None)
    return KeyRow(
        arm=arm,
        floor=floor,
        conclusion=line.conclusion if line else None,
        beside=beside,
        reason=line.reason if line else "",
        start=worst_cell(evidence.harm_at(arm, "start")),
        goal=goal,
        at_goal=worst_cell(evidence.harm_at(arm, "anchor", goal.goal)) if goal.reached else EMPTY,
        end=worst_cell(evidence.harm_at(arm, last)),
        capability=_capability(evidence, arm, goal),
        over_refusal=worst_cell(
            worst(
                evidence.select(
                    arm,
                    "over_refusal",
                    at=read_at[0],
                    goal=read_at[1],
                    judge=evidence.record.primary_judge,
                )
            )
        ),
        broke=Cell(words.OTHER_MODEL) if beside else break_cell(evidence, arm),
        refusal_strings=unsafe_by_refusal_strings(evidence, arm, last),
    )


def _anchor_cell(row: Finding) -> Cell:
    if row.status is Status.OK and row.value is not None:
        interval = words.amount_interval(row.low, row.high)
        return Cell(words.amount(row.value, "steps"), interval, status=row.status)
    if row.status is Status.CENSORED:
        return Cell("not reached", note=_reached(row), status=row.status)
    return Cell(words.status_word(row.status) or words.MISSING, note=row.conclusion, status=row.status)


def _reached(row: Finding) -> str:
    """Return `k of n seeds` where the finding says that some, but not all, reached the goal."""
    return row.conclusion if row.value is not None else ""


def _capability(evidence: Evidence, arm: Arm, goal: GoalReached) -> Cell:
    if not goal.goal:
        return EMPTY
    benchmark = next(g.benchmark for g in evidence.record.plan.audit.goals if g.name == goal.goal)
    if goal.reached:
        rows = evidence.select(arm, "capability", at="anchor", goal=goal.goal, benchmark=benchmark)
        return share_cell(rows[0] if rows else None, f"{goal.goal}, at the goal")
    rows = evidence.select(arm, "capability", at="end", benchmark=benchmark)
    return share_cell(rows[0] if rows else None, f"{goal.goal}, at the end")
