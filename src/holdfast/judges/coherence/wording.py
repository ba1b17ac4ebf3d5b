"""Measures of wording that hold in a closed world only, where sound answers reuse one small vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from holdfast.judges.coherence.english import common_words
from holdfast.judges.coherence.evidence import Measure, Sample
from holdfast.judges.coherence.phrasing import Phrasing, Surprise, tokens
from holdfast.judges.coherence.syntax import disorder
from holdfast.judges.refusal_reading import without_refusals

_LEAST_TEXTS = 30
_LONG_TEXT = 5
_CLOSED_ANSWERS = 0.02
_CLOSED_PROMPTS = 0.25
_FLUENT_WORDS = 5
_FLUENT_DISORDER = 0.3


class Wording:
    """What sound answers and prompts of an audit sound like, if they form a closed world."""

    def __init__(self, sound: Iterable[Sample], prompts: Iterable[str]) -> None:
        """Read the sound answers and every prompt of the audit."""
        self._answers = Phrasing(tokens(sample.text) for sample in sound)
        self._prompts = Phrasing(tokens(prompt) for prompt in prompts)
        self._known = common_words() | frozenset(self._prompts.vocabulary)
        self.closed = self._is_closed()

    def _is_closed(self) -> bool:
        """Return whether answers and prompts left out one by one hold next to no words unknown to the rest."""
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
            Measure("words of another wording", lambda sample: self._surprise(sample).mean, floor=1.0),
            Measure(
                "words that never follow one another", lambda sample: self._surprise(sample).worst, floor=3.0
            ),
            Measure("words that do not exist", self._unknown, floor=0.34),
        )

    def _surprise(self, sample: Sample) -> Surprise:
        text = self._text(sample)
        return self._answers.surprise(text, own=sample.calibrates)

    def _unknown(self, sample: Sample) -> float:
        text = self._text(sample)
        return self._answers.unknown_share(text, own=sample.calibrates, also=self._known)

    def _text(self, sample: Sample) -> Sequence[str]:
        """Return the tokens to look at: none where the answer is fluent English beyond this world's words."""
        text = tokens(without_refusals(sample.text), finished=sample.finished)
        new = {word for word in text if word in common_words() and word not in self._answers.vocabulary}
        if len(new) >= _FLUENT_WORDS and disorder(sample) <= _FLUENT_DISORDER:
            return ()
        return text
