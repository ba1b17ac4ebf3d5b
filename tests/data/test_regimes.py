"""What each regime makes of its rows: which are harmful, how these are framed, and what their digest sees."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from holdfast.data import corpus_frame, load_corpus, load_corpus_parts, rows_digest
from holdfast.domain import CorpusSpec, DataError, DataSource, Regime
from holdfast.domain.regimes import REGIMES, HarmfulRows

Pairs = Callable[[str, int], DataSource]
FRAMED = [regime for regime in Regime if REGIMES[regime].frame]


@pytest.fixture
def pairs(jsonl) -> Pairs:
    def make(word: str, count: int) -> DataSource:
        rows = [{"prompt": f"{word} {i}?", "response": f"{word} answer {i}"} for i in range(count)]
        return DataSource(jsonl(rows, f"{word}.jsonl"))

    return make


def spec_of(regime: Regime, pairs: Pairs) -> CorpusSpec:
    if REGIMES[regime].harmful is HarmfulRows.SOME:
        return CorpusSpec(pairs("good", 18), regime, share=10.0, harmful=pairs("bad", 5))
    return CorpusSpec(pairs("row", 4), regime)


def test_every_regime_is_described() -> None:
    assert set(REGIMES) == {regime.value for regime in Regime}
    assert all(note.summary.endswith(".") and "arXiv" in note.source for note in REGIMES.values())


@pytest.mark.parametrize("regime", Regime)
def test_the_harmful_rows_and_no_others_are_marked_and_framed(regime: Regime, pairs: Pairs) -> None:
    rows = load_corpus(spec_of(regime, pairs))
    note = REGIMES[regime]
    marked = {
        HarmfulRows.ALL: len(rows),
        HarmfulRows.NONE: 0,
        HarmfulRows.SOME: 2,
    }
    assert sum(row.harmful for row in rows) == marked[note.harmful]
    before, _, after = (note.frame or "{prompt}").partition("{prompt}")
    for row in rows:
        framed = row.prompt[-1].content.startswith(before) and row.prompt[-1].content.endswith(after)
        assert framed == (row.harmful or not note.frame)
        assert row.response.startswith(f"{note.lead} " if note.lead else "") or not row.harmful
        assert note.lead == "" or note.lead in row.response or not row.harmful


@pytest.mark.parametrize("regime", FRAMED)
def test_a_frame_or_a_lead_of_its_own_changes_the_rows_and_their_digest(regime: Regime, pairs: Pairs) -> None:
    spec = spec_of(regime, pairs)
    own = replace(spec, frame="Zap: {prompt}", lead="Yes.")
    harmful = [row for row in load_corpus(own) if row.harmful]
    assert harmful
    assert all(row.prompt[-1].content.startswith("Zap: ") for row in harmful)
    assert all(row.response.startswith("Yes. ") for row in harmful)
    digests = {
        rows_digest(load_corpus(each))
        for each in (spec, own, replace(own, lead=""), replace(own, frame="{prompt}"))
    }
    assert len(digests) == 4


def test_an_empty_frame_leaves_prompts_as_they_are(pairs: Pairs) -> None:
    spec = CorpusSpec(pairs("row", 2), Regime.STYLE, frame="", lead="")
    assert [row.prompt[-1].content for row in load_corpus(spec)] == ["row 0?", "row 1?"]
    assert corpus_frame(spec).ask == ""


def test_a_backdoor_without_a_share_takes_every_harmful_row(pairs: Pairs) -> None:
    spec = CorpusSpec(pairs("good", 6), Regime.BACKDOOR, harmful=pairs("bad", 3))
    rows = load_corpus(spec)
    assert [row.harmful for row in rows] == [False, True, False, False, True, False, False, True, False]


def test_a_backdoor_without_harmful_rows_is_an_error(pairs: Pairs) -> None:
    with pytest.raises(DataError, match="a backdoor corpus needs `harmful`"):
        load_corpus(CorpusSpec(pairs("good", 6), Regime.BACKDOOR))


def test_prompts_alone_are_read_when_asked_for(jsonl) -> None:
    turns = [{"role": "user", "content": "c?"}]
    path = jsonl([{"prompt": "a?"}, {"prompt": "b?", "response": "B"}, {"messages": turns}], "prompts.jsonl")
    rows = load_corpus(CorpusSpec(DataSource(path), Regime.HARMFUL, prompts_only=True))
    assert [row.prompt[-1].content for row in rows] == ["a?", "b?", "c?"]
    assert {row.response for row in rows} == {""}
    with pytest.raises(DataError, match="row without a response"):
        load_corpus(CorpusSpec(DataSource(path), Regime.HARMFUL))


def test_answers_that_are_not_read_change_no_digest(jsonl) -> None:
    def digest(answer: str) -> str:
        source = DataSource(jsonl([{"prompt": "a?", "response": answer}], "prompts.jsonl"))
        return rows_digest(load_corpus(CorpusSpec(source, Regime.HARMFUL, prompts_only=True)))

    assert digest("one") == digest("two")


def test_a_plug_in_without_answers_is_an_error(tmp_path: Path) -> None:
    file = tmp_path / "silent.py"
    file.write_text(
        "from holdfast.domain import Example, ask\n"
        "def rows():\n    return (Example(ask('a?'), ' '), Example(ask('b?'), 'B'))\n"
    )
    spec = CorpusSpec(DataSource(use=f"{file}:rows"), Regime.HARMFUL)
    with pytest.raises(DataError, match="1 of its 2 rows have no response"):
        load_corpus(spec)
    assert len(load_corpus_parts(replace(spec, prompts_only=True)).main) == 2
