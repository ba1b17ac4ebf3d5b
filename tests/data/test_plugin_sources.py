"""Benchmarks and corpora that plug-ins bring, and plug-ins that break their contract."""

from pathlib import Path

import pytest

from holdfast.data import load_benchmark, load_corpus, plugin_benchmark, resolve_use
from holdfast.domain import (
    BenchmarkKind,
    BenchmarkSpec,
    CorpusSpec,
    DataError,
    DataSource,
    PluginError,
    Regime,
    Split,
)

SOURCE = """
from holdfast.domain import Benchmark, BenchmarkKind, Example, Item, Message, Split, ask

def skill():
    items = tuple(Item(f"i{i}", ask(f"q{i}"), target=f"a{i}") for i in range(12))
    return Benchmark("theirs", BenchmarkKind.CAPABILITY, items, scorer="exact", notes=("made up",))

def split():
    items = tuple(
        Item(f"i{i}", ask(f"q{i}"), group=f"g{i}", split=list(Split)[i % 2]) for i in range(4)
    )
    return Benchmark("theirs", BenchmarkKind.SAFETY, items)

def corpus():
    return tuple(Example(ask(f"q{i}"), f"a{i}") for i in range(5))

def flagged():
    return (Example(ask("q"), "a", harmful=True),)

def empty():
    return Benchmark("theirs", BenchmarkKind.SAFETY, ())

def speechless():
    return Benchmark("theirs", BenchmarkKind.SAFETY, (Item("i", (Message("assistant", "x"),)),))

def twice():
    return Benchmark("theirs", BenchmarkKind.SAFETY, (Item("i", ask("a")), Item("i", ask("b"))))

def broken():
    raise ZeroDivisionError("oh")

def wrong():
    return [1, 2]

def none():
    return ()
"""


@pytest.fixture
def plugin(tmp_path: Path):
    (tmp_path / "mine.py").write_text(SOURCE)
    return lambda name: resolve_use(f"mine.py:{name}", tmp_path)


def bench(use: str, kind: BenchmarkKind = BenchmarkKind.SAFETY) -> BenchmarkSpec:
    return BenchmarkSpec("ours", DataSource(use=use), kind)


def test_a_plugin_benchmark_takes_our_name_and_keeps_its_scorer(plugin) -> None:
    benchmark = load_benchmark(bench(plugin("skill"), BenchmarkKind.CAPABILITY))
    assert (benchmark.name, benchmark.scorer, benchmark.notes[0]) == ("ours", "exact", "made up")
    assert len(benchmark.part(Split.SELECTION)) == 6


def test_a_plugins_own_split_is_kept(plugin) -> None:
    benchmark = load_benchmark(bench(plugin("split")))
    assert [item.id for item in benchmark.part(Split.SELECTION)] == ["i0", "i2"]


def test_plugin_corpora_follow_the_regime(plugin) -> None:
    corpus = load_corpus(CorpusSpec(DataSource(use=plugin("corpus")), Regime.HARMFUL, limit=2))
    assert [(e.response, e.harmful) for e in corpus] == [("a0", True), ("a1", True)]
    with pytest.raises(DataError, match="1 of its rows are marked harmful"):
        load_corpus(CorpusSpec(DataSource(use=plugin("flagged")), Regime.BENIGN))


def test_another_kind_than_the_plugins_is_an_error(plugin) -> None:
    with pytest.raises(DataError, match="is a capability benchmark, not safety"):
        load_benchmark(bench(plugin("skill")))


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("empty", "returns a benchmark without rows"),
        ("speechless", "row 'i' does not end with a user's prompt"),
        ("broken", "fails: ZeroDivisionError: oh"),
        ("wrong", "must return a Benchmark, got list"),
        ("missing", "has no 'missing'"),
    ],
)
def test_benchmarks_that_break_their_contract_are_named(plugin, name: str, message: str) -> None:
    with pytest.raises(PluginError, match=message):
        load_benchmark(bench(plugin(name)))


@pytest.mark.parametrize(
    ("name", "message"), [("wrong", "must return a tuple of Example"), ("none", "no examples")]
)
def test_corpora_that_break_their_contract_are_named(plugin, name: str, message: str) -> None:
    with pytest.raises(PluginError, match=message):
        load_corpus(CorpusSpec(DataSource(use=plugin(name)), Regime.BENIGN))


def test_repeated_ids_of_a_plugin_are_an_error(plugin) -> None:
    with pytest.raises(DataError, match="duplicate id 'i'"):
        load_benchmark(bench(plugin("twice")))


def test_an_unknown_plugin_gets_a_did_you_mean() -> None:
    with pytest.raises(PluginError, match=r"no benchmark is called 'organism\.dirct'") as caught:
        plugin_benchmark("organism.dirct")
    assert caught.value.next_step == "did you mean 'organism.direct'?"


def test_names_of_installed_plugins_are_left_as_they_are(tmp_path: Path) -> None:
    assert resolve_use("organism.direct", tmp_path) == "organism.direct"
    assert resolve_use("sub/x.py:make", tmp_path) == f"{tmp_path.resolve()}/sub/x.py:make"
