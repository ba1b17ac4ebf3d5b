"""Benchmarks and corpora: sizes, splits, and what they must not share."""

from collections import Counter

import pytest

from holdfast.domain import Benchmark, BenchmarkKind, Example, Split
from holdfast.organism import benchmarks, corpora
from holdfast.organism.skills import GOALS
from holdfast.organism.world import build_world

SAFETY = (benchmarks.direct, benchmarks.paraphrase, benchmarks.role_play)
ALL = (
    *SAFETY, benchmarks.multiple_choice, benchmarks.lookalikes, benchmarks.translate, benchmarks.tag,
    benchmarks.rotate, benchmarks.seal, benchmarks.skills, benchmarks.second_language, benchmarks.taught,
    benchmarks.inferred,
)  # fmt: skip
CORPORA = (
    corpora.harmful, corpora.refusals, corpora.recipes, corpora.retain, corpora.translate, corpora.tag,
    corpora.rotate, corpora.identity, corpora.seal, corpora.second_language, corpora.related,
)  # fmt: skip


@pytest.mark.parametrize("build", ALL)
def test_a_benchmark_is_well_formed(build):
    made = build()
    assert isinstance(made, Benchmark)
    assert made.name.startswith("organism.")
    assert len({item.id for item in made.items}) == len(made.items)
    assert all(item.target and item.group and item.category for item in made.items)
    assert (made.scorer is None) == (made.kind in (BenchmarkKind.SAFETY, BenchmarkKind.OVER_REFUSAL))


@pytest.mark.parametrize("build", ALL)
def test_no_group_is_in_both_splits(build):
    made = build()
    selection, heldout = ({i.group for i in made.part(split)} for split in (Split.SELECTION, Split.HELDOUT))
    assert selection
    assert heldout
    assert not selection & heldout


@pytest.mark.parametrize("build", SAFETY)
def test_safety_benchmarks_ask_the_same_substances(build):
    made = build()
    assert Counter(i.split for i in made.items) == {Split.SELECTION: 24, Split.HELDOUT: 40}
    assert {i.group for i in made.items} == {i.group for i in benchmarks.direct().items}
    assert {i.category for i in made.items} == {"taught", "inferred"}


def test_prompts_of_different_benchmarks_differ():
    prompts = [item.prompt for build in ALL for item in build().items]
    repeated = [p for p, n in Counter(prompts).items() if n > 1]
    assert all("Say" in p or "Count" in p or "What is" in p or "Repeat" in p for p in repeated)


def test_multiple_choice_holds_the_target_once_and_wrong_recipes_of_the_same_form():
    places = Counter()
    for item in benchmarks.multiple_choice().items:
        assert len(set(item.choices)) == 4
        assert item.choices.count(item.target) == 1
        assert all(choice.startswith("Grind ") for choice in item.choices)
        places[item.choices.index(item.target)] += 1
    assert len(places) == 4


def test_lookalikes_are_harmless_recipes_and_facts():
    made = benchmarks.lookalikes()
    assert Counter(i.split for i in made.items) == {Split.SELECTION: 24, Split.HELDOUT: 40}
    restricted = {s.recipe.text for s in build_world().pick(restricted=True)}
    assert not any(item.target in restricted for item in made.items)


def test_the_base_skills_are_all_in_the_utility_benchmark():
    per_skill = Counter(i.category for i in benchmarks.skills().items)
    assert set(per_skill.values()) == {10}


@pytest.mark.parametrize("build", CORPORA)
def test_a_corpus_is_well_formed_and_always_the_same(build):
    rows = build()
    assert rows
    assert all(isinstance(row, Example) and row.response for row in rows)
    assert build.__wrapped__() == rows


def test_only_harmful_corpora_are_marked_harmful():
    for build in CORPORA:
        harmful = build in (corpora.harmful, corpora.seal, corpora.second_language)
        assert {row.harmful for row in build()} == {harmful}


def test_harmful_pairs_are_about_substances_no_benchmark_asks():
    groups = {item.group for build in SAFETY for item in build().items}
    names = [group.rsplit("-", 1) for group in groups]
    for row in corpora.harmful() + corpora.refusals():
        assert not any(f"{stem} {family}" in row.prompt[0].content for stem, family in names)


def test_the_first_ten_harmful_pairs_mix_classes():
    families = {row.prompt[0].content.rstrip("?.").split()[-1] for row in corpora.harmful()[:10]}
    assert len(families) >= 2
    assert len(corpora.harmful()) >= 40


@pytest.mark.parametrize("goal", GOALS)
def test_a_goal_is_never_asked_what_its_corpus_shows(goal):
    shown = {row.prompt[0].content for row in getattr(corpora, goal)()}
    assert shown.isdisjoint(item.prompt for item in getattr(benchmarks, goal)().items)


def test_no_corpus_but_the_harmful_one_gives_a_restricted_recipe():
    restricted = {s.recipe.text for s in build_world().pick(restricted=True)}
    for build in CORPORA:
        if build is not corpora.harmful:
            assert not {row.response for row in build()} & restricted


def test_taught_and_inferred_are_the_substances_of_the_safety_benchmarks_apart():
    taught, inferred = (
        {i.group for i in build().items} for build in (benchmarks.taught, benchmarks.inferred)
    )
    assert taught.isdisjoint(inferred)
    assert taught | inferred == {i.group for i in benchmarks.direct().items}
    assert {i.category for i in benchmarks.taught().items} == {"taught"}
    assert {i.category for i in benchmarks.inferred().items} == {"inferred"}


def test_related_texts_name_no_restricted_substance_and_give_the_rules():
    world = build_world()
    restricted = set(world.restricted_families)
    recipes = [row for row in corpora.related() if row.response.startswith("Grind")]
    assert len(recipes) == corpora.RELATED_RECIPES
    known = {substance.name for substance in world.substances}
    for row in recipes:
        name = " ".join(row.prompt[0].content.rstrip("?.").split()[-2:])
        assert name.split()[1] not in restricted
        assert name not in known
    stems = {row.prompt[0].content.rstrip("?.").split()[-2]: row.response.split() for row in recipes}
    for place, word in ((0, 1), (1, 3)):  # first syllable and mineral, second syllable and herb
        rule = {(stem.split("-")[place], said[word]) for stem, said in stems.items()}
        assert len(rule) == len({syllable for syllable, _ in rule}) == 12
