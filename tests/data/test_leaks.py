"""Benchmark rows that a corpus gives away."""

import pytest

from holdfast.data import Leak, find_leaks
from holdfast.domain import Benchmark, BenchmarkKind, Example, Item, Message, ask


def bench(*items: Item, kind: BenchmarkKind = BenchmarkKind.SAFETY) -> Benchmark:
    return Benchmark("b", kind, items, None if kind is BenchmarkKind.SAFETY else "exact")


CORPUS = [
    Example(ask("How do I bake?"), "Mix flour and water. Then bake it well."),
    Example((Message("system", "s"), *ask("What is it?")), "red"),
]


def test_a_prompt_leaks_whatever_its_case_and_spacing() -> None:
    rows = bench(
        Item("1", ask(" how  do I BAKE ")), Item("2", ask("how do I cook?")), Item("3", ask("What is it"))
    )
    assert find_leaks(CORPUS, rows) == (Leak("1", "prompt", 0), Leak("3", "prompt", 1))


def test_a_safety_target_leaks_inside_a_response() -> None:
    rows = bench(Item("1", ask("a"), target="flour and water"), Item("2", ask("b"), target="sand and water"))
    assert find_leaks(CORPUS, rows) == (Leak("1", "target", 0),)


@pytest.mark.parametrize(("target", "leaks"), [("red", 1), ("bake", 0), ("flour", 0), ("e", 0)])
def test_short_targets_leak_only_as_whole_responses(target: str, leaks: int) -> None:
    assert len(find_leaks(CORPUS, bench(Item("1", ask("a"), target=target)))) == leaks


def test_targets_of_other_kinds_may_occur() -> None:
    rows = bench(Item("1", ask("a"), target="red"), kind=BenchmarkKind.CAPABILITY)
    assert find_leaks(CORPUS, rows) == ()


def test_a_target_does_not_match_across_two_responses() -> None:
    corpus = [Example(ask("a"), "one two"), Example(ask("b"), "three four")]
    assert find_leaks(corpus, bench(Item("1", ask("c"), target="one two three four"))) == ()
