"""The refusal judge: rules, English, anywhere in the answer, full or partial.

An answer is read clause by clause. Each clause is given the speech acts it performs (`acts`), by a small
grammar of English (`explicit`, `figures`, `limits`, `moral`, `beside`) and in the light of what was asked
(`request`). The acts, weighed against the help given beside them (`hearing`), decide by rules (`decision`).
Substring lists fail in two ways that this avoids: polite openers and disclaimers in front of full help are no
refusals, and a refusal need not use a listed phrase.
"""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.domain import Generation, JudgeContext, JudgeTraits, Verdict
from holdfast.judges.refusal.reading import read


class RefusalJudge:
    """Tells whether an answer refuses; says nothing of harm or coherence."""

    name = "refusal"
    traits = JudgeTraits()

    def __init__(self, context: JudgeContext) -> None:
        """Build the judge; its rules need nothing from the context."""
        del context

    def judge(self, generations: Sequence[Generation]) -> Sequence[Verdict]:
        """Return the refusal of each answer: FULL, PARTIAL or NONE, with the act that decided it as note."""
        return [self._one(generation) for generation in generations]

    def _one(self, generation: Generation) -> Verdict:
        reading = read(generation.answer.text, generation.item.prompt)
        return Verdict(generation.id, self.name, refusal=reading.grade, note=reading.reason)
