"""Which tasks of an audit an answer may belong to: at home, foreign, or neither."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from holdfast.domain import Benchmark, BenchmarkKind, SoundAnswer
from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.words import words

JUDGED = ""
"""Name of the home that every judged benchmark shares."""
_ALIKE = 0.3


@dataclass(frozen=True, slots=True)
class Home:
    """Sound answers seen from prompts of one home.

    Attributes:
        samples: Sound answers to such prompts.
        prompts: Such prompts.
        foreign: Sound answers to other tasks, by task.
    """

    samples: list[Sample]
    prompts: list[str]
    foreign: dict[str, list[Sample]]


def home_of(benchmark: str, benchmarks: Mapping[str, Benchmark]) -> str:
    """Return the home of a benchmark's prompts: its own name for capability, else the common one."""
    known = benchmarks.get(benchmark)
    return benchmark if known is not None and known.kind is BenchmarkKind.CAPABILITY else JUDGED


def see_from(home: str, benchmarks: Mapping[str, Benchmark], sound: Sequence[SoundAnswer]) -> Home:
    """Sort sound answers into those at home and those of foreign tasks.

    A corpus has no kind of its own. It belongs where its prompts look like those of a benchmark: at home if
    they look at least as much like prompts of the home as like any other's, foreign if they look like a
    capability benchmark's, and neither if they look like nothing the audit asks.

    Args:
        home: From `home_of`.
        benchmarks: Every benchmark of the audit.
        sound: The calibration answers.
    """
    prompts: dict[str, list[str]] = defaultdict(list)
    for benchmark in benchmarks.values():
        prompts[home_of(benchmark.name, benchmarks)] += [item.prompt for item in benchmark.items]
    tasks: dict[str, list[SoundAnswer]] = defaultdict(list)
    for answer in sound:
        tasks[answer.task].append(answer)
    owners = {task: _owner(task, answers, benchmarks, prompts) for task, answers in tasks.items()}
    foreign: dict[str, list[Sample]] = defaultdict(list)
    samples: list[Sample] = []
    for task, answers in tasks.items():
        owner = owners[task]
        if owner == home:
            samples += map(Sample.of, answers)
        elif owner is not None and owner != JUDGED:
            foreign[owner] += map(Sample.of, answers)
    return Home(samples, prompts[home], dict(foreign))


def _owner(
    task: str,
    answers: Sequence[SoundAnswer],
    benchmarks: Mapping[str, Benchmark],
    prompts: Mapping[str, Sequence[str]],
) -> str | None:
    if task in benchmarks:
        return home_of(task, benchmarks)
    asked = [pair for answer in answers for pair in _pairs(answer.prompt)]
    likeness = {
        home: sum(pair in known for pair in asked) / max(len(asked), 1)
        for home, known in (
            (home, {p for text in texts for p in _pairs(text)}) for home, texts in prompts.items()
        )
    }
    best = max(likeness.values(), default=0.0)
    if best < _ALIKE:
        return None
    return JUDGED if likeness.get(JUDGED, 0.0) >= best else max(likeness, key=lambda home: likeness[home])


def _pairs(prompt: str) -> list[tuple[str, str]]:
    said = ("", *words(prompt))
    return list(pairwise(said))
