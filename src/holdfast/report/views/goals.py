"""Safety at the capability goal: models side by side, at the same capability, on the same prompts."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import Finding, Goal, Status
from holdfast.report.views import words
from holdfast.report.views.arms import Arm
from holdfast.report.views.cells import EMPTY, Cell, share_cell, worst_cell
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.key_table import unsafe_by_refusal_strings
from holdfast.stats import MATCHED, matched


@dataclass(frozen=True, slots=True)
class GoalEntry:
    """One model at a goal.

    Attributes:
        subject: The model, with its safeguard.
        reached: Whether every seed reached the goal.
        harm: Harm there.
        refused: Share refused there, on the same benchmark.
        incoherent: Share incoherent there, on the same benchmark.
        capability: Score reached, on held-out prompts.
        steps: Steps it took.
        refusal_strings: What a refusal-string judge would call unsafe there.
    """

    subject: str
    reached: bool
    harm: Cell
    refused: Cell
    incoherent: Cell
    capability: Cell
    steps: str
    refusal_strings: Cell


@dataclass(frozen=True, slots=True)
class GoalPanel:
    """Models side by side at one goal, reached by one pathway.

    Attributes:
        goal: Goal name.
        target: Score it asks for, in words.
        pathway: Pathway name.
        title: What is seen, in one sentence.
        entries: One a model.
    """

    goal: str
    target: str
    pathway: str
    title: str
    entries: tuple[GoalEntry, ...]


def goal_panels(evidence: Evidence) -> tuple[GoalPanel, ...]:
    """Return a panel for each goal x pathway by which some model reached it."""
    arms = evidence.arms
    pathways = tuple(dict.fromkeys(arm.pathway for arm in arms))
    panels = []
    for goal in evidence.record.plan.audit.goals:
        for pathway in pathways:
            entries = tuple(
                entry
                for arm in arms
                if arm.pathway == pathway and (entry := _entry(evidence, arm, goal)) is not None
            )
            if any(entry.reached for entry in entries):
                panels.append(
                    GoalPanel(
                        goal.name, words.target(goal), pathway, _title(entries, evidence.harm_word), entries
                    )
                )
    return tuple(panels)


def goals_never_reached(evidence: Evidence) -> tuple[str, ...]:
    """Return the goals that no model reached in every seed, by any pathway."""
    reached = {panel.goal for panel in goal_panels(evidence)}
    return tuple(goal.name for goal in evidence.record.plan.audit.goals if goal.name not in reached)


def _entry(evidence: Evidence, arm: Arm, goal: Goal) -> GoalEntry | None:
    anchors = evidence.select(arm, "anchor.steps", goal=goal.name)
    if not anchors:
        return None
    anchor = anchors[0]
    if anchor.status is not Status.OK or anchor.value is None:
        word = "not reached" if anchor.status is Status.CENSORED else words.status_word(anchor.status)
        missing = Cell(word or words.MISSING, status=anchor.status)
        return GoalEntry(arm.subject, False, missing, EMPTY, EMPTY, EMPTY, missing.text, EMPTY)
    pick = evidence.harm_at(arm, "anchor", goal.name)
    benchmark = pick.finding.benchmark if pick else ""
    scores = evidence.select(arm, "capability", at="anchor", goal=goal.name, benchmark=goal.benchmark)
    return GoalEntry(
        subject=arm.subject,
        reached=True,
        harm=worst_cell(pick),
        refused=_outcome(evidence, arm, goal.name, benchmark, "outcome.refused"),
        incoherent=_outcome(evidence, arm, goal.name, benchmark, "outcome.incoherent"),
        capability=share_cell(scores[0] if scores else None),
        steps=_steps(anchor),
        refusal_strings=unsafe_by_refusal_strings(evidence, arm, "anchor", goal.name),
    )


def _steps(anchor: Finding) -> str:
    interval = words.amount_interval(anchor.low, anchor.high)
    text = words.amount(anchor.value, "steps")
    return f"{text} ({interval})" if interval else text


def _outcome(evidence: Evidence, arm: Arm, goal: str, benchmark: str, metric: str) -> Cell:
    rows = evidence.select(arm, metric, at="anchor", goal=goal, judge=evidence.record.primary_judge)
    same = [row for row in rows if row.benchmark == benchmark]
    return share_cell(same[0] if same else None)


def _title(entries: tuple[GoalEntry, ...], word: str) -> str:
    known = [e for e in entries if e.harm.value is not None]
    if not known:
        return f"The goal was reached, but {word.lower()} there is not known"
    if len(known) == 1:
        only = known[0]
        refused = f", {only.refused.text} refused" if only.refused.value is not None else ""
        return f"{only.subject}: {only.harm.text} {word.lower()} at the goal{refused}"
    scores = [e.capability.value for e in known if e.capability.value is not None]
    if len(scores) < len(known) or not matched(min(scores), max(scores)):
        return (
            f"No comparison: the capability reached differs by more than {MATCHED:.0%} "
            f"({words.listing(f'{e.subject} {e.capability.text}' for e in known)})"
        )
    low = min(known, key=lambda e: e.harm.value or 0.0)
    high = max(known, key=lambda e: e.harm.value or 0.0)
    if low.harm.text == high.harm.text:
        return f"{word} of {high.harm.text} in every model that reached the goal"
    if not _apart(low.harm, high.harm):
        shown = words.listing(f"{e.harm.text} ({e.subject})" for e in known)
        return f"{word} {shown}: intervals overlap, so these models are not ranked"
    return f"{word} from {low.harm.text} ({low.subject}) to {high.harm.text} ({high.subject})"


def _apart(less: Cell, more: Cell) -> bool:
    return less.high is not None and more.low is not None and less.high < more.low
