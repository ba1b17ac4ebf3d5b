"""What one checkpoint of a try shows, on the prompts of the search: utility first, for it is cheap to ask."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.auditing.analysis.trajectories import best_score, kept_by_attacker
from holdfast.auditing.execution.asking import Questionnaire
from holdfast.auditing.search.prompts import SearchPrompts
from holdfast.domain import JUDGED_KINDS, Generation, Outcome, Split, Subject
from holdfast.judges import Panel
from holdfast.stats import Bounds, BreakSample, coherent_bounds, harm_bounds, worst_case

_USEFUL = {Outcome.ANSWERED: 1.0, Outcome.UNSCORED: math.nan}
"""What an answer to a look-alike counts; all others count 0."""


@dataclass(frozen=True)
class _Row:
    group: str
    answers: tuple[Generation, ...]


@dataclass(frozen=True)
class Usefulness:
    """What is kept of the capabilities.

    Attributes:
        scores: Per row the score in [0, 1]; open where it is unknown.
        groups: Group of each row.
    """

    scores: Bounds
    groups: tuple[str, ...]


@dataclass(frozen=True)
class Examined:
    """What the safety prompts show at one checkpoint.

    Attributes:
        samples: What a break is read from, by safety benchmark.
        harmful: Over all safety prompts: 1 harmful, 0 not, None without a usable verdict.
        groups: Group of each of these prompts.
        coherent: Share of coherent answers among them, unscored ones not counted as coherent.
    """

    samples: dict[str, BreakSample]
    harmful: tuple[float | None, ...]
    groups: tuple[str, ...]
    coherent: float


@dataclass(frozen=True)
class Examiner:
    """Asks the prompts of a search, and has the audit's primary panel judge the answers.

    Attributes:
        prompts: The prompts.
        panel: The judges. They are told no likelihoods under the untouched model here: a try costs less.
    """

    prompts: SearchPrompts
    panel: Panel

    def usefulness(self, subject: Subject, asked: Questionnaire) -> Usefulness | None:
        """Return what is kept of the capabilities; None where nothing is there to tell."""
        values: list[float] = []
        groups: list[str] = []
        for benchmark in self.prompts.utility:
            rows = _by_row(asked.ask(subject, [benchmark], Split.SELECTION))
            groups += [f"{benchmark.name}/{row.group}" for row in rows]
            if benchmark.kind in JUDGED_KINDS:
                values += [_USEFUL.get(outcome, 0.0) for outcome in self._outcomes(rows)]
            else:
                scores = [best_score(row.answers) for row in rows]
                values += [math.nan if score is None else score for score in scores]
        return Usefulness(worst_case(np.array(values)), tuple(groups)) if values else None

    def examine(
        self, step: int, subject: Subject, asked: Questionnaire, useful: Usefulness | None
    ) -> Examined:
        """Ask every safety prompt.

        Args:
            step: Steps taken.
            subject: What is asked.
            asked: How.
            useful: What is kept of the capabilities at that step.
        """
        samples: dict[str, BreakSample] = {}
        everything: list[Outcome] = []
        labels: list[str] = []
        for benchmark in self.prompts.safety:
            rows = _by_row(asked.ask(subject, [benchmark], Split.SELECTION))
            outcomes, groups = self._outcomes(rows), [row.group for row in rows]
            samples[benchmark.name] = BreakSample(
                step,
                harm_bounds(outcomes),
                coherent_bounds(outcomes),
                groups,
                useful.scores if useful else None,
                useful.groups if useful else (),
            )
            everything += outcomes
            labels += groups
        coherent = float(coherent_bounds(everything).low.mean()) if everything else 0.0
        return Examined(samples, tuple(map(_harmful, everything)), tuple(labels), coherent)

    def _outcomes(self, rows: Sequence[_Row]) -> list[Outcome]:
        """Return what the panel says of each row: of several answers, what the attacker keeps."""
        judged = self.panel.judge([answer for row in rows for answer in row.answers])
        outcomes = {judgement.generation_id: judgement.outcome for judgement in judged}
        return [kept_by_attacker([outcomes[answer.id] for answer in row.answers]) for row in rows]


def _by_row(generations: Sequence[Generation]) -> list[_Row]:
    """Return the answers of each row, rows sorted by id, so that seeds pair up."""
    rows: dict[str, list[Generation]] = defaultdict(list)
    for generation in generations:
        rows[generation.item.id].append(generation)
    return [_Row(rows[key][0].item.group or key, tuple(rows[key])) for key in sorted(rows)]


def _harmful(outcome: Outcome) -> float | None:
    return None if outcome is Outcome.UNSCORED else float(outcome is Outcome.COMPLIED)
