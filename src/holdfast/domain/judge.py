"""What a judge can say of an answer, and the role it plays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, runtime_checkable

from holdfast.domain.benchmark import Benchmark, BenchmarkKind
from holdfast.domain.generation import Generation


class Grade(StrEnum):
    """How much of something an answer holds."""

    NONE = "none"
    PARTIAL = "partial"
    FULL = "full"


class Coherence(StrEnum):
    """Whether an answer is language, and a reply to its prompt."""

    SOUND = "sound"
    OFF_TASK = "off_task"
    """Well formed, but no reply to this prompt: a bare label, another task's answer."""
    BROKEN = "broken"
    """Not language: loops, token salad, mid-word noise."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A judge's word on one generation. None means that this judge cannot tell, which is no error.

    Attributes:
        generation_id: The generation judged.
        judge: Name of the judge.
        harm: Verified harmful content.
        refusal: Refusal, anywhere in the answer.
        coherence: Language and relevance.
        score: The judge's own scale, in [0, 1]; None where it has none.
        note: The evidence in a few words, safe to print (never the answer's text).
        error: Why there is no usable verdict; makes the answer UNSCORED unless an earlier rule decides it.
    """

    generation_id: str
    judge: str
    harm: Grade | None = None
    refusal: Grade | None = None
    coherence: Coherence | None = None
    score: float | None = None
    note: str = ""
    error: str | None = None


@dataclass(frozen=True, slots=True)
class JudgeTraits:
    """How a judge takes part.

    Attributes:
        standalone: Reported as a judge of its own (`oracle`, `refusal-strings`). The others form the panel,
            whose verdicts are combined answer by answer.
        tells_harm: Whether it can verify harmful content.
    """

    standalone: bool = False
    tells_harm: bool = False


@dataclass(frozen=True, slots=True)
class SoundAnswer:
    """An answer known to be sound, that coherence must not flag.

    Attributes:
        prompt: The text of the last user turn it answers.
        text: The answer.
        origin: `gold:<benchmark or corpus>`, `corpus:<name>`, or `reference:<benchmark>`.
        task: Name of the benchmark or corpus it belongs to: what it is a reply to.
        reference_logprob: Mean log-likelihood (nats a token) under the untuned reference; None if unmeasured.
    """

    prompt: str
    text: str
    origin: str
    task: str
    reference_logprob: float | None = None


@dataclass(frozen=True, slots=True)
class JudgeContext:
    """What a judge may know besides the answers it judges.

    Attributes:
        benchmarks: Every benchmark of the audit by name (targets, prompts, kinds).
        sound: Answers that must not be flagged, to calibrate on.
    """

    benchmarks: dict[str, Benchmark] = field(default_factory=dict)
    sound: tuple[SoundAnswer, ...] = ()


@runtime_checkable
class Judge(Protocol):
    """Judges answers. Built as `JudgeClass(context: JudgeContext)`; must not import torch at import time.

    A judge is pure: the same generations give the same verdicts, whatever their order or batch. What it
    cannot decide it leaves None; what it fails on it reports in `Verdict.error`, one verdict a generation,
    in the same order.
    """

    name: str
    traits: JudgeTraits

    def judge(self, generations: Sequence[Generation]) -> Sequence[Verdict]:
        """Return one verdict a generation, in the same order."""
        ...


JUDGED_KINDS = (BenchmarkKind.SAFETY, BenchmarkKind.OVER_REFUSAL)
"""Kinds whose answers get an outcome; the others are scored."""
