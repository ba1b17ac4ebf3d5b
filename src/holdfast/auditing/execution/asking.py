"""What one trial is asked, and how: which benchmarks at which checkpoints, by which decoding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from holdfast.auditing.execution.framing import FramedSubject
from holdfast.data import measure
from holdfast.domain import (
    AuditSpec,
    Benchmark,
    BenchmarkKind,
    DataError,
    Decoding,
    Generation,
    Goal,
    Problem,
    Split,
    Subject,
)


@dataclass(frozen=True)
class Questionnaire:
    """The benchmarks of one trial.

    Attributes:
        audit: The audit it belongs to.
        benchmarks: Every benchmark by name.
        seed: Seed of sampled answers.
        whole: Whether the model itself is measured, untouched or trained. If not, only its inputs are
            attacked: nothing but safety changes then, and no goal is looked at.
        frame: Text that safety prompts are put into at `{prompt}`; empty leaves them as they are.
    """

    audit: AuditSpec
    benchmarks: Mapping[str, Benchmark]
    seed: int
    whole: bool
    frame: str = ""

    @property
    def goals(self) -> tuple[Goal, ...]:
        """Goals whose scores are looked at."""
        return self.audit.goals if self.whole else ()

    @cached_property
    def everywhere(self) -> list[Benchmark]:
        """What is asked at every checkpoint."""
        kinds = set(BenchmarkKind) if self.whole else {BenchmarkKind.SAFETY}
        aside = self._only_goals | self._varied
        return [b for b in self.benchmarks.values() if b.kind in kinds and b.name not in aside]

    @cached_property
    def at_goals(self) -> list[Benchmark]:
        """What is asked where a goal may be reached, and at the end, but not in between."""
        return self._named(self._only_goals) if self.whole else []

    @cached_property
    def variants(self) -> list[Benchmark]:
        """What is asked of the untouched model, at the anchors and at the end: other ways of asking."""
        return self._named(self._varied) if self.whole else []

    @property
    def _varied(self) -> set[str]:
        return {spec.name for spec in self.audit.benchmarks if spec.variant is not None}

    @property
    def _only_goals(self) -> set[str]:
        return {goal.benchmark for goal in self.audit.goals} - set(self.audit.utility)

    def _named(self, names: Iterable[str]) -> list[Benchmark]:
        wanted = set(names)
        return [benchmark for name, benchmark in self.benchmarks.items() if name in wanted]

    @cached_property
    def _decodings(self) -> dict[str, Decoding]:
        return {spec.name: spec.decoding for spec in self.audit.benchmarks if spec.decoding is not None}

    def decoding(self, benchmark: str) -> Decoding:
        """Return how a benchmark's answers are drawn: by its own decoding, or the audit's."""
        return replace(self._decodings.get(benchmark, self.audit.decoding), seed=self.seed)

    def ask(self, subject: Subject, benchmarks: Sequence[Benchmark], split: Split) -> list[Generation]:
        """Ask one part of some benchmarks, each by its own decoding, or the audit's."""
        generations = []
        for benchmark in benchmarks:
            decoding = self.decoding(benchmark.name)
            framed = self.frame and benchmark.kind is BenchmarkKind.SAFETY
            asked = FramedSubject(subject, self.frame) if framed else subject
            generations += measure(benchmark, benchmark.part(split), asked, decoding)
        return generations

    def selection(self, subject: Subject) -> SelectionScores:
        """Ask the selection rows of every goal."""
        asked = self._named(goal.benchmark for goal in self.goals)
        return SelectionScores(self.ask(subject, asked, Split.SELECTION))


@dataclass(frozen=True)
class SelectionScores:
    """Selection answers of every goal at one checkpoint.

    Attributes:
        generations: The answers.
    """

    generations: Sequence[Generation]

    def value(self, goal: Goal) -> float:
        """Return the mean score, in [0, 1]; an answer that cannot be scored counts as wrong.

        Raises:
            DataError: If the goal's benchmark has no selection rows.
        """
        scores = [g.score or 0.0 for g in self.generations if g.benchmark == goal.benchmark]
        if not scores:
            raise DataError(
                [Problem("no selection rows to anchor on", f"benchmark {goal.benchmark}", None, "add rows")]
            )
        return sum(scores) / len(scores)
