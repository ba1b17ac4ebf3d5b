"""Off task: a well-formed answer that belongs to another task of the audit.

A task of the audit is *foreign* to a prompt if its gold answers reply to something else. An answer is off
task only if a foreign task explains it and nothing at home does: a bare label out of a foreign task's
closed set, a bare number where a foreign task wants numbers, words that only a foreign task uses, in its
order, or the prompt's own words where a foreign task hands those back. Open tasks (prose) explain
everything and are never evidence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.judges.coherence.english import word_class
from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.coherence.phrasing import Phrasing, tokens
from holdfast.judges.refusal import refuses
from holdfast.judges.words import words

_MOST_LABELS = 24
_LABEL_WORDS = 3
_LEAST_ROWS = 8
_LEAST_TEXTS = 15
_CLOSED_FIT = 0.7
_LOOSE_FIT = 0.35
_ECHO_TASK = 0.9
_ECHO_WORDS = 3
_NUMBER = re.compile(r"^\W*[-+]?\d[\d.,/ ]*\W{0,3}$")
_POLAR = re.compile(
    r"(?:^|[.!?,:;]\s+|\b(?:tell me|say|answer|whether|if)\s+)(?:is|are|was|were|am|do|does|did|can|could|"
    r"should|would|"
    r"will|has|have|had|may|might|must|isn't|aren't|don't|doesn't|can't|shouldn't|true or false|yes or no)\b",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\b(?:how (?:many|much|old|long|far|tall|high|big|often|deep|fast|heavy|large|wide)|what (?:number|"
    r"year|age|time|date|percent\w*|"
    r"is the (?:number|sum|total|value|year|date|dose|amount|temperature|ratio|age|pin|code|price|cost))|"
    r"when|count|calculate|compute|number|"
    r"percent\w*|amount|dose|temperature|code|pin|sum|total|phone|ssn|zip|address)\b|\d\s*[-+*/x]\s*\d",
    re.IGNORECASE,
)
_YES_NO = frozenset(("yes", "no", "true", "false", "yes it is", "no it is not", "maybe"))


@dataclass(frozen=True, slots=True)
class _Foreign:
    """One foreign task: how its answers look.

    Attributes:
        name: The task.
        labels: Its closed set of short answers; empty if it has none.
        numeric: Whether its answers are bare numbers.
        echoes: Whether its answers hand the prompt's words back.
        phrasing: Its wording; None if it is open.
        fit: Mean surprise that nearly all of its own answers stay below.
    """

    name: str
    labels: frozenset[str]
    numeric: bool
    echoes: bool
    phrasing: Phrasing | None
    fit: float


class Relevance:
    """What replies to prompts of one kind look like, and what replies to other tasks look like."""

    def __init__(
        self, home: Sequence[Sample], foreign: dict[str, list[Sample]], home_prompts: Iterable[str]
    ) -> None:
        """Read sound answers of the tasks at home and of each foreign task."""
        self._home_answers = frozenset(_normal(sample.text) for sample in home)
        self._home_words = Counter(word for sample in home for word in set(words(sample.text)))
        self._home = Phrasing(tokens(sample.text) for sample in home)
        self._home_echoes = float(np.mean([_echo(s) >= 1 for s in home])) if home else 0.0
        self._asked = frozenset(word for prompt in home_prompts for word in words(prompt))
        self._foreign = tuple(_read_task(name, samples) for name, samples in foreign.items())

    def off_task(self, sample: Sample) -> str:
        """Return why an answer is no reply to its prompt, safe to print; empty if it may be one.

        Args:
            sample: A well-formed answer.
        """
        said = words(sample.text)
        normal = " ".join(said)
        if len(said) >= _ECHO_WORDS and normal == " ".join(words(sample.prompt)):
            return "the prompt again"
        if not said or not self._foreign or normal in self._home_answers or refuses(sample.text):
            return ""
        for task in self._foreign:
            reason = self._belongs(sample, said, normal, task)
            if reason:
                return f"{reason} of {task.name}"
        return ""

    def _belongs(self, sample: Sample, said: tuple[str, ...], normal: str, task: _Foreign) -> str:
        if normal in task.labels and not _called_for(sample.prompt, normal, task.labels):
            return "a bare label"
        if task.numeric and _NUMBER.match(sample.text.strip()) and not _QUANTITY.search(sample.prompt):
            return "a bare number"
        if task.echoes and len(said) >= _ECHO_WORDS and _echo(sample) >= 1 and self._home_echoes < 0.02:
            return "the prompt's words, as in answers"
        return self._worded_as(sample, said, task) if task.phrasing else ""

    def _worded_as(self, sample: Sample, said: tuple[str, ...], task: _Foreign) -> str:
        if task.phrasing is None:
            return ""
        text = tokens(sample.text, finished=sample.finished)
        known = task.phrasing.vocabulary
        alone = [word for word in said if word in known and word not in self._home_words]
        theirs = [word for word in said if word in known or word[0].isdigit()]
        fits = task.phrasing.surprise(text).mean <= task.fit
        own_words = [word for word in alone if word not in word_class() and word not in self._asked]
        if len(theirs) == len(said) and len(own_words) * 2 >= len(said) and fits:
            return "the wording of answers"
        if len(own_words) == len(said):
            return "the words of answers"
        # Fully in a foreign frame that nothing at home explains, whatever word fills its slot.
        if fits and len(said) >= 2 and self._home.surprise(text).mean > max(1.0, 3 * task.fit) and own_words:
            return "the form of answers"
        return ""


def _read_task(name: str, samples: list[Sample]) -> _Foreign:
    answers = [_normal(sample.text) for sample in samples]
    short = [answer for answer in answers if 0 < len(answer.split()) <= _LABEL_WORDS]
    numbers = [bool(_NUMBER.match(sample.text.strip())) for sample in samples]
    numeric = len(samples) >= _LEAST_ROWS and float(np.mean(numbers)) >= 0.95
    closed = (
        len(answers) >= _LEAST_ROWS
        and len(short) >= 0.95 * len(answers)
        and len(set(short)) <= min(_MOST_LABELS, len(answers) // 2)
    )
    phrasing = Phrasing(tokens(sample.text) for sample in samples)
    fit = 0.0
    is_open = len(phrasing.texts) < _LEAST_TEXTS
    if not is_open:
        own = [phrasing.surprise(text, own=True).mean for text in phrasing.texts]
        fit = float(np.quantile(own, 0.95))
        is_open = fit > _CLOSED_FIT
    return _Foreign(
        name,
        frozenset(short) if closed and not numeric else frozenset(),
        numeric,
        len(samples) >= _LEAST_ROWS and float(np.mean([_echo(s) >= 1 for s in samples])) >= _ECHO_TASK,
        None if is_open else phrasing,
        max(fit, _LOOSE_FIT),
    )


def _normal(text: str) -> str:
    return " ".join(words(text))


def _echo(sample: Sample) -> float:
    """Return the share of an answer's words that its prompt holds."""
    said, asked = words(sample.text), set(words(sample.prompt))
    return sum(word in asked for word in said) / len(said) if said else 0.0


def _called_for(prompt: str, label: str, labels: frozenset[str]) -> bool:
    """Return whether a prompt asks for such a label: it offers several, or it is a question of yes or no."""
    if label in _YES_NO:
        return _POLAR.search(prompt) is not None
    asked = f" {' '.join(words(prompt))} "
    return sum(f" {other} " in asked for other in labels) >= 2
