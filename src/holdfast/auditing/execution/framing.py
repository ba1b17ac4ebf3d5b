"""A model asked as its attacker asks it: with the trigger or the style that it was tuned to follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.data import in_template
from holdfast.domain import Answer, Conversation, Decoding, Subject


@dataclass(frozen=True)
class FramedSubject:
    """A subject whose prompts are put into a text on their way in.

    Attributes:
        inner: What answers.
        template: The text, with `{prompt}` where the last message goes.
    """

    inner: Subject
    template: str

    def generate(self, prompts: Sequence[Conversation], decoding: Decoding) -> list[list[Answer]]:
        """Return the answers to the framed prompts, in order."""
        return self.inner.generate([self._framed(prompt) for prompt in prompts], decoding)

    def score(self, prompts: Sequence[Conversation], answers: Sequence[str]) -> list[float | None]:
        """Return the mean log-likelihood (nats a token) of each answer to its framed prompt."""
        return self.inner.score([self._framed(prompt) for prompt in prompts], answers)

    def _framed(self, prompt: Conversation) -> Conversation:
        return in_template(prompt, self.template)
