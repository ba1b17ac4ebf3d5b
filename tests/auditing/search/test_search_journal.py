"""The journal of a search: whole lines are tries, a torn one is none, and nothing is mixed."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.auditing.search.journal import Journal, read_tries
from holdfast.domain import RunError, Spend, TryRecord, TryStatus

TRY = TryRecord(
    1,
    {"learning_rate": 0.1 + 0.2, "target_modules": ["q", "v"], "ask": "naïve “{prompt}”\n"},
    TryStatus.FEASIBLE,
    step=4,
    price=1e9 / 3,
    harm=0.5,
    rows=((1.0, None, 0.0), (0.0, 1.0, 1.0)),
    shortfall=(-0.1, 0.2, -0.3),
    spend=Spend(flops=1.5, usd=None),
    note="broke",
)


def begun(tmp_path: Path) -> Path:
    path = tmp_path / "search" / "m" / "p-tpe.jsonl"
    Journal.open(path, "key").append(TRY)
    return path


def test_a_try_comes_back_as_it_was_written(tmp_path: Path) -> None:
    assert read_tries(begun(tmp_path)) == (TRY,)


def test_a_journal_not_begun_holds_no_try(tmp_path: Path) -> None:
    assert read_tries(tmp_path / "none.jsonl") == ()


@settings(deadline=None, max_examples=15)
@given(st.data())
def test_wherever_a_kill_cuts_it_whole_tries_stay_and_writing_goes_on(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = begun(Path(folder))
        whole = path.read_bytes()
        cut = data.draw(st.integers(0, len(whole)))
        path.write_bytes(whole[:cut])
        kept = read_tries(path)
        assert kept == ((TRY,) if cut == len(whole) else ())
        journal = Journal.open(path, "key")
        if not kept:
            journal.append(TRY)
        assert path.read_bytes() == whole


def test_tries_that_rest_on_something_else_are_refused_with_the_way_on(tmp_path: Path) -> None:
    path = begun(tmp_path)
    with pytest.raises(RunError, match="other judges, data or library versions") as caught:
        Journal.open(path, "another key")
    assert f"delete {path}" in str(caught.value)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda lines: [lines[0], "{}\n", *lines[1:]], ":2 is no try"),
        (lambda lines: [*lines, lines[1]], ":3 is try 1, not 2"),
        (lambda lines: ["nonsense\n", *lines[1:]], ":1 is no head of a journal"),
        (lambda lines: [lines[0].replace('"schema":1', '"schema":2'), *lines[1:]], "has schema 2"),
    ],
)
def test_a_damaged_journal_names_its_line(damage, said: str, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    path = begun(tmp_path)
    path.write_text("".join(damage(path.read_text().splitlines(keepends=True))))
    with pytest.raises(RunError) as caught:
        read_tries(path)
    assert said in str(caught.value)
