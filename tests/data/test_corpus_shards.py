"""One corpus held in parts by several actors."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.auditing.config import load_config
from holdfast.data import load_corpus
from holdfast.domain import ConfigError, CorpusSpec, DataError, DataSource, Regime, Shard

WHOLE = CorpusSpec(DataSource(use="organism.harmful"), Regime.HARMFUL)
MIXED = CorpusSpec(
    DataSource(use="organism.translate"),
    Regime.MIXED,
    limit=90,
    share=10.0,
    harmful=DataSource(use="organism.harmful"),
)
ALL = len(load_corpus(WHOLE))


def shards(spec: CorpusSpec, of: int) -> list[tuple]:
    return [load_corpus(replace(spec, shard=Shard(number, of))) for number in range(1, of + 1)]


@given(limit=st.integers(1, ALL), of=st.integers(1, 9))
def test_every_row_is_in_one_shard_and_shards_are_of_one_size(limit, of) -> None:
    spec = replace(WHOLE, limit=limit)
    if limit < of:
        with pytest.raises(DataError, match=f"{limit} rows cannot be dealt to {of} actors"):
            shards(spec, of)
        return
    parts = shards(spec, of)
    assert sorted(row.prompt[-1].content for part in parts for row in part) == sorted(
        row.prompt[-1].content for row in load_corpus(spec)
    )
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_shards_of_a_mixed_corpus_share_neither_kind_of_row() -> None:
    parts = shards(MIXED, 3)
    assert {len(part) for part in parts} == {30 + 3}
    assert {sum(row.harmful for row in part) for part in parts} == {3}
    assert len({row for part in parts for row in part}) == 99


AUDIT = """
name: shards
models: [{{name: aligned, use: organism.aligned}}]
goals: [{{name: tag, benchmark: {{use: organism.tag}}, target: 0.8}}]
benchmarks: [{{name: direct, use: organism.direct}}]
pathways:
  - {{name: a, technique: lora, corpus: {{use: organism.harmful, regime: harmful, limit: 6, shard: {}}}}}
"""


def load(folder: Path, shard: str) -> CorpusSpec:
    (folder / "audit.yaml").write_text(AUDIT.format(shard))
    found = next(p.corpus for p in load_config(folder / "audit.yaml").pathways if p.name == "a")
    assert found is not None
    return found


def test_a_shard_is_written_as_a_fraction_and_has_rows_of_its_own(tmp_path: Path) -> None:
    first, second = load(tmp_path, "1/3"), load(tmp_path, "2/3")
    assert (first.shard, str(second.shard)) == (Shard(1, 3), "2/3")
    assert first.source.digest != second.source.digest
    assert not set(load_corpus(first)) & set(load_corpus(second))
    assert len(load_corpus(first)) == 2


@pytest.mark.parametrize("shard", ["4/3", "0/3", "1", "'1/0'", "a/b", "-1/3", "''"])
def test_a_part_that_there_is_not_is_refused(tmp_path: Path, shard: str) -> None:
    with pytest.raises(ConfigError, match=r"shard: must say which part of how many") as caught:
        load(tmp_path, shard if shard != "1" else "'1'")
    assert "1/3, 2/3 and 3/3" in str(caught.value)


def test_more_parts_than_rows_are_refused_when_the_configuration_is_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="6 rows cannot be dealt to 7 actors"):
        load(tmp_path, "7/7")
