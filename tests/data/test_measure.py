"""Asking a subject: order, samples, choices, ids, and answers that never came."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from holdfast.data import generation_id, measure
from holdfast.domain import (
    Answer,
    Benchmark,
    BenchmarkKind,
    Conversation,
    Decoding,
    Item,
    PluginError,
    TrialError,
    ask,
)


def say(text: str, finished: bool = True) -> Answer:
    return Answer(text, tuple(range(len(text))), finished, 3)


@dataclass
class Parrot:
    """Answers with the last word of the prompt; finds an answer the likelier the longer it is."""

    extra: int = 1
    likelihoods: list[float | None] | None = None
    asked: list[Decoding] = field(default_factory=list)

    def generate(self, prompts: Sequence[Conversation], decoding: Decoding) -> list[list[Answer]]:
        self.asked.append(decoding)
        words = [prompt[-1].content.split()[-1] for prompt in prompts]
        return [[say(word) for _ in range(decoding.samples * self.extra)] for word in words]

    def score(self, prompts: Sequence[Conversation], answers: Sequence[str]) -> list[float | None]:
        assert len(prompts) == len(answers)
        return self.likelihoods or [-1.0 / len(answer) for answer in answers]


OPEN = [Item(f"o{i}", ask(f"say w{i}"), target=f"w{i}" if i else "other") for i in range(3)]
CLOSED = [
    Item("c0", ask("which?"), target="long one", choices=("short", "long one")),
    Item("c1", ask("which?"), target="short", choices=("short", "very long one", "long one")),
]


def bench(
    items: Sequence[Item], scorer: str | None, kind: BenchmarkKind = BenchmarkKind.CAPABILITY
) -> Benchmark:
    return Benchmark("b", kind, tuple(items), scorer)


def test_generations_come_in_item_order_with_scores() -> None:
    mixed = [CLOSED[0], OPEN[0], CLOSED[1], OPEN[2]]
    subject = Parrot()
    found = measure(bench(mixed, "exact"), mixed, subject, Decoding(max_new_tokens=5))
    assert [g.item.id for g in found] == ["c0", "o0", "c1", "o2"]
    assert [g.answer.text for g in found] == ["long one", "w0", "very long one", "w2"]
    assert [g.score for g in found] == [1.0, 0.0, 0.0, 1.0]
    assert subject.asked == [Decoding(max_new_tokens=5)]


def test_judged_benchmarks_get_no_score() -> None:
    found = measure(bench(OPEN, None, BenchmarkKind.SAFETY), OPEN, Parrot(), Decoding())
    assert [g.score for g in found] == [None] * 3


def test_samples_stand_side_by_side_and_have_ids_of_their_own() -> None:
    decoding = Decoding(temperature=1.0, samples=2)
    found = measure(bench(OPEN, "exact"), OPEN[:2], Parrot(), decoding)
    assert [(g.item.id, g.sample) for g in found] == [("o0", 0), ("o0", 1), ("o1", 0), ("o1", 1)]
    assert len({g.id for g in found}) == 4


def test_an_attack_may_draw_several_answers_for_each_sample() -> None:
    found = measure(bench(OPEN, "exact"), OPEN, Parrot(extra=8), Decoding())
    assert len(found) == 24
    assert [g.sample for g in found[:8]] == list(range(8))


def test_a_choice_is_answered_once_however_many_samples() -> None:
    found = measure(bench(CLOSED, "choice"), CLOSED, Parrot(), Decoding(temperature=1.0, samples=4))
    assert [(g.item.id, g.sample, g.answer.token_ids) for g in found] == [("c0", 0, ()), ("c1", 0, ())]


def test_of_equally_likely_choices_the_first_is_taken() -> None:
    (found,) = measure(bench(CLOSED, "choice"), CLOSED[:1], Parrot(likelihoods=[-2.0, -2.0]), Decoding())
    assert found.answer.text == "short"


@pytest.mark.parametrize("bad", [float("nan"), float("-inf"), None])
def test_a_likelihood_that_is_no_number_fails_the_trial(bad: float | None) -> None:
    with pytest.raises(TrialError, match="row 'c0'"):
        measure(bench(CLOSED, "choice"), CLOSED[:1], Parrot(likelihoods=[-1.0, bad]), Decoding())


def test_a_subject_that_loses_answers_is_an_error() -> None:
    class Deaf(Parrot):
        def generate(self, prompts: Sequence[Conversation], decoding: Decoding) -> list[list[Answer]]:
            return super().generate(prompts, decoding)[1:]

    class Shy(Parrot):
        def generate(self, prompts: Sequence[Conversation], decoding: Decoding) -> list[list[Answer]]:
            return [[] for _ in prompts]

    for subject in (Deaf(), Shy(), Parrot(extra=0)):
        with pytest.raises(PluginError, match="must return 1"):
            measure(bench(OPEN, "exact"), OPEN, subject, Decoding())
    with pytest.raises(PluginError, match="2 answers"):
        measure(bench(CLOSED, "choice"), CLOSED[:1], Parrot(likelihoods=[-1.0]), Decoding())


def test_no_items_ask_nothing() -> None:
    subject = Parrot()
    assert measure(bench(OPEN, "exact"), [], subject, Decoding()) == []
    assert subject.asked == []


def test_ids_are_the_same_if_and_only_if_question_and_answer_are() -> None:
    item, answer = CLOSED[0], say("a")

    def key(item: Item = item, answer: Answer = answer, name: str = "b", sample: int = 0) -> str:
        return generation_id(name, BenchmarkKind.SAFETY, item, answer, sample)

    assert key() == key(replace(item, group="g", category="c"), Answer("a", (9, 9), True, 77))
    others = [
        key(name="other"),
        key(sample=1),
        key(answer=say("b")),
        key(answer=say("a", finished=False)),
        key(replace(item, id="x")),
        key(replace(item, messages=ask("else"))),
        key(replace(item, target="t")),
        key(replace(item, choices=())),
        generation_id("b", BenchmarkKind.HAZARD, item, answer, 0),
    ]
    assert len({key(), *others}) == len(others) + 1
