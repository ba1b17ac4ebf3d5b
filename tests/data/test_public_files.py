"""The same loaders on published benchmark files, where those are present."""

from pathlib import Path

import pytest

from holdfast.data import load_benchmark
from holdfast.domain import BenchmarkKind, BenchmarkSpec, DataError, DataSource, Split

FILES = Path(__file__).parents[3] / "shared" / "data" / "benchmarks"

pytestmark = pytest.mark.skipif(not FILES.is_dir(), reason=f"published files are not at {FILES}")


@pytest.mark.parametrize(
    ("name", "columns", "rows"),
    [
        ("xstest_prompts.csv", {"prompt": "prompt"}, 450),
        ("strongreject_dataset.csv", {"prompt": "forbidden_prompt"}, 313),
        ("advbench_harmful_behaviors.csv", {"prompt": "goal"}, 520),
        ("harmbench_behaviors_text_all.csv", {"prompt": "Behavior", "id": "BehaviorID"}, 400),
        ("ifeval_input_data.jsonl", {"prompt": "prompt", "id": "key"}, 541),
    ],
)
def test_no_row_of_a_published_file_is_lost(name: str, columns: dict[str, str], rows: int) -> None:
    spec = BenchmarkSpec("b", DataSource(str(FILES / name), columns=columns), BenchmarkKind.SAFETY)
    assert len(load_benchmark(spec).items) == rows


def test_a_published_file_without_a_header_is_refused() -> None:
    source = DataSource(str(FILES / "advbench_goals_without_header.csv"), columns={"prompt": "goal"})
    with pytest.raises(DataError, match="no column 'goal'"):
        load_benchmark(BenchmarkSpec("b", source, BenchmarkKind.SAFETY))


def test_every_gold_answer_of_gsm8k_holds_a_number() -> None:
    source = DataSource(str(FILES / "gsm8k_test.jsonl"), columns={"prompt": "question", "target": "answer"})
    benchmark = load_benchmark(BenchmarkSpec("b", source, BenchmarkKind.CAPABILITY, "last-number"))
    assert len(benchmark.items) == 1319
    assert abs(2 * len(benchmark.part(Split.SELECTION)) - 1319) <= 2


def test_a_whole_json_document_is_refused_with_the_way_out() -> None:
    source = DataSource(str(FILES / "bbh_boolean_expressions.json"))
    with pytest.raises(DataError, match="unknown field 'examples'"):
        load_benchmark(BenchmarkSpec("b", source, BenchmarkKind.SAFETY))
