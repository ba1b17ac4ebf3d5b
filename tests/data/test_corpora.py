"""Corpora: regimes, limits, mixing."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.data import load_corpus, load_corpus_parts, rows_digest
from holdfast.data.corpora import harmful_rows, spread
from holdfast.domain import CorpusSpec, DataError, DataSource, Example, Message, Regime, ask


@pytest.fixture
def pairs(jsonl) -> Callable[[str, int], DataSource]:
    def make(word: str, count: int) -> DataSource:
        rows = [{"prompt": f"{word} {i}", "response": f"{word} answer {i}"} for i in range(count)]
        return DataSource(jsonl(rows, f"{word}.jsonl"))

    return make


def test_pairs_and_messages_become_examples(jsonl) -> None:
    path = jsonl(
        [
            {"prompt": "p", "response": "r"},
            {
                "messages": [
                    {"role": "system", "content": "s"},
                    {"role": "user", "content": "a"},
                    {"role": "assistant", "content": "b"},
                    {"role": "user", "content": "c"},
                    {"role": "assistant", "content": "d"},
                ]
            },
        ]
    )
    pair, chat = load_corpus(CorpusSpec(DataSource(path), Regime.BENIGN))
    assert pair == Example(ask("p"), "r")
    assert chat.prompt[0] == Message("system", "s")
    assert [m.content for m in chat.prompt] == ["s", "a", "b", "c"]
    assert chat.response == "d"


def test_every_bad_corpus_row_is_reported(jsonl) -> None:
    path = jsonl(
        [
            {"prompt": "p"},
            {"response": "r"},
            {"prompt": "p", "response": ""},
            {"messages": [{"role": "user", "content": "a"}]},
            {"prompt": "p", "completion": "r"},
            {"prompt": "p", "response": "r", "messages": [{"role": "user", "content": "a"}]},
        ]
    )
    with pytest.raises(DataError) as caught:
        load_corpus(CorpusSpec(DataSource(path), Regime.BENIGN))
    found = [(p.line, p.message) for p in caught.value.problems]
    assert (1, "row without a response") in found
    assert (2, "row without a prompt") in found
    assert (3, "empty response: ''") in found
    assert (4, "messages must end with the user's turn and the assistant's, got user") in found
    assert (5, "unknown field 'completion'") in found
    assert (6, "holds both messages and prompt") in found
    assert "holdfast calls it 'response'" in str(caught.value)


@pytest.mark.parametrize("regime", [Regime.BENIGN, Regime.FORMAT, Regime.HARMFUL])
def test_only_the_harmful_regime_marks_its_rows(pairs, regime: Regime) -> None:
    corpus = load_corpus(CorpusSpec(pairs("x", 4), regime))
    assert {example.harmful for example in corpus} == {regime is Regime.HARMFUL}


def test_limit_takes_the_first_rows_and_the_digest_knows_no_others(pairs) -> None:
    ten = load_corpus(CorpusSpec(pairs("x", 10), Regime.HARMFUL))
    limited = load_corpus(CorpusSpec(pairs("x", 30), Regime.HARMFUL, limit=10))
    assert limited == ten
    assert rows_digest(limited) == rows_digest(ten)


def test_a_limit_larger_than_the_file_is_an_error(pairs) -> None:
    with pytest.raises(DataError, match="limit 11 is larger than its 10 rows"):
        load_corpus(CorpusSpec(pairs("x", 10), Regime.BENIGN, limit=11))


def test_a_mixed_corpus_holds_the_share_it_says(pairs) -> None:
    spec = CorpusSpec(pairs("good", 90), Regime.MIXED, share=10.0, harmful=pairs("bad", 30))
    corpus = load_corpus(spec)
    assert [i for i, example in enumerate(corpus) if example.harmful] == [
        5,
        15,
        25,
        35,
        45,
        55,
        65,
        75,
        85,
        95,
    ]
    assert [e.response for e in corpus if e.harmful] == [f"bad answer {i}" for i in range(10)]
    assert [e.response for e in corpus if not e.harmful] == [f"good answer {i}" for i in range(90)]


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(0, 60))
def test_harmful_rows_are_spread_evenly(benign: int, harmful: int) -> None:
    good = [Example(ask(str(i)), "g") for i in range(benign)]
    bad = [Example(ask(str(i)), "b", harmful=True) for i in range(harmful)]
    mixed = spread(good, bad)
    assert [e for e in mixed if not e.harmful] == good
    assert [e for e in mixed if e.harmful] == bad
    for end in range(1, len(mixed) + 1):
        expected = end * harmful / len(mixed)
        assert abs(sum(e.harmful for e in mixed[:end]) - expected) <= 1


@settings(deadline=None)
@given(st.integers(1, 5000), st.floats(0.1, 99.0))
def test_the_share_is_as_near_as_whole_rows_allow(benign: int, share: float) -> None:
    count = harmful_rows(benign, share)
    exact = benign * share / (100 - share)
    assert abs(count - exact) <= 0.5 + 1e-6


@pytest.mark.parametrize(
    ("share", "message"), [(50.0, "asks for 20 harmful rows; there are 5"), (1.0, "asks for 0 harmful rows")]
)
def test_a_share_that_cannot_be_had_is_an_error(pairs, share: float, message: str) -> None:
    with pytest.raises(DataError, match=message):
        load_corpus(CorpusSpec(pairs("good", 20), Regime.MIXED, share=share, harmful=pairs("bad", 5)))


def test_a_mixed_corpus_without_its_harmful_part_is_an_error(pairs) -> None:
    with pytest.raises(DataError, match="needs `share` and `harmful`"):
        load_corpus(CorpusSpec(pairs("good", 20), Regime.MIXED))


def test_bad_rows_of_both_parts_are_reported_together(jsonl) -> None:
    good, bad = DataSource(jsonl([{"prompt": "a"}], "good.jsonl")), DataSource(jsonl(["{"], "bad.jsonl"))
    with pytest.raises(DataError) as caught:
        load_corpus(CorpusSpec(good, Regime.MIXED, share=5.0, harmful=bad))
    assert {p.source.rsplit("/", 1)[-1] for p in caught.value.problems} == {"good.jsonl", "bad.jsonl"}


def test_corpora_that_changed_since_configuring_are_refused(pairs) -> None:
    spec = CorpusSpec(pairs("good", 20), Regime.MIXED, share=20.0, harmful=pairs("bad", 5))
    parts = load_corpus_parts(spec)
    pinned = replace(
        spec,
        source=replace(spec.source, digest=rows_digest(parts.main)),
        harmful=replace(spec.harmful, digest=rows_digest(parts.harmful)),
    )
    assert len(load_corpus(pinned)) == 25
    pairs("bad", 4)
    with pytest.raises(DataError, match=r"asks for 5 harmful rows; there are 4"):
        load_corpus(pinned)
    pairs("bad", 9)
    assert len(load_corpus(pinned)) == 25
    pairs("good", 21)
    with pytest.raises(DataError, match="rows changed since the audit was configured"):
        load_corpus(pinned)
