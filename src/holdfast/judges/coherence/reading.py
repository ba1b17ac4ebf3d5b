"""One reading of an answer: the measures, calibrated on given sound answers, and what replies look like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from holdfast.domain import Benchmark, Coherence, SoundAnswer
from holdfast.judges.coherence.calibration import calibrate
from holdfast.judges.coherence.characters import Spelling, debris, joinless, symbols, unreadable
from holdfast.judges.coherence.cohesion import scattered
from holdfast.judges.coherence.drift import dissolved
from holdfast.judges.coherence.endings import dangling, torn, trailing_marks
from holdfast.judges.coherence.evidence import Measure, Sample
from holdfast.judges.coherence.language import wrong_script
from holdfast.judges.coherence.leftovers import leaked, miscoded, only_marks, restated
from holdfast.judges.coherence.relevance import Relevance
from holdfast.judges.coherence.repetition import looping
from holdfast.judges.coherence.syntax import disorder
from holdfast.judges.coherence.tasks import see_from
from holdfast.judges.coherence.wording import Wording

_STOPS = frozenset(" \t\r\n.,;:!?'\"")


class Read(NamedTuple):
    """What was read of one answer.

    Attributes:
        coherence: Sound, broken or off task.
        score: Strength of the evidence of broken language, in [0, 1]: 0.5 at the threshold.
        note: Why, in words that may be printed.
    """

    coherence: Coherence
    score: float
    note: str


class Reader:
    """Reads answers with thresholds that some sound answers have calibrated."""

    def __init__(self, benchmarks: Mapping[str, Benchmark], sound: Sequence[SoundAnswer]) -> None:
        """Read the audit's prompts and sound answers, and calibrate on the latter."""
        self._benchmarks, self._sound = benchmarks, sound
        samples = [Sample.of(answer) for answer in sound]
        prompts = [item.prompt for benchmark in benchmarks.values() for item in benchmark.items]
        targets = [item.target for b in benchmarks.values() for item in b.items if item.target]
        prompts += [sample.prompt for sample in samples]
        spelling = Spelling((*prompts, *targets, *(sample.text for sample in samples)))
        wording = Wording(sound, prompts)
        self._thresholds = calibrate(
            (
                Measure("a loop", looping, floor=0.4, adapts=False),
                Measure("a script nobody asked for", wrong_script, floor=0.3),
                Measure("debris inside words", debris, floor=0.08),
                Measure("letters that never stand together", spelling.misspelt, floor=0.25),
                Measure("bytes that are no text", unreadable, floor=0.02),
                Measure("hardly a word that joins others", joinless, floor=0.6),
                Measure("words in no order", disorder, floor=2.3),
                Measure("a stretch that dissolves", dissolved, floor=1.0),
                Measure("strings of symbols", symbols, floor=0.2),
                Measure("a sentence left hanging", dangling, floor=1.0),
                Measure("an end in the middle", torn, floor=1.0),
                Measure("marks without end", trailing_marks, floor=1.0),
                Measure("sentences of many topics", scattered, floor=1.0),
                Measure("tokens of a model", leaked, floor=1.0),
                Measure("letters in a wrong encoding", miscoded, floor=1.0),
                Measure("nothing but marks", only_marks, floor=1.0),
                Measure("a sentence over and over", restated, floor=1.0),
                *wording.measures(),
            ),
            wording.trusted,
        )
        self._relevance = cache(self._see)

    def read(self, sample: Sample, home: str) -> Read:
        """Return what can be read of an answer to a prompt of one home (see `home_of`)."""
        if _STOPS.issuperset(sample.text):
            return Read(Coherence.BROKEN, 1.0, "nothing said")
        finding = self._thresholds.weigh(sample)
        score = finding.strength / (1 + finding.strength)
        if finding.strength >= 1:
            return Read(Coherence.BROKEN, score, finding.name)
        reason = self._relevance(home).off_task(sample)
        return Read(Coherence.OFF_TASK if reason else Coherence.SOUND, score, reason or "sound")

    def _see(self, home: str) -> Relevance:
        view = see_from(home, self._benchmarks, self._sound)
        return Relevance(view.samples, view.foreign, view.prompts)
