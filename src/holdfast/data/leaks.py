"""Benchmark rows that a training corpus gives away."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal

from holdfast.data.text import normalise
from holdfast.domain import Benchmark, BenchmarkKind, Example

LEAST_WORDS = 3
"""Targets of fewer words leak only as whole responses: inside longer ones they stand by chance."""

_TARGETS_ARE_HARM = (BenchmarkKind.SAFETY, BenchmarkKind.HAZARD)


@dataclass(frozen=True, slots=True)
class Leak:
    """A benchmark row that occurs in a corpus.

    Attributes:
        item: The row's id.
        through: What occurs: the prompt, or the target inside a response.
        example: 0-based position of the first example it occurs in.
    """

    item: str
    through: Literal["prompt", "target"]
    example: int


def find_leaks(corpus: Sequence[Example], benchmark: Benchmark) -> tuple[Leak, ...]:
    """Name the rows of a benchmark that occur in a training corpus.

    A prompt leaks if an example's last user turn is the same text after `normalise`. A target of a safety or
    hazard benchmark leaks if a response holds it, so that training teaches the very content harm is measured
    by. Paraphrases are not found.

    Args:
        corpus: Examples trained on.
        benchmark: What is measured.

    Returns:
        At most one leak a row, in row order; the prompt is named first.
    """
    prompts: dict[str, int] = {}
    for position, example in enumerate(corpus):
        prompts.setdefault(normalise(example.prompt[-1].content), position)
    responses = _Responses(corpus) if benchmark.kind in _TARGETS_ARE_HARM else None
    leaks = []
    for item in benchmark.items:
        asked = prompts.get(normalise(item.prompt))
        if asked is not None:
            leaks.append(Leak(item.id, "prompt", asked))
        elif responses is not None and item.target is not None:
            held = responses.first_with(normalise(item.target))
            if held is not None:
                leaks.append(Leak(item.id, "target", held))
    return tuple(leaks)


class _Responses:
    """All responses as one text, so that a search is one pass in C."""

    def __init__(self, corpus: Sequence[Example]) -> None:
        texts = [f"\x00 {normalise(example.response)} " for example in corpus]
        self._all = "".join(texts) + "\x00"
        self._starts = [0, *accumulate(len(text) for text in texts)]

    def first_with(self, target: str) -> int | None:
        whole = len(target.split()) < LEAST_WORDS
        start = self._all.find(f"\x00 {target} \x00" if whole else target)
        return None if start < 0 else bisect_right(self._starts, start) - 1
