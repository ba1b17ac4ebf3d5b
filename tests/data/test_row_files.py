"""Reading JSONL and CSV: every row with its line, every bad row named."""

import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.data import read_rows
from holdfast.data.csv_rows import scan_csv
from holdfast.data.jsonl_rows import scan_jsonl
from holdfast.data.rows import ALIKE_SHOWN, PROBLEMS_SHOWN, collapse
from holdfast.domain import DataError, DataSource, Problem

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1)


def problems_of(source: DataSource) -> list[Problem]:
    with pytest.raises(DataError) as caught:
        read_rows(source)
    return list(caught.value.problems)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.dictionaries(TEXT, st.one_of(TEXT, st.integers(), st.none()), max_size=4), max_size=6))
def test_jsonl_gives_back_what_was_written(rows: list[dict[str, object]]) -> None:
    content = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()
    scan = scan_jsonl(content, "f")
    assert scan.problems == ()
    assert [dict(row.values) for row in scan.rows] == rows
    assert [row.line for row in scan.rows] == list(range(1, len(rows) + 1))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=6))
def test_csv_gives_back_what_was_written_and_the_line_each_record_starts_on(
    rows: list[tuple[str, str]],
) -> None:
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["prompt", "response"])
    starts = []
    for row in rows:
        # What a text editor calls a line: the csv module ends lines at \n, \r\n and a lone \r.
        before = buffer.getvalue().replace("\r\n", "\n").replace("\r", "\n")
        starts.append(before.count("\n") + 1)
        writer.writerow(row)
    scan = scan_csv(buffer.getvalue().encode(), "f", {})
    assert scan.problems == ()
    assert [(r.values["prompt"], r.values["response"]) for r in scan.rows] == rows
    assert [r.line for r in scan.rows] == starts


def test_a_line_separator_inside_a_text_does_not_end_a_row(jsonl) -> None:
    rows = read_rows(DataSource(jsonl([{"prompt": "one\u2028two\u0085three"}, {"prompt": "b"}])))
    assert [row.values["prompt"] for row in rows] == ["one\u2028two\u0085three", "b"]


def test_a_byte_order_mark_and_blank_lines_are_no_rows(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"prompt": "a"}\n\n  \n{"prompt": "b"}\r\n')
    assert [(r.line, r.values["prompt"]) for r in read_rows(DataSource(str(path)))] == [(1, "a"), (4, "b")]


def test_a_csv_byte_order_mark_does_not_hide_the_first_column(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b'\xef\xbb\xbfprompt,target\n"a\nb",c\nd,\n')
    rows = read_rows(DataSource(str(path)))
    assert [(r.line, dict(r.values)) for r in rows] == [
        (2, {"prompt": "a\nb", "target": "c"}),
        (4, {"prompt": "d"}),
    ]


def test_every_bad_line_is_reported_at_once(jsonl) -> None:
    path = jsonl(['{"prompt": "a"}', "{bad", "[1]", '{"a": 1, "a": 2}', '{"a": NaN}', '{"a": "\\ud800"}'])
    found = problems_of(DataSource(path))
    assert [p.line for p in found] == [2, 3, 4, 5, 6]
    said = " | ".join(p.message for p in found)
    for part in ("is no JSON", "is list, not an object", "names 'a' twice", "holds NaN", "surrogate"):
        assert part in said


def test_a_line_that_is_no_utf8_is_named_with_its_byte(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"prompt": "a"}\n{"prompt": "caf\xe9"}\n')
    (problem,) = problems_of(DataSource(str(path)))
    assert problem.line == 2
    assert "0xe9" in problem.message
    assert "UTF-8" in problem.hint


