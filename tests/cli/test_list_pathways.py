"""`holdfast list pathways`: every technique and every regime, with axis, actors, source and needs."""

from __future__ import annotations

import json
from dataclasses import fields
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import yaml
from command_line import Command

from holdfast.auditing.catalogue import describe_pathways
from holdfast.cli.list import print_pathways
from holdfast.domain import CorpusSpec, PathwaySpec, Regime, plugins
from holdfast.domain.regimes import REGIMES
from holdfast.techniques.lora import Lora

VARIED = '''"""A technique in three ways."""
from holdfast.domain import Axis, Changes, Traits
class Varied:
    """Put contributions together.

    And more.
    """
    traits = Traits(Axis.SHARED, trains=False, changes=Changes.WEIGHTS, needs=("inputs",), actors=2,
                    source="A.  Author\\n2024")
    variants = {"linear": "The mean of the weights.", "slerp": "Along the arc between two."}
'''


@pytest.fixture
def varied(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "varied_technique.py").write_text(VARIED)
    monkeypatch.syspath_prepend(here)
    known = plugins.installed(plugins.TECHNIQUES)
    more = {
        "varied": EntryPoint("varied", "varied_technique:Varied", plugins.TECHNIQUES),
        "gone": EntryPoint("gone", "no_such_module:Thing", plugins.TECHNIQUES),
    }
    monkeypatch.setattr(plugins, "installed", lambda group: known | more)


def test_every_technique_and_every_regime_is_listed_with_what_a_reader_asks(holdfast: Command) -> None:
    told = holdfast("list", "pathways", "--json")
    rows = json.loads(told.out)
    assert told.code == 0
    listed = {(row["kind"], row["name"]) for row in rows}
    assert {("technique", name) for name in plugins.installed(plugins.TECHNIQUES)} <= listed
    assert {("regime", regime.value) for regime in Regime} <= listed
    for row in rows:
        assert set(row) >= {
            "kind", "name", "axis", "actors", "source", "needs", "trains", "changes", "summary", "variants"
        }  # fmt: skip
        assert row["axis"] in {"A", "B", "none"}
        assert row["actors"] >= 1
        assert row["source"]
        assert row["summary"]
    lora = next(row for row in rows if row["name"] == "lora")
    assert (lora["axis"], lora["needs"], lora["trains"], lora["changes"]) == (
        "A",
        ["corpus"],
        True,
        "weights",
    )
    harmful = next(row for row in rows if row["name"] == "harmful")
    assert (harmful["kind"], harmful["axis"]) == ("regime", "A")


def test_an_option_that_is_listed_is_one_that_techniques_have(holdfast: Command) -> None:
    rows = json.loads(holdfast("list", "pathways", "--json").out)
    options = [row["name"].partition(": ") for row in rows if row["kind"] == "option"]
    written = {field.name for spec in (CorpusSpec, PathwaySpec) for field in fields(spec)}
    known = written | set(Lora.Config.model_fields)
    assert {name for name, _, _ in options} <= known
    for name, _, value in options:
        if name in Lora.Config.model_fields:
            Lora.Config(**{name: yaml.safe_load(value or "true")})
    assert {value for name, _, value in options if name == "optimizer"} == {"adamw-8bit", "sgd"}


def test_every_regime_is_described_in_one_place() -> None:
    assert {regime.value for regime in Regime} <= set(REGIMES)


@pytest.mark.usefixtures("varied")
def test_variants_of_a_technique_are_told_with_it(holdfast: Command) -> None:
    rows = {row["name"]: row for row in json.loads(holdfast("list", "pathways", "--json").out)}
    assert rows["varied"]["variants"] == {
        "linear": "The mean of the weights.",
        "slerp": "Along the arc between two.",
    }
    assert rows["varied"]["summary"] == "Put contributions together."
    assert (rows["varied"]["actors"], rows["varied"]["source"]) == (2, "A. Author 2024")
    assert rows["lora"]["variants"] == {}


@pytest.mark.usefixtures("varied")
def test_a_technique_that_cannot_be_read_is_listed_with_what_is_wrong(holdfast: Command) -> None:
    rows = {row["name"]: row for row in json.loads(holdfast("list", "pathways", "--json").out)}
    assert (rows["gone"]["axis"], rows["gone"]["actors"]) == ("", 0)
    assert "no_such_module" in rows["gone"]["summary"]


@pytest.mark.usefixtures("varied")
def test_the_table_reads_at_a_hundred_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    print_pathways(describe_pathways())
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert [line for line in lines if "axis" in line] == [
        "Nothing is trained, or everything (no axis)",
        "Cheaper: it costs less compute or data (axis A)",
        "Shared: more actors pay for it (axis B)",
        "Regimes of data, which a technique is fed with (axis A)",
        "Options of techniques, corpora and pathways (axis A)",
    ]
    assert "Cannot be read" in lines
    shared = lines[lines.index("Shared: more actors pay for it (axis B)") :]
    at = next(i for i, line in enumerate(shared) if line.startswith("varied "))
    assert shared[at].split()[:3] == ["varied", "2+", "inputs"]
    assert shared[at + 1].startswith("  linear")
    assert any(line.startswith("mixed ") for line in lines)


def test_no_need_is_broken_at_eighty_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    rows = describe_pathways()
    print_pathways(rows)
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines())) <= 80
    words = {word.rstrip(",") for word in out.split()}
    assert {word for row in rows for need in row.needs for word in need.split()} <= words


def test_plug_ins_alone_are_listed_where_nothing_is_named(holdfast: Command) -> None:
    kinds = {row["kind"] for row in json.loads(holdfast("list", "--json").out)}
    assert kinds == {"techniques", "judges", "benchmarks", "corpora", "models"}
