"""What stands beside a pathway's corpus: other pathways, other models, further corpora, a way of asking."""

from pathlib import Path

import pytest

from holdfast.auditing.config import beside, load_config
from holdfast.auditing.config.beside import packages_of
from holdfast.domain import ConfigError

HEAD = """
name: beside
models: [{name: aligned, use: organism.aligned}]
goals: [{name: tag, benchmark: {use: organism.tag}, target: 0.8}]
benchmarks: [{name: direct, use: organism.direct}]
pathways:
"""
TECHNIQUE = '''
from pydantic import BaseModel, ConfigDict
from holdfast.domain import Axis, Changes, Traits


class Nothing(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Needy:
    """Needs everything."""
    traits = Traits(
        axis=Axis.SHARED, trains=False, changes=Changes.WEIGHTS,
        needs=("inputs", "models.base", "corpora.harmless"), accepts=("models.writer",),
    )
    Config = Nothing


class Bare(Needy):
    """Needs a library that there is not."""
    traits = Traits(axis=Axis.CHEAPER, trains=False, changes=Changes.WEIGHTS, needs=("extra.absent",))
'''
FIRST = "  - {name: first, technique: full, corpus: {use: organism.harmful, regime: harmful, limit: 4}}\n"
WHOLE = """
    inputs: [first]
    models: {base: {use: organism.base}}
    corpora: {harmless: {use: organism.translate, regime: benign, limit: 3}}
    ask: "Now. {prompt}"
"""


def load(folder: Path, pathways: str):  # type: ignore[no-untyped-def]
    (folder / "needy.py").write_text(TECHNIQUE)
    (folder / "audit.yaml").write_text(HEAD + pathways)
    return load_config(folder / "audit.yaml")


def problems(folder: Path, pathways: str) -> str:
    with pytest.raises(ConfigError) as caught:
        load(folder, pathways)
    return str(caught.value)


def test_everything_beside_the_corpus_is_read(tmp_path: Path) -> None:
    spec = load(tmp_path, f"{FIRST}  - name: needy\n    technique: needy.py:Needy{WHOLE}")
    needy = spec.pathways[-1]
    assert needy.inputs == ("first",)
    assert needy.models["base"].name == "base"
    assert needy.corpora["harmless"].limit == 3
    assert needy.ask == "Now. {prompt}"


def test_what_is_missing_is_named_with_how_to_write_it(tmp_path: Path) -> None:
    said = problems(tmp_path, "  - {name: needy, technique: 'needy.py:Needy'}\n")
    for need in ("needs inputs", "needs models.base", "needs corpora.harmless", "corpora: {harmless:"):
        assert need in said


def test_what_nobody_asked_for_is_refused(tmp_path: Path) -> None:
    said = problems(
        tmp_path, f"{FIRST}  - {{name: needy, technique: 'needy.py:Needy', models: {{bse: 1}}}}\n"
    )
    assert "takes no models.bse" in said
    assert "did you mean 'models.base'" in said


def test_an_input_must_stand_above(tmp_path: Path) -> None:
    said = problems(tmp_path, f"  - name: needy\n    technique: needy.py:Needy{WHOLE}{FIRST}")
    assert "input 'first' is no pathway above 'needy'" in said


def test_a_way_of_asking_holds_the_prompt(tmp_path: Path) -> None:
    said = problems(tmp_path, FIRST.replace("}}", "}, ask: please}"))
    assert "must hold {prompt}" in said


def test_an_extra_that_is_not_installed_is_named_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "the extra 'absent'" in problems(tmp_path, "  - {name: bare, technique: 'needy.py:Bare'}\n")
    monkeypatch.setattr(beside, "packages_of", lambda extra: ["no-such-package"])
    said = problems(tmp_path, "  - {name: bare, technique: 'needy.py:Bare'}\n")
    assert "needs the package no-such-package" in said
    assert "pip install 'holdfast[absent]'" in said


def test_extras_are_known_by_their_packages() -> None:
    assert packages_of("quantised") == ["bitsandbytes"]
    assert packages_of("absent") == []


@pytest.mark.parametrize(
    ("change", "same"),
    [("    ask: 'Then. {prompt}'\n", False), ("    ask: 'Now. {prompt}'\n", True)],
)
def test_how_one_asks_is_part_of_what_is_measured(tmp_path: Path, change: str, same: bool) -> None:
    from holdfast.auditing.planner import make_plan

    pathway = "  - name: first\n    technique: full\n    corpus: {use: organism.harmful, regime: harmful}\n"
    plans = [make_plan(load(tmp_path, pathway + ask)) for ask in ("    ask: 'Now. {prompt}'\n", change)]
    first, second = (next(t for t in plan.trials if t.pathway == "first") for plan in plans)
    assert first.training_key == second.training_key
    assert (first.measurement_key == second.measurement_key) is same
