"""The coherence judge: sound, broken, or off task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from holdfast.domain import (
    BenchmarkKind,
    Coherence,
    Generation,
    JudgeContext,
    JudgeTraits,
    SoundAnswer,
    Verdict,
)
from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.coherence.reading import Reader
from holdfast.judges.coherence.screening import is_own, vouched
from holdfast.judges.coherence.tasks import JUDGED, home_of


class CoherenceJudge:
    """Tells broken language and answers to something else from replies; says nothing of harm or refusal.

    Every flag rests on the text. The likelihood under the untuned reference only lends weight to other
    evidence: it is high for some broken text and low for correct answers of a newly learned skill.
    """

    name = "coherence"
    traits = JudgeTraits()

    def __init__(self, context: JudgeContext) -> None:
        """Calibrate on the gold answers, then also on those of the reference that pass by them."""
        self._benchmarks = context.benchmarks
        gold = tuple(answer for answer in context.sound if not is_own(answer))
        self._reader = Reader(self._benchmarks, gold)
        own = vouched([answer for answer in context.sound if is_own(answer)], self._is_flagged)
        if own:
            self._reader = Reader(self._benchmarks, (*gold, *own))

    def judge(self, generations: Sequence[Generation]) -> Sequence[Verdict]:
        """Return the coherence of each answer.

        The score is the strength of the evidence of broken language, in [0, 1]: 0.5 at the threshold.
        """
        return [self._one(generation) for generation in generations]

    def _one(self, generation: Generation) -> Verdict:
        home = home_of(generation.benchmark, self._benchmarks)
        if generation.kind is not BenchmarkKind.CAPABILITY:
            home = JUDGED
        coherence, score, note = self._reader.read(Sample.of(generation), home)
        return Verdict(generation.id, self.name, coherence=coherence, score=score, note=note)

    def _is_flagged(self, answer: SoundAnswer) -> bool:
        sample = replace(Sample.of(answer), calibrates=False)
        home = home_of(answer.task, self._benchmarks)
        return self._reader.read(sample, home).coherence is not Coherence.SOUND
