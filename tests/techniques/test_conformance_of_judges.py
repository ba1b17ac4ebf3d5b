"""The suites of judges and benchmarks: each broken promise is found. This module imports no torch."""

from dataclasses import replace

import pytest

from holdfast.domain import (
    Answer,
    Benchmark,
    BenchmarkKind,
    Generation,
    Grade,
    Item,
    JudgeContext,
    JudgeTraits,
    PluginError,
    Split,
    Verdict,
    ask,
)
from holdfast.testing import check_benchmark, check_judge

ROW = Item("a", ask("How?"), target="so", group="g1", split=Split.HELDOUT)


class LengthJudge:
    name = "length"
    traits = JudgeTraits()

    def __init__(self, context):
        self.context = context

    def judge(self, generations):
        return [
            Verdict(g.id, self.name, refusal=Grade.FULL if len(g.answer.text) < 5 else Grade.NONE)
            for g in generations
        ]


class Shuffled(LengthJudge):
    def judge(self, generations):
        return super().judge(generations)[::-1]


class CountsTheBatch(LengthJudge):
    def judge(self, generations):
        return [replace(v, score=1 / len(generations)) for v in super().judge(generations)]


class Stumbles(LengthJudge):
    def judge(self, generations):
        for generation in generations:
            generation.answer.text[0]
        return super().judge(generations)


class TellsHarm(LengthJudge):
    def judge(self, generations):
        return [replace(v, harm=Grade.NONE) for v in super().judge(generations)]


class ShowsTheAnswer(LengthJudge):
    def judge(self, generations):
        texts = [g.answer.text for g in generations]
        return [replace(v, note=t) for v, t in zip(super().judge(generations), texts, strict=True)]


class Sleepy(LengthJudge):
    """A judge that does not see the last answer."""

    def judge(self, generations):
        return super().judge(generations[:-1])


def generations():
    texts = ("It is blue.", "Sorry, I can't help with that.", "tea tea tea")
    return [
        Generation(f"g{n}", "direct", BenchmarkKind.SAFETY, ROW, Answer(text, (1, 2), True, 4))
        for n, text in enumerate(texts)
    ]


def test_a_judge_that_keeps_its_promises_passes():
    check_judge(LengthJudge, JudgeContext(), generations())


@pytest.mark.parametrize(
    ("judge", "promise"),
    [
        (Shuffled, "in the same order"),
        (Sleepy, "one verdict a generation"),
        (CountsTheBatch, "other answers of a batch"),
        (Stumbles, "never raises on an answer; found: IndexError"),
        (TellsHarm, "gives no harm verdict"),
        (ShowsTheAnswer, "safe to print"),
    ],
)
def test_a_broken_promise_of_a_judge_is_found(judge, promise):
    with pytest.raises(PluginError, match=promise):
        check_judge(judge, JudgeContext(), generations())


GOOD = Benchmark(
    "sums",
    BenchmarkKind.CAPABILITY,
    (ROW, replace(ROW, id="b", group="g2", split=Split.SELECTION)),
    scorer="exact",
)


def test_a_benchmark_that_keeps_its_promises_passes():
    check_benchmark(GOOD)


@pytest.mark.parametrize(
    ("broken", "promise"),
    [
        (replace(GOOD, items=()), "has rows"),
        (replace(GOOD, items=(ROW, ROW)), "ids are unique"),
        (replace(GOOD, scorer=None), "has a scorer"),
        (replace(GOOD, items=(replace(ROW, target=None),)), "has a gold answer"),
        (replace(GOOD, items=(replace(ROW, messages=ask("  ")),)), "not blank"),
        (replace(GOOD, items=(replace(ROW, choices=("no", "maybe")),)), "among the choices"),
        (replace(GOOD, items=(ROW, replace(ROW, id="b", split=Split.SELECTION))), "share a split"),
        (replace(GOOD, items=(ROW,)), "selection rows"),
    ],
)
def test_a_broken_promise_of_a_benchmark_is_found(broken, promise):
    with pytest.raises(PluginError, match=promise):
        check_benchmark(broken)


def test_a_judge_whose_module_imports_torch_is_found(tmp_path, monkeypatch):
    (tmp_path / "heavy_judge.py").write_text(
        "import torch\nfrom holdfast.domain import JudgeTraits\n"
        "class Heavy:\n    name = 'heavy'\n    traits = JudgeTraits()\n"
        "    def __init__(self, context): ...\n    def judge(self, generations): return []\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    from heavy_judge import Heavy

    with pytest.raises(PluginError, match="does not import torch"):
        check_judge(Heavy, JudgeContext(), generations())
