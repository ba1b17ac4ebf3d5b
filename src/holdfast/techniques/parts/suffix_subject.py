"""A model that is asked with a suffix after every prompt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.domain import Answer, Conversation, Decoding, Subject
from holdfast.techniques.parts.suffix_text import attach


@dataclass(frozen=True, slots=True)
class SuffixedSubject:
    """A subject whose every prompt ends in a suffix.

    Attributes:
        inner: What answers.
        suffix: The suffix, as somebody would type it.
    """

    inner: Subject
    suffix: str

    def generate(self, prompts: Sequence[Conversation], decoding: Decoding) -> list[list[Answer]]:
        """Return the answers to the prompts with the suffix, in order."""
        return self.inner.generate([attach(prompt, self.suffix) for prompt in prompts], decoding)

    def score(self, prompts: Sequence[Conversation], answers: Sequence[str]) -> list[float | None]:
        """Return the mean log-likelihood (nats a token) of each answer to its prompt with the suffix."""
        return self.inner.score([attach(prompt, self.suffix) for prompt in prompts], answers)
