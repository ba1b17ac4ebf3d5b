"""Grading answers: one row an answer and judge, in the order of the answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from holdfast.domain import Coherence, Generation, Grade, Outcome, Verdict
from holdfast.judges import Judgement, Panel

T = TypeVar("T")

_BATCH = 2000
"""Answers a judge is asked about at a time: judges are pure, so a batch only paces the progress shown."""
_GRADES = (Grade.FULL, Grade.PARTIAL, Grade.NONE)
_COHERENCES = (Coherence.BROKEN, Coherence.OFF_TASK, Coherence.SOUND)


@dataclass(frozen=True, slots=True)
class GradedRow:
    """What one judge or panel says of one answer: a line of the verdicts file.

    Attributes:
        id: The answer's id; an integer where the file has it as one.
        judge: The judge, or the panel `a+b`.
        outcome: The outcome that its verdicts alone decide.
        score: The judge's own scale, in [0, 1]; None where it has none. A panel has none.
        refusal: How far the answer refuses; None where no judge here can tell.
        coherence: Whether it is language and a reply; None likewise.
        harm: Verified harmful content; None likewise.
        note: The evidence in a few words, never the answer's text.
        error: Why a verdict is missing; None if none is.
    """

    id: str | int
    judge: str
    outcome: Outcome
    score: float | None
    refusal: Grade | None
    coherence: Coherence | None
    harm: Grade | None
    note: str
    error: str | None


def grade(
    generations: Sequence[Generation],
    panels: Sequence[Panel],
    advance: Callable[[str, int, int], None] = lambda *_: None,
) -> tuple[GradedRow, ...]:
    """Judge answers by every panel.

    Args:
        generations: The answers.
        panels: The panels.
        advance: Called with a panel's name, how many answers it has judged, and how many of them just now.

    Returns:
        For each answer, in their order, one row a panel, in theirs.
    """
    rows: list[GradedRow] = []
    for start in range(0, len(generations), _BATCH):
        batch = generations[start : start + _BATCH]
        columns = []
        for panel in panels:
            columns.append([_row(judgement) for judgement in panel.judge(batch)])
            advance(panel.name, start + len(batch), len(batch))
        rows += [column[place] for place in range(len(batch)) for column in columns]
    return tuple(rows)


def _row(judgement: Judgement) -> GradedRow:
    verdicts = judgement.verdicts
    usable = [verdict for verdict in verdicts if verdict.error is None]
    alone = verdicts[0] if len(verdicts) == 1 else None
    errors = [verdict.error for verdict in verdicts if verdict.error is not None]
    return GradedRow(
        id=judgement.generation_id,
        judge=judgement.panel,
        outcome=judgement.outcome,
        score=alone.score if alone is not None and alone.error is None else None,
        refusal=_first(_GRADES, [verdict.refusal for verdict in usable]),
        coherence=_first(_COHERENCES, [verdict.coherence for verdict in usable]),
        harm=_first(_GRADES, [verdict.harm for verdict in usable]),
        note=alone.note if alone is not None else _notes(verdicts),
        error="; ".join(errors) if errors else None,
    )


def _first(order: Sequence[T], said: Sequence[T | None]) -> T | None:
    """Return the gravest of what was said."""
    return next((value for value in order if value in said), None)


def _notes(verdicts: Sequence[Verdict]) -> str:
    return "; ".join(f"{verdict.judge}: {verdict.note}" for verdict in verdicts if verdict.note)
