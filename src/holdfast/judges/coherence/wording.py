"""Measures of wording that hold in a closed world only, where sound answers reuse one small vocabulary."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np

from holdfast.domain import SoundAnswer
from holdfast.judges.coherence.english import common_words
from holdfast.judges.coherence.evidence import Measure, Sample
from holdfast.judges.coherence.phrasing import Phrasing, Surprise, tokens
from holdfast.judges.coherence.screening import is_own
from holdfast.judges.coherence.syntax import disorder
from holdfast.judges.refusal import without_refusals

_LEAST_TEXTS = 30
_LONG_TEXT = 5
_CLOSED_ANSWERS = 0.02
_CLOSED_PROMPTS = 0.25
_TASK_ANSWERS = 20
_LEAST_WORDS = 3
_FLUENT_WORDS = 5
_FLUENT_DISORDER = 0.3
_REST = "other tasks"
_OUTLYING = 0.1
_FITS = 0.99
_LEAST_MEAN = 0.7
_LEAST_WORST = 2.0


class Wording:
    """What sound answers and prompts of an audit sound like, if they form a closed world.

    Every task has a wording of its own, and an answer has to fit one of them: half of one task's answer and
    half of another's fits none.
    """

    def __init__(self, sound: Sequence[SoundAnswer], prompts: Iterable[str]) -> None:
        """Read the sound answers and every prompt of the audit."""
        self._answers = Phrasing(tokens(answer.text) for answer in sound)
        self._prompts = Phrasing(map(tokens, prompts))
        self._known = common_words() | frozenset(self._prompts.vocabulary)
        self.closed = self._is_closed()
        self.trusted = _trim(sound) if self.closed else tuple(sound)
        self._answers = Phrasing(tokens(answer.text) for answer in self.trusted)
        self._tasks = [_Task(texts) for texts in _by_task(self.trusted).values()] if self.closed else []
        self._nearest = lru_cache(maxsize=1)(self._surprise)

    def _is_closed(self) -> bool:
        """Return whether a left-out answer or prompt holds next to no words unknown to the rest."""
        long = [text for text in self._answers.texts if len(text) >= _LONG_TEXT]
        if len(long) < _LEAST_TEXTS or not self._prompts.texts:
            return False
        answers = sum(self._answers.unknown_share(t, own=True, also=self._known) for t in long) / len(long)
        asked = self._prompts.texts
        common = common_words()
        questions = sum(self._prompts.unknown_share(t, own=True, also=common) for t in asked) / len(asked)
        return answers <= _CLOSED_ANSWERS and questions <= _CLOSED_PROMPTS

    def measures(self) -> tuple[Measure, ...]:
        """Return the measures of this world; none if it is open."""
        if not self.closed:
            return ()
        return (
            Measure("words of no task's wording", lambda sample: self._nearest(sample).mean, floor=1.0),
            Measure(
                "words that never follow one another", lambda sample: self._nearest(sample).worst, floor=1.0
            ),
            Measure("words that do not exist", self._unknown, floor=0.34),
        )

    def _surprise(self, sample: Sample) -> Surprise:
        """Return the surprise by the best-fitting task, as a multiple of what that task is used to."""
        text = self._text(sample)
        if not text:
            return Surprise(0.0, 0.0)
        fits = [task.fit(text, own=sample.calibrates) for task in self._tasks]
        return min(fits, key=lambda fit: max(fit.mean, fit.worst))

    def _unknown(self, sample: Sample) -> float:
        text = self._text(sample)
        return self._answers.unknown_share(text, own=sample.calibrates, also=self._known)

    def _text(self, sample: Sample) -> Sequence[str]:
        """Return the tokens to look at: none where the answer is fluent English beyond this world's words."""
        text = tokens(without_refusals(sample.text), finished=sample.finished)
        new = {word for word in text if word in common_words() and word not in self._answers.vocabulary}
        if len(new) >= _FLUENT_WORDS and disorder(sample) <= _FLUENT_DISORDER:
            return ()
        return text if sum(token.isalnum() for token in text) >= _LEAST_WORDS else ()


def _by_task(sound: Iterable[SoundAnswer]) -> dict[str, list[Sequence[str]]]:
    """Return the answers of each task as tokens; tasks of few answers count as one."""
    by_task: dict[str, list[Sequence[str]]] = defaultdict(list)
    for answer in sound:
        by_task[answer.task].append(tokens(answer.text))
    for task in [task for task, texts in by_task.items() if len(texts) < _TASK_ANSWERS]:
        by_task[_REST] += by_task.pop(task)
    return by_task


def _trim(sound: Sequence[SoundAnswer]) -> tuple[SoundAnswer, ...]:
    """Return sound answers without the outlying tenth, at most, of what the reference itself answered.

    Gold answers are sound by definition; those of the untuned model are only mostly so, on prompts it was
    never trained for, and its few broken ones would teach that broken wording is usual.
    """
    by_task = {task: Phrasing(texts) for task, texts in _by_task(sound).items()}
    outlying: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for place, answer in enumerate(sound):
        if not is_own(answer):
            continue
        phrasing = by_task.get(answer.task) or by_task[_REST]
        surprise = phrasing.surprise(tokens(answer.text), own=True)
        if max(surprise.mean / _LEAST_MEAN, surprise.worst / _LEAST_WORST) > 1:
            outlying[answer.origin].append((surprise.mean, place))
    dropped: set[int] = set()
    for origin, found in outlying.items():
        most = int(_OUTLYING * sum(answer.origin == origin for answer in sound))
        dropped.update(place for _, place in sorted(found, reverse=True)[:most])
    return tuple(answer for place, answer in enumerate(sound) if place not in dropped)


class _Task:
    """The wording of one task, and how much surprise its own answers hold when left out."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        self._phrasing = Phrasing(texts)
        own = [self._phrasing.surprise(text, own=True) for text in self._phrasing.texts]
        self._mean = max(_LEAST_MEAN, float(np.quantile([s.mean for s in own], _FITS)))
        self._worst = max(_LEAST_WORST, float(np.quantile([s.worst for s in own], _FITS)))

    def fit(self, text: Sequence[str], *, own: bool) -> Surprise:
        """Return a text's surprise as a multiple of what the task is used to."""
        surprise = self._phrasing.surprise(text, own=own)
        return Surprise(surprise.mean / self._mean, surprise.worst / self._worst)
