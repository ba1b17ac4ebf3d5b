"""Asking a subject the rows of a benchmark."""

from __future__ import annotations

import math
from collections.abc import Sequence

from holdfast.data.scorers import score
from holdfast.domain import (
    Answer,
    Benchmark,
    BenchmarkKind,
    Decoding,
    Generation,
    Item,
    PluginError,
    Subject,
    TrialError,
)
from holdfast.store.keys import content_digest


def measure(
    benchmark: Benchmark, items: Sequence[Item], subject: Subject, decoding: Decoding
) -> list[Generation]:
    """Ask rows of a benchmark, and score what comes back where a scorer applies.

    Rows with choices are not generated: the answer is the choice with the highest mean log-likelihood a
    token (the first of equals), one generation whatever `decoding.samples`; its token ids are empty and its
    prompt length 0, for the likelihood does not tell them.

    Args:
        benchmark: Where the rows belong.
        items: The rows to ask, such as `benchmark.part(split)`.
        subject: What is asked.
        decoding: How generated answers are drawn.

    Returns:
        Generations in the order of `items`, samples of a row side by side. `score` is None for benchmarks
        without a scorer.

    Raises:
        TrialError: If a likelihood is missing or not finite: the model is broken in a way that would
            otherwise read as a wrong answer.
        PluginError: If the subject returns another number of lists, answers or likelihoods than was asked
            for; an attack may draw several answers for each sample, the same number for every prompt.
    """
    asked = [item for item in items if not item.choices]
    chosen = [item for item in items if item.choices]
    answers = {
        item.id: drawn for item, drawn in zip(asked, _generate(asked, subject, decoding), strict=True)
    } | {item.id: [answer] for item, answer in zip(chosen, _choose(chosen, subject), strict=True)}
    return [
        _generation(benchmark, item, answer, sample)
        for item in items
        for sample, answer in enumerate(answers[item.id])
    ]


def generation_id(benchmark: str, kind: BenchmarkKind, item: Item, answer: Answer, sample: int) -> str:
    """Return the content key of an answer: the same if and only if the question and the answer are.

    Args:
        benchmark: Name of the benchmark.
        kind: Its kind.
        item: The row asked; its prompt, target and choices count, its split, group and category do not.
        answer: The answer; its text counts, and whether it was finished.
        sample: Index among the samples of this prompt.

    Returns:
        sha256 (hex, 64 digits).
    """
    question = [benchmark, kind, item.id, item.messages, item.target, item.choices]
    return content_digest([*question, sample, answer.text, answer.finished])


def _generation(benchmark: Benchmark, item: Item, answer: Answer, sample: int) -> Generation:
    return Generation(
        id=generation_id(benchmark.name, benchmark.kind, item, answer, sample),
        benchmark=benchmark.name,
        kind=benchmark.kind,
        item=item,
        answer=answer,
        sample=sample,
        score=None if benchmark.scorer is None else score(benchmark.scorer, answer.text, item),
    )


def _generate(items: Sequence[Item], subject: Subject, decoding: Decoding) -> list[list[Answer]]:
    if not items:
        return []
    answers = subject.generate([item.messages for item in items], decoding)
    counts = {len(drawn) for drawn in answers}
    if (
        len(answers) != len(items)
        or len(counts) != 1
        or 0 in counts
        or any(n % decoding.samples for n in counts)
    ):
        wanted = f"{decoding.samples} (or a multiple) answers for each of {len(items)} prompts"
        got = f"{len(answers)} lists of {sorted(counts)}"
        raise PluginError(f"{type(subject).__name__}.generate must return {wanted}, not {got}")
    return answers


def _choose(items: Sequence[Item], subject: Subject) -> list[Answer]:
    if not items:
        return []
    prompts = [item.messages for item in items for _ in item.choices]
    choices = [choice for item in items for choice in item.choices]
    likelihoods = subject.score(prompts, choices)
    if len(likelihoods) != len(choices):
        name = type(subject).__name__
        raise PluginError(f"{name}.score returned {len(likelihoods)} likelihoods for {len(choices)} answers")
    best: list[Answer] = []
    start = 0
    for item in items:
        of_item = likelihoods[start : start + len(item.choices)]
        start += len(item.choices)
        finite = [value for value in of_item if value is not None and math.isfinite(value)]
        if len(finite) < len(of_item):
            raise TrialError(
                f"row {item.id!r}: the choices' likelihoods are {of_item}, not all finite numbers"
            )
        best.append(Answer(item.choices[finite.index(max(finite))], (), finished=True, prompt_tokens=0))
    return best
