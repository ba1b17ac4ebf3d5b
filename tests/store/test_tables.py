"""Every table of a run reads back as it was written, or is an error that names it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.data import measure
from holdfast.domain import (
    Answer,
    Benchmark,
    BenchmarkKind,
    Coherence,
    Decoding,
    Generation,
    Grade,
    Item,
    Message,
    Outcome,
    RunError,
    SoundAnswer,
    Spend,
    Split,
    TrajectoryPoint,
    Verdict,
    ask,
)
from holdfast.store import (
    CheckpointRow,
    read_benchmarks,
    read_checkpoints,
    read_generations,
    read_reference,
    read_sound,
    read_trajectories,
    read_verdicts,
    write_benchmarks,
    write_checkpoints,
    write_generations,
    write_reference,
    write_sound,
    write_trajectories,
    write_verdicts,
)
from holdfast.testing.fake import FakeConfig, FakeSubject

ODD = "naïve\n\t\x00 \U0001f9ea \u202e <img src=x>"
ITEMS = (
    Item(
        "a", (Message("system", "be brief"), Message("user", ODD)), "gold", "g1", "cat", (), Split.SELECTION
    ),
    Item("b", ask("hello"), None, "", None, ("yes", "no"), Split.HELDOUT),
)
BENCHMARKS = {
    "safe": Benchmark("safe", BenchmarkKind.SAFETY, ITEMS),
    "goal": Benchmark("goal", BenchmarkKind.CAPABILITY, ITEMS[:1], "exact"),
}
SPEND = Spend(3, 96, 10, 960, 5, 1.5e15, 0.25, 2**40, 7, 2, 0.5, None)
CHECKPOINTS = [
    CheckpointRow(0, 0, "start", None, Spend()),
    CheckpointRow(1, 3, "anchor:goal", 0.125, SPEND),
]
VERDICTS = [
    Verdict("id1", "j", Grade.FULL, Grade.NONE, Coherence.OFF_TASK, 0.5, "note", None),
    Verdict("id2", "j", error="judge failed"),
]
SOUND = [SoundAnswer("p", ODD, "gold:x", "x", -0.5), SoundAnswer("p", "t", "corpus:y", "corpus:y", None)]
LABELS: dict[str, Any] = {
    "trial": "k",
    "model": "m",
    "safeguard": "none",
    "pathway": "p",
    "seed": 1,
    "step": 4,
    "at": "step",
    "split": "heldout",
    "n": 8,
}
SHARES = dict.fromkeys(Outcome, 0.0) | {Outcome.COMPLIED: 1.0}
POINTS = [
    TrajectoryPoint(
        **LABELS, benchmark="safe", kind="safety", judge="j", shares=SHARES, spend={"steps": 4.0}
    ),
    TrajectoryPoint(**LABELS, benchmark="goal", kind="capability", judge="", score=None, spend={}),
]

TABLES: dict[str, tuple[Callable[[Path], object], Callable[[Path], object], object]] = {
    "checkpoints": (lambda p: write_checkpoints(p, CHECKPOINTS), read_checkpoints, CHECKPOINTS),
    "benchmarks": (lambda p: write_benchmarks(p, list(BENCHMARKS.values())), read_benchmarks, BENCHMARKS),
    "reference": (
        lambda p: write_reference(p, {"a": -1.5, "b": None}),
        read_reference,
        {"a": -1.5, "b": None},
    ),
    "verdicts": (lambda p: write_verdicts(p, VERDICTS), read_verdicts, VERDICTS),
    "sound": (lambda p: write_sound(p, SOUND), read_sound, tuple(SOUND)),
    "trajectories": (lambda p: write_trajectories(p, POINTS), read_trajectories, tuple(POINTS)),
    "generations": (
        lambda p: write_generations(p, 2, []),
        lambda p: read_generations([p], BENCHMARKS, {}),
        [],
    ),
}
each_table = pytest.mark.parametrize("name", TABLES)


@each_table
def test_a_table_reads_back_as_it_was_written(name: str, tmp_path: Path) -> None:
    write, read, expected = TABLES[name]
    write(tmp_path / "t.parquet")
    assert read(tmp_path / "t.parquet") == expected
    assert [p.name for p in tmp_path.iterdir()] == ["t.parquet"]


def test_answers_come_back_joined_with_their_rows_and_likelihoods(tmp_path: Path) -> None:
    items = (Item("a", ask("q")), Item("b", ask("r")))
    benchmark = Benchmark("safe", BenchmarkKind.SAFETY, items)
    told = measure(benchmark, items, FakeSubject(FakeConfig(), 0, 0, {}), Decoding(samples=2))
    write_generations(tmp_path / "g.parquet", 5, told)
    found = read_generations([tmp_path / "g.parquet"], {"safe": benchmark}, {told[0].id: -0.25})
    assert [m.checkpoint for m in found] == [5] * 4
    assert [m.generation.sample for m in found] == [0, 1, 0, 1]
    assert found[0].generation.reference_logprob == -0.25
    assert [m.generation for m in found[1:]] == told[1:]


def test_an_answer_to_a_row_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    item = Item("gone", ask("q"))
    answer = Generation("1", "safe", BenchmarkKind.SAFETY, item, Answer("x", (1,), True, 1))
    write_generations(tmp_path / "g.parquet", 0, [answer])
    with pytest.raises(RunError, match=r"g\.parquet: row 'gone' is not in benchmark 'safe'"):
        read_generations([tmp_path / "g.parquet"], BENCHMARKS, {})


@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8"), max_size=8), st.none() | st.floats(-50, 0))))
@settings(max_examples=25, deadline=None)
def test_any_text_and_number_survives(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, float | None]]
) -> None:
    path = tmp_path_factory.mktemp("any") / "sound.parquet"
    answers = tuple(SoundAnswer(text, text, "gold:x", "x", value) for text, value in rows)
    write_sound(path, answers)
    assert read_sound(path) == answers


@each_table
@pytest.mark.parametrize("kept", [0, 10, -1])
def test_a_truncated_table_is_an_error_that_names_it(name: str, kept: int, tmp_path: Path) -> None:
    write, read, _ = TABLES[name]
    path = tmp_path / "t.parquet"
    write(path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(RunError, match="cannot be read as Parquet") as caught:
        read(path)
    assert str(path) in str(caught.value)
    assert "holdfast audit" in caught.value.next_step


@each_table
def test_a_missing_table_is_an_error_that_names_it(name: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"t\.parquet is missing") as caught:
        TABLES[name][1](tmp_path / "t.parquet")
    assert "holdfast audit" in caught.value.next_step


@each_table
def test_a_table_of_a_newer_version_names_the_upgrade(name: str, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    columns = pa.schema([("entirely", pa.string())]).with_metadata({"holdfast_schema": "99"})
    pq.write_table(pa.Table.from_pylist([{"entirely": "new"}], schema=columns), path)
    with pytest.raises(RunError, match="schema 99, this version reads up to 1") as caught:
        TABLES[name][1](path)
    assert "upgrade" in caught.value.next_step


@each_table
def test_a_table_of_another_kind_is_an_error_that_names_it(name: str, tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"stranger": ["x"]}), path)
    with pytest.raises(RunError, match="has no column") as caught:
        TABLES[name][1](path)
    assert str(path) in str(caught.value)


def test_a_grade_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "v.parquet"
    write_verdicts(path, VERDICTS)
    table = pq.read_table(path)
    at = table.schema.get_field_index("harm")
    pq.write_table(table.set_column(at, "harm", pa.array(["terrible", None])), path)
    with pytest.raises(RunError, match=r"v\.parquet.*terrible"):
        read_verdicts(path)


def test_checkpoints_from_before_there_were_tries_are_read(tmp_path: Path) -> None:
    path = tmp_path / "spend.parquet"
    write_checkpoints(path, [CheckpointRow(0, 0, "start", None, SPEND)])
    table = pq.read_table(path)
    pq.write_table(table.drop_columns(["tries", "energy_joules"]), path)
    (row,) = read_checkpoints(path)
    assert row.spend == SPEND
