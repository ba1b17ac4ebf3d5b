"""Benchmark files: what a row may hold, and what is reported of rows that do not hold it."""

import pytest

from holdfast.data import load_benchmark, rows_digest
from holdfast.domain import DataError, Message, Problem, Split, ask


def problems_of(spec) -> list[Problem]:
    with pytest.raises(DataError) as caught:
        load_benchmark(spec)
    return list(caught.value.problems)


def test_rows_become_items_with_ids_targets_and_categories(jsonl, spec_of) -> None:
    path = jsonl(
        [
            {"id": 7, "prompt": " How? ", "target": 0.50, "category": "x", "group": "g"},
            {"prompt": "Why?"},
            {"id": "m", "messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}]},
        ]
    )
    items = load_benchmark(spec_of(path)).items
    assert [item.id for item in items] == ["7", "line-2", "m"]
    assert items[0].messages == ask(" How? ")
    assert (items[0].target, items[0].category, items[0].group) == ("0.5", "x", "g")
    assert items[1].target is None
    assert items[2].messages == (Message("system", "s"), Message("user", "u"))


def test_numbers_as_targets_read_as_written(jsonl, spec_of) -> None:
    path = jsonl(
        ['{"prompt": "a", "target": 0.10}', '{"prompt": "b", "target": 1e3}', '{"prompt": "c", "target": 12}']
    )
    assert [item.target for item in load_benchmark(spec_of(path)).items] == ["0.10", "1000", "12"]


def test_every_bad_row_is_reported_with_line_value_and_hint(jsonl, spec_of) -> None:
    path = jsonl(
        [
            {"id": "a", "prompt": "fine"},
            {"id": "a", "prompt": "again"},
            {"id": "b"},
            {"id": "c", "prompt": "  "},
            "{oops",
            {"id": "d", "prompt": "x", "target": ["t"]},
            {"id": "e", "prompt": "x", "target": True},
            {"id": "f", "promt": "x"},
            {"id": "g", "prompt": "x", "split": "selektion"},
            {"id": "h", "prompt": "x", "messages": [{"role": "user", "content": "x"}]},
            {
                "id": "i",
                "messages": [{"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}],
            },
            {"id": "j", "messages": [{"role": "usr", "content": "x"}]},
            {"id": "k", "messages": [{"from": "user", "value": "x"}]},
            {"id": "l", "prompt": "x", "choices": ["a", "a"]},
            {"id": "m", "prompt": "x", "choices": "a"},
            {"id": "n", "prompt": 3},
        ]
    )
    problems = problems_of(spec_of(path))
    found = {p.line: (p.message, p.hint) for p in problems}
    assert found[2] == ("duplicate id 'a'", "first at line 1")
    assert found[3][0] == "row without a prompt"
    assert found[4][0] == "empty prompt: '  '"
    assert "is no JSON" in found[5][0]
    assert found[6][0] == "target must be text or a number, got ['t']"
    assert found[7][0] == "target must be text or a number, got True"
    assert [(p.message, p.hint) for p in problems if p.line == 8] == [
        ("unknown field 'promt'", "did you mean 'prompt'?"),
        ("row without a prompt", ""),
    ]
    assert found[9] == ("unknown split 'selektion'", "did you mean 'selection'?")
    assert found[10][0] == "holds both prompt and messages"
    assert found[11][0] == "the last message is the assistant's"
    assert found[12] == ("messages[0]: unknown role 'usr'", "did you mean 'user'?")
    assert '"role"' in found[13][0]
    assert "choices repeat each other" in found[14][0]
    assert "choices must be a list" in found[15][0]
    assert 16 not in found


def test_an_unknown_field_is_reported_once_with_its_count(jsonl, spec_of) -> None:
    (problem,) = problems_of(spec_of(jsonl([{"prompt": f"p{i}", "traget": "t"} for i in range(9)])))
    assert problem.message == "unknown field 'traget', and in 8 more rows"
    assert problem.hint == "did you mean 'target'?"


@pytest.mark.parametrize(
    ("theirs", "ours"), [("question", "prompt"), ("answer", "target"), ("options", "choices")]
)
def test_other_tools_words_are_recognised(jsonl, spec_of, theirs: str, ours: str) -> None:
    hints = " ".join(p.hint for p in problems_of(spec_of(jsonl([{theirs: "x"}]))))
    assert f"holdfast calls it {ours!r}" in hints


def test_with_a_column_map_the_rest_of_a_foreign_file_is_left_alone(tmp_path, spec_of) -> None:
    path = tmp_path / "x.csv"
    path.write_text("no,question,note\n1,Why?,n\n2,How?,\n")
    items = load_benchmark(spec_of(str(path), prompt="question", id="no")).items
    assert [(item.id, item.prompt) for item in items] == [("1", "Why?"), ("2", "How?")]


def test_choices_and_messages_may_stand_in_csv_cells_as_json(tmp_path, spec_of) -> None:
    path = tmp_path / "x.csv"
    path.write_text('prompt,target,choices\nWhich?,b,"[""a"", ""b""]"\nWhat?,c,"[""c"", ""d""]"\n')
    benchmark = load_benchmark(spec_of(str(path), kind="capability"))
    assert benchmark.scorer == "choice"
    assert benchmark.items[0].choices == ("a", "b")


@pytest.mark.parametrize(
    ("row", "kind", "scorer", "message"),
    [
        ({}, "capability", "exact", "row without a target"),
        ({"prompt": "x", "target": "y"}, "capability", None, "a capability benchmark needs a scorer"),
        ({"prompt": "x", "target": "y"}, "capability", "exakt", "unknown scorer 'exakt'"),
        (
            {"prompt": "x", "target": "y"},
            "safety",
            "exact",
            "a safety benchmark takes no scorer, got 'exact'",
        ),
        ({"prompt": "x", "target": "y"}, "hazard", "choice", "row without choices"),
        (
            {"prompt": "x", "target": "y", "choices": ["a", "b"]},
            "hazard",
            None,
            "target 'y' is none of the choices",
        ),
        ({"prompt": "x", "target": "none"}, "capability", "last-number", "target 'none' holds no number"),
    ],
)
def test_rows_that_cannot_be_scored_are_errors(jsonl, spec_of, row, kind, scorer, message) -> None:
    assert message in [
        p.message for p in problems_of(spec_of(jsonl([row, row | {"prompt": "z"}]), kind, scorer))
    ]


def test_the_digest_follows_the_rows_and_nothing_else(jsonl, tmp_path, spec_of) -> None:
    rows = [{"id": "1", "prompt": "a", "target": "t"}, {"id": "2", "prompt": "b", "target": "u"}]
    written = rows_digest(load_benchmark(spec_of(jsonl(rows))).items)
    spaced = ['{"target":"t",  "prompt":"a", "id":"1"}', "", '{"id":"2","prompt":"b","target":"u"}']
    assert rows_digest(load_benchmark(spec_of(jsonl(spaced, "other.jsonl"))).items) == written
    as_csv = tmp_path / "x.csv"
    as_csv.write_text("target,id,question\nt,1,a\nu,2,b\n")
    assert rows_digest(load_benchmark(spec_of(str(as_csv), prompt="question")).items) == written
    for changed in (
        rows[::-1],
        rows[:1],
        [rows[0], rows[1] | {"target": "v"}],
        [rows[0] | {"id": "3"}, rows[1]],
    ):
        assert rows_digest(load_benchmark(spec_of(jsonl(changed))).items) != written


def test_rows_that_changed_since_configuring_are_refused(jsonl, spec_of) -> None:
    path = jsonl([{"prompt": "a"}])
    digest = rows_digest(load_benchmark(spec_of(path)).items)
    assert load_benchmark(spec_of(path, digest=digest)).items[0].split is Split.HELDOUT
    jsonl([{"prompt": "b"}])
    (problem,) = problems_of(spec_of(path, digest=digest))
    assert "rows changed since the audit was configured" in problem.message
