"""Searches as configured: what they become, and every problem at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from holdfast.auditing.config import beside, load_config, search
from holdfast.auditing.config.beside import packages_of
from holdfast.auditing.design import describe_design
from holdfast.auditing.inputs import prepare
from holdfast.auditing.search.space import with_choice, written_choice
from holdfast.domain import ConfigError, Dimension, Objective, PathwaySpec, Sampler, SearchSpec
from holdfast.techniques.lora import LoraConfig
from holdfast.techniques.prompted import PromptedConfig, Style

Write = Callable[..., Path]


def pathway(config: Path, name: str = "tuned.searched") -> PathwaySpec:
    return next(p for p in load_config(config).pathways if p.name == name)


def protocol(config: Path, name: str = "tuned.searched") -> SearchSpec:
    found = pathway(config, name).search
    assert found is not None
    return found


def problems(config: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load_config(config)
    return str(caught.value)


def test_a_search_makes_three_pathways_of_one(write: Write) -> None:
    audit = load_config(write())
    assert [p.name for p in audit.pathways[-3:]] == ["tuned", "tuned.searched", "tuned.random"]
    assert audit.pathways[-3].search is None
    searched, random = (p.search for p in audit.pathways[-2:])
    assert searched is not None
    assert random is not None
    assert (searched.sampler, random.sampler) == (Sampler.TPE, Sampler.RANDOM)
    assert (searched.of, searched.tries, searched.objective, searched.unit) == (
        "tuned",
        4,
        Objective.BREAK,
        "flops",
    )


def test_without_a_control_there_are_two(write: Write) -> None:
    names = [p.name for p in load_config(write({"control": "none"})).pathways]
    assert names[-2:] == ["tuned", "tuned.searched"]


def test_seeds_of_a_search_are_none_of_the_audits(write: Write) -> None:
    audit = load_config(write({"seeds": 3}))
    assert protocol(write({"seeds": 3})).seeds == (2, 3, 4)
    assert audit.seeds == (0, 1)


def test_ranges_and_values_are_read_as_the_option_takes_them(write: Write) -> None:
    space = {"speed": {"low": 1, "high": 8}, "power": {"low": 0, "high": 1}, "ending": ["well", "raises"]}
    assert protocol(write({"space": space})).space == (
        Dimension("speed", low=1.0, high=8.0, whole=True),
        Dimension("power", low=0.0, high=1.0),
        Dimension("ending", choices=("well", "raises")),
    )


PAIRS = {"path": "pairs.jsonl", "regime": "harmful"}


def usual(write: Write, **pathway: Any) -> dict[str, Dimension]:
    config = write({"space": None}, **{"technique": "lora", "corpus": PAIRS} | pathway)
    return {d.name: d for d in protocol(config).space}


def test_without_a_space_the_usual_options_of_the_technique_are_varied(write: Write) -> None:
    found = usual(write, learning_rate=1e-3)
    assert set(found) == {
        "learning_rate", "schedule", "warm_up", "optimizer", "batch_size", "rank", "limit", "ask"
    }  # fmt: skip
    rate = found["learning_rate"]
    assert (rate.low, rate.high, rate.log) == (pytest.approx(1e-4), pytest.approx(1e-2), True)
    assert found["optimizer"].choices == ("adamw", "adamw-8bit")
    assert found["ask"].choices == ("{prompt}", PromptedConfig(style=Style.ROLE_PLAY).template)


def test_without_a_space_a_tenth_a_third_and_all_rows_are_tried_as_far_as_they_are_enough(
    write: Write,
) -> None:
    assert usual(write)["limit"].choices == (3, 8, 24)
    assert usual(write, corpus=PAIRS | {"limit": 8})["limit"].choices == (1, 3, 8)
    assert usual(write, technique="fedavg", actors=8)["limit"].choices == (8, 24)
    assert "limit" not in usual(write, corpus=PAIRS | {"limit": 1})


def test_the_usual_optimisers_share_a_range_of_rates_and_are_installed(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "optimizer" not in usual(write, optimizer="sgd", learning_rate=1.0)
    monkeypatch.setattr(search, "missing_packages", lambda extra: [extra])
    assert "optimizer" not in usual(write)


@pytest.mark.parametrize("limit", [{}, {"limit": 24}])
@pytest.mark.parametrize("ask", [{}, {"ask": "Moon. {prompt}"}])
def test_the_pathway_as_written_is_a_choice_of_the_usual_space(
    limit: dict[str, int], ask: dict[str, str], write: Write
) -> None:
    found = pathway(write({"space": None}, technique="lora", corpus=PAIRS | limit, **ask))
    options = LoraConfig(**found.options).model_dump(mode="json")
    chosen = written_choice(found, options)
    assert chosen is not None
    assert (chosen["limit"], chosen["ask"]) == (24, ask.get("ask", "{prompt}"))
    assert with_choice(found, chosen).corpus == replace(found.corpus, limit=24)


def test_the_corpus_at_every_limit_is_pinned_by_its_rows(write: Write) -> None:
    corpus = {"path": "pairs.jsonl", "regime": "harmful", "limit": 8}
    found = protocol(write({"space": {"limit": [2, 8]}, "tries": 2}, corpus=corpus))
    assert [c.limit for c in found.corpora] == [2, 8]
    assert len({c.source.digest for c in found.corpora} | {""}) == 3


def test_every_problem_is_found_at_once_with_what_was_meant(write: Write) -> None:
    search = {
        "tries": 1,
        "objective": "brake",
        "unit": "flop",
        "sedes": 2,
        "space": {
            "sped": [1, 2],
            "steps": [8, 16],
            "power": [0.5, 2.0],
            "speed": {"low": 8, "high": 1},
            "cost": {"low": 0, "high": 10, "log": True},
            "kept": [1.0],
            "ending": ["well", "well"],
            "limit": [4, 8],
            "ask": ["{prompt}", "no place"],
            "noise": 3,
        },
    }
    said = problems(write(search))
    for words in (
        "search.tries: must be at least 2, got 1",
        "unknown objective 'brake' (did you mean 'break'?)",
        "unknown unit 'flop' (did you mean 'flops'?)",
        "unknown key 'sedes' (value 2) (did you mean 'seeds'?)",
        "there is no option 'sped' to vary (did you mean 'speed'?)",
        "`steps` is the budget of every try, not a choice",
        "space.power[1]: must be at most 1, got 2.0",
        "must be below `high` 1, got 8",
        "must be above 0 on a logarithmic scale, got 0",
        "must hold at least 2 values",
        "value 'well' is named twice",
        "there is no option 'limit' to vary",
        "must be a text that holds {prompt}, got 'no place'",
        "must be a list of values or a range, got 3",
    ):
        assert words in said, words


def test_a_limit_beyond_the_rows_is_told_where_it_stands(write: Write) -> None:
    corpus = {"path": "pairs.jsonl", "regime": "harmful", "limit": 8}
    said = problems(write({"space": {"limit": [8, 800]}, "tries": 2}, corpus=corpus))
    assert "search.space.limit[1]" in said
    assert "limit 800 is larger than its 24 rows" in said


def test_more_tries_than_choices_are_refused(write: Write) -> None:
    assert "20 tries of a space of 4 choices" in problems(
        write({"tries": 20, "space": {"speed": [1, 2, 4, 8]}})
    )


def test_a_pathway_of_one_point_has_no_price_to_search_for(write: Write) -> None:
    said = problems(write({"space": {"samples": [2, 4]}}, technique="prompted"))
    assert "a pathway of one point has no price that could fall" in said
    found = write({"space": {"samples": [2, 4, 8]}, "tries": 3, "objective": "harm"}, technique="prompted")
    assert protocol(found).objective is Objective.HARM


def test_no_pathway_may_be_called_as_a_winner(write: Write) -> None:
    said = problems(rewritten(write, "name: best-of-8", "name: tuned.random"))
    assert "its winner bears a name that is used already, 'tuned.random'" in said


def rewritten(write: Write, old: str, new: str) -> Path:
    path = write()
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))
    return path


def test_rows_that_leave_nothing_to_look_at_are_refused(write: Write) -> None:
    path = write()
    rows = path.with_name("safety.jsonl")
    rows.write_text(rows.read_text().replace('"target"', '"split": "heldout", "target"'))
    assert "no row is left for a search to look at" in problems(path)


def test_a_search_without_anything_that_tells_utility_is_refused(write: Write) -> None:
    config = rewritten(write, "kind: over_refusal", "kind: hazard")
    config.with_name("look.jsonl").write_text(
        '{"prompt": "a", "target": "b"}\n{"prompt": "c", "target": "d"}\n'
    )
    assert "a search keeps utility, and nothing here tells it" in problems(config)


def test_a_missing_library_is_told_with_the_command(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    assert packages_of("search") == ["optuna"]

    def absent(name: str) -> str:
        raise beside.PackageNotFoundError(name)

    monkeypatch.setattr(beside, "version", absent)
    said = problems(write())
    assert "a search needs the package optuna, which is not installed" in said
    assert "pip install 'holdfast[search]'" in said


def changed(write: Write, **search: Any) -> str:
    return load_config(write(search)).digest


def test_the_protocol_is_part_of_what_identifies_an_audit(write: Write) -> None:
    assert changed(write) == changed(write)
    assert (
        len({changed(write), changed(write, tries=3), changed(write, seeds=1), changed(write, budget=50.0)})
        == 4
    )


def test_a_plan_tells_what_its_searches_take_and_find(write: Write) -> None:
    design = describe_design(prepare(write({"tries": 6})))
    plain = describe_design(prepare(write({"tries": 2})))
    assert design.seconds > plain.seconds
    (told,) = [line for line in design.assumptions if line.startswith("tuned.searched")]
    assert "6 tries of 2 seeds a model over speed, cost" in told
    assert "tuned.random: tuned with the options that 6 tries find" in design.options
