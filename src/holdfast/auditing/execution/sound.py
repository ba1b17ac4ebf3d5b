"""Answers known to be sound, that a coherence judge must not flag."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from holdfast.data import load_corpus
from holdfast.domain import AuditSpec, Benchmark, Conversation, Regime, SoundAnswer
from holdfast.store import content_key

T = TypeVar("T")

PER_ORIGIN = 200
"""Gold answers taken from each corpus and benchmark, evenly spread: enough for a 1 % threshold."""


def gold_answers(
    audit: AuditSpec, benchmarks: Mapping[str, Benchmark]
) -> tuple[list[SoundAnswer], list[Conversation]]:
    """Return gold answers of benchmarks and corpora, and the prompt of each, in the same order."""
    answers: list[SoundAnswer] = []
    prompts: list[Conversation] = []
    for answer, prompt in _gold(audit, benchmarks):
        answers.append(answer)
        prompts.append(prompt)
    return answers, prompts


def _gold(
    audit: AuditSpec, benchmarks: Mapping[str, Benchmark]
) -> Iterator[tuple[SoundAnswer, Conversation]]:
    for benchmark in benchmarks.values():
        rows = [item for item in benchmark.items if item.target and not item.choices]
        for item in _spread(rows):
            origin = f"gold:{benchmark.name}"
            yield SoundAnswer(item.prompt, item.target or "", origin, benchmark.name), item.messages
    seen = set()
    for pathway in audit.pathways:
        # A mixed corpus holds nothing that its benign and harmful parts do not; prompts are no answers.
        corpus = pathway.corpus
        if corpus is None or corpus.prompts_only or corpus.regime is Regime.MIXED:
            continue
        if (key := content_key(corpus)) in seen:
            continue
        seen.add(key)
        for example in _spread(load_corpus(corpus)):
            text = example.prompt[-1].content
            origin = f"corpus:{pathway.name}"
            yield SoundAnswer(text, example.response, origin, f"corpus:{pathway.name}"), example.prompt


def _spread(rows: Sequence[T]) -> list[T]:
    stride = max(1, -(-len(rows) // PER_ORIGIN))
    return list(rows[::stride])
