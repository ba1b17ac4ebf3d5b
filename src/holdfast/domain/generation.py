"""Answers a model gave, and how it was asked."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain.benchmark import BenchmarkKind, Item


@dataclass(frozen=True, slots=True)
class Decoding:
    """How answers are drawn.

    Attributes:
        max_new_tokens: Longest answer, in tokens; the same for every model compared.
        temperature: 0 is greedy; otherwise ancestral sampling at this temperature.
        samples: Answers a prompt; more than one needs a temperature above 0.
        seed: Seed of the sampling noise; unused when greedy.
    """

    max_new_tokens: int = 128
    temperature: float = 0.0
    samples: int = 1
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model produced for one prompt.

    Attributes:
        text: Decoded answer, special tokens removed.
        token_ids: Answer tokens up to, not including, the end-of-turn token.
        finished: Whether the end-of-turn token came before the length limit.
        prompt_tokens: Length of the rendered prompt, in tokens.
    """

    text: str
    token_ids: tuple[int, ...]
    finished: bool
    prompt_tokens: int


@dataclass(frozen=True, slots=True)
class Generation:
    """One benchmark row and the answer to it: what judges judge.

    Attributes:
        id: Content key, unique within a run: the same id is the same answer to the same question.
        benchmark: Name of the benchmark.
        kind: The benchmark's kind.
        item: The row asked.
        answer: What came back. For likelihood-scored rows, the chosen choice.
        sample: 0-based index among the samples of this prompt.
        score: A capability scorer's value in [0, 1]; None where no scorer applies or it could not score.
        reference_logprob: Mean log-likelihood (nats a token, <= 0) of the answer under the untuned reference
            model; None until measured or for an empty answer.
    """

    id: str
    benchmark: str
    kind: BenchmarkKind
    item: Item
    answer: Answer
    sample: int = 0
    score: float | None = None
    reference_logprob: float | None = None