def test_a_csv_that_is_no_utf8_is_named_with_its_line(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_bytes(b"prompt\na\ncaf\xe9\n")
    (problem,) = problems_of(DataSource(str(path)))
    assert problem.line == 3


def test_utf16_is_named_as_such(tmp_path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text('{"prompt": "a"}\n', encoding="utf-16")
    assert "UTF-16" in problems_of(DataSource(str(path)))[0].message


@pytest.mark.parametrize("content", ['[{"prompt": "a"}]', '{\n  "rows": []\n}', '[\n{"prompt": "a"}\n]'])
def test_one_json_document_is_told_from_json_lines(tmp_path, content: str) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_text(content)
    (problem,) = problems_of(DataSource(str(path)))
    assert "one object a line" in problem.message + problem.hint


def test_a_csv_without_its_header_is_an_error_not_a_lost_row(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("Tell me a story\nWrite a poem\n")
    (problem,) = problems_of(DataSource(str(path), columns={"prompt": "goal"}))
    assert "no column 'goal' (named by columns.prompt)" in problem.message
    assert "'Tell me a story'" in problem.message
    assert "the first line must be the header" in problem.hint
    assert "no column 'prompt'" in problems_of(DataSource(str(path)))[0].message


def test_a_misspelled_column_gets_a_did_you_mean(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("Question,Best Answer\na,b\n")
    columns = {"prompt": "question", "target": "Best Answer"}
    (problem,) = problems_of(DataSource(str(path), columns=columns))
    assert "did you mean 'Question'?" in problem.hint


def test_columns_rename_csv_and_jsonl_alike(tmp_path, jsonl) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("goal,prompt\na,hidden\n")
    csv_rows = read_rows(DataSource(str(path), columns={"prompt": "goal", "group": "goal"}))
    json_rows = read_rows(
        DataSource(jsonl([{"goal": "a", "prompt": "hidden"}]), columns={"prompt": "goal", "group": "goal"})
    )
    assert dict(csv_rows[0].values) == dict(json_rows[0].values) == {"prompt": "a", "group": "a"}


def test_a_mapped_field_that_no_jsonl_row_has_is_an_error(jsonl) -> None:
    (problem,) = problems_of(DataSource(jsonl([{"question": "a"}]), columns={"prompt": "qestion"}))
    assert problem.hint == "did you mean 'question'?"


def test_ragged_records_and_repeated_columns_are_errors(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("prompt,target\na,b\nc,d,e\nf\n")
    assert [p.line for p in problems_of(DataSource(str(path)))] == [3, 4]
    path.write_text("prompt,prompt\na,b\n")
    assert "names 'prompt' 2 times" in problems_of(DataSource(str(path)))[0].message


def test_after_a_broken_quote_the_file_is_not_guessed_at(tmp_path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('prompt\na\n"b" c\nd\n')
    (problem,) = problems_of(DataSource(str(path)))
    assert problem.line == 3
    assert "nothing after it is read" in problem.message


@pytest.mark.parametrize("name", ["rows.jsonl", "rows.csv"])
def test_an_empty_file_is_an_error(tmp_path, name: str) -> None:
    path = tmp_path / name
    path.write_text("" if name == "rows.jsonl" else "prompt\n")
    assert problems_of(DataSource(str(path)))[0].message == "holds no rows"


def test_unknown_formats_and_missing_files_are_errors(tmp_path) -> None:
    assert "cannot tell the format" in problems_of(DataSource(str(tmp_path / "rows.parquet")))[0].message
    assert "No such file" in problems_of(DataSource(str(tmp_path / "rows.jsonl")))[0].message


def lines_named(problem: Problem) -> set[int]:
    """Return the lines a problem names: its own, and those its message lists."""
    named = {problem.line}
    for span in problem.message.partition("lines ")[2].split(", "):
        first, _, last = span.partition("-")
        named |= set(range(int(first), int(last or first) + 1)) if first else set()
    return named


def test_rows_that_are_wrong_in_the_same_way_are_named_together(jsonl) -> None:
    (problem,) = problems_of(DataSource(jsonl(["[1]"] * 3 + ["{}"] + ["[1]"] * 3)))
    assert problem.line == 1
    assert problem.message == "is list, not an object: [1]; also at lines 2-3, 5-7"
    few = problems_of(DataSource(jsonl(["[1]"] * ALIKE_SHOWN)))
    assert [p.line for p in few] == list(range(1, ALIKE_SHOWN + 1))


def test_many_different_problems_are_all_named_without_a_flood(jsonl) -> None:
    count = PROBLEMS_SHOWN + 30
    found = problems_of(DataSource(jsonl([f"[{i}]" for i in range(count)])))
    assert len(found) == PROBLEMS_SHOWN + 1
    assert found[-1].message == f"30 more problems, first at lines {PROBLEMS_SHOWN + 1}-{count}"
    assert found[-1].line == PROBLEMS_SHOWN + 1


@settings(deadline=None)
@given(st.dictionaries(st.integers(1, 400), st.integers(0, 3), min_size=1, max_size=200))
def test_collapsing_loses_no_line(kinds: dict[int, int]) -> None:
    # Four messages, then one a line: both ways of shortening are taken.
    for name in (lambda line: kinds[line], lambda line: line):
        shown = collapse([Problem(f"bad {name(line)}.", "f", line) for line in kinds])
        assert len(shown) <= PROBLEMS_SHOWN + 1
        assert set().union(*map(lines_named, shown)) == set(kinds)


def test_one_bad_object_on_one_line_is_told_as_what_it_is() -> None:
    (problem,) = scan_jsonl(b'{"id": "\\ud800"}', "f").problems
    assert problem.message == "holds half of a surrogate pair"
    (problem,) = scan_jsonl(b'[{"id": 1}]', "f").problems
    assert problem.message.startswith("is one JSON document")
