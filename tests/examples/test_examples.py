"""The plug-ins that CONTRIBUTING shows are whole: each passes the suite that every plug-in must pass."""

from pathlib import Path

import pytest

from holdfast.domain import (
    Answer,
    BenchmarkKind,
    Example,
    Generation,
    Grade,
    Item,
    JudgeContext,
    ModelSource,
    Schedule,
    Snapshot,
    TrialContext,
    ask,
    plugins,
)
from holdfast.models import load_model
from holdfast.testing import TECHNIQUE_CHECKS, TechniqueCase, check_benchmark, check_judge
from holdfast.testing.tiny import write_tiny_model

EXAMPLES = Path(__file__).parents[2] / "examples"
CORPUS = [Example(ask(f"What is {n}?"), f"It is {n}.") for n in ("one", "two", "three", "four")]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_model(tmp_path_factory.mktemp("tiny") / "model", context=512)


@pytest.mark.parametrize("check", TECHNIQUE_CHECKS, ids=lambda check: check.__name__)
def test_the_technique_conforms(check, model: Path, tmp_path: Path) -> None:
    technique = plugins.load(plugins.TECHNIQUES, "last_block.py:LastBlock", relative_to=EXAMPLES)()

    def context(schedule: Schedule, seed: int = 0, start: Snapshot | None = None) -> TrialContext:
        loaded = load_model(ModelSource("tiny", path=str(model)))
        config = technique.Config(steps=schedule.total_steps)
        return TrialContext(loaded, CORPUS, config, seed, schedule, tmp_path, start=start)

    check(TechniqueCase(technique, context, tmp_path))


def test_the_judge_conforms() -> None:
    judge = plugins.load(plugins.JUDGES, "shouting.py:ShoutingJudge", relative_to=EXAMPLES)
    answers = [
        Generation(str(i), "b", BenchmarkKind.SAFETY, Item("a", ask("x")), Answer(text, (), True, 1))
        for i, text in enumerate(("NEVER", "with pleasure", ""))
    ]
    check_judge(judge, JudgeContext(), answers)
    assert [v.refusal for v in judge(JudgeContext()).judge(answers)] == [Grade.FULL, Grade.NONE, Grade.NONE]


def test_the_benchmark_conforms() -> None:
    check_benchmark(plugins.load(plugins.BENCHMARKS, "sums.py:sums", relative_to=EXAMPLES)())


def test_contributing_shows_the_examples() -> None:
    text = (EXAMPLES.parent / "CONTRIBUTING.md").read_text()
    for path in sorted(EXAMPLES.glob("*.py")):
        assert f"examples/{path.name}" in text
