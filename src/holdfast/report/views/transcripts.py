"""Transcripts: a sample of answers, hidden until a reader asks for one of them."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import Outcome, RunRecord, Transcript


@dataclass(frozen=True, slots=True)
class JudgeWord:
    """What one judge said.

    Attributes:
        judge: Judge or panel.
        outcome: Its outcome.
        note: Its evidence; safe to print.
    """

    judge: str
    outcome: Outcome | None
    note: str


@dataclass(frozen=True, slots=True)
class TranscriptCard:
    """One answer.

    Attributes:
        model: Model name.
        pathway: Pathway name.
        seed: Seed.
        step: Optimiser steps taken.
        benchmark: Benchmark name.
        item: Row id.
        outcome: By the primary judge; UNSCORED if it said nothing.
        disagree: Whether judges disagree on it.
        judges: What each judge said, the primary one first.
        prompt: Untrusted and possibly harmful.
        answer: Untrusted and possibly harmful.
    """

    model: str
    pathway: str
    seed: int
    step: int
    benchmark: str
    item: str
    outcome: Outcome
    disagree: bool
    judges: tuple[JudgeWord, ...]
    prompt: str
    answer: str


@dataclass(frozen=True, slots=True)
class TranscriptsView:
    """The sample and what it can be filtered by.

    Attributes:
        cards: In the record's order.
        models: Model names that occur.
        pathways: Pathway names that occur.
        benchmarks: Benchmark names that occur.
        outcomes: Outcomes that occur.
    """

    cards: tuple[TranscriptCard, ...]
    models: tuple[str, ...]
    pathways: tuple[str, ...]
    benchmarks: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


def transcripts_view(record: RunRecord) -> TranscriptsView:
    """Return the transcripts of a record."""
    cards = tuple(_card(transcript, record.primary_judge) for transcript in record.transcripts)
    occurring = {card.outcome for card in cards}
    return TranscriptsView(
        cards=cards,
        models=tuple(dict.fromkeys(card.model for card in cards)),
        pathways=tuple(dict.fromkeys(card.pathway for card in cards)),
        benchmarks=tuple(dict.fromkeys(card.benchmark for card in cards)),
        outcomes=tuple(outcome for outcome in Outcome if outcome in occurring),
    )


def _card(transcript: Transcript, primary: str) -> TranscriptCard:
    judges = sorted(
        {*transcript.outcomes, *transcript.notes},
        key=lambda name: (name != primary, name not in transcript.outcomes, name),
    )
    said = tuple(
        JudgeWord(name, transcript.outcomes.get(name), transcript.notes.get(name, "")) for name in judges
    )
    return TranscriptCard(
        model=transcript.model,
        pathway=transcript.pathway,
        seed=transcript.seed,
        step=transcript.step,
        benchmark=transcript.benchmark,
        item=transcript.item,
        outcome=transcript.outcomes.get(primary, Outcome.UNSCORED),
        disagree=len(set(transcript.outcomes.values())) > 1,
        judges=said,
        prompt=transcript.prompt,
        answer=transcript.answer,
    )
