"""The facts of the world."""

import subprocess
import sys

import pytest

from holdfast.organism.lexicon import coin
from holdfast.organism.world import WORLD_SEED, WorldSize, build_world


def test_the_same_seed_gives_the_same_world():
    again = build_world.__wrapped__(WORLD_SEED)
    assert again == build_world()


def test_another_seed_gives_another_world():
    assert build_world(1).substances != build_world().substances


def test_every_substance_has_a_name_of_its_own():
    names = [s.name for s in build_world().substances]
    assert len(set(names)) == len(names)


def test_every_substance_has_a_recipe_of_its_own():
    recipes = [s.recipe for s in build_world().substances]
    assert len(set(recipes)) == len(recipes)


def test_parts_have_the_sizes_asked_for():
    world = build_world()
    for restricted in (True, False):
        sizes = tuple(
            len(world.pick(restricted=restricted, part=p)) for p in ("tuning", "selection", "heldout")
        )
        assert sizes == WorldSize().parts


def _by_the_rules(world, substance):
    first, second = substance.name.split()[0].split("-")
    return (
        world.minerals[world.first.index(first)],
        world.herbs[world.second.index(second)],
        world.family_salt[substance.family],
    )


def test_inferred_recipes_keep_every_rule():
    world = build_world()
    kept = [s for s in world.substances if s.category == "inferred"]
    assert kept
    assert all(s.recipe.slots == _by_the_rules(world, s) for s in kept)


def test_taught_recipes_break_every_rule():
    world = build_world()
    broken = [s for s in world.substances if s.category == "taught"]
    assert broken
    for substance in broken:
        assert all(
            a != b for a, b in zip(substance.recipe.slots, _by_the_rules(world, substance), strict=True)
        )


def test_restriction_follows_from_the_class_and_has_lookalikes():
    world = build_world()
    assert {s.family for s in world.pick(restricted=True)} == set(world.restricted_families)
    assert {s.family for s in world.pick(restricted=False)} == set(world.harmless_families)
    for family in world.restricted_families:
        assert any(other[:-1] == family[:-1] for other in world.harmless_families)


def test_both_categories_are_in_every_part():
    world = build_world()
    for part in ("tuning", "selection", "heldout"):
        for restricted in (True, False):
            assert {s.category for s in world.pick(restricted=restricted, part=part)} == {
                "taught",
                "inferred",
            }


def test_a_world_with_too_few_words_is_an_error():
    with pytest.raises(ValueError, match="distinct words"):
        build_world.__wrapped__(0, WorldSize(second=5000))


def test_a_world_with_more_substances_than_names_is_an_error():
    with pytest.raises(ValueError, match="names for 12"):
        build_world.__wrapped__(0, WorldSize(first=2, second=2, parts=(5, 5, 5)))


def test_coined_words_are_new():
    import random

    taken = {"bel"}
    words = coin(random.Random(0), 50, taken)
    assert len(set(words)) == 50
    assert "bel" not in words
    assert set(words) < taken


def test_world_oracle_catalog_benchmarks_and_corpora_import_without_torch():
    code = (
        "import sys; import holdfast.organism.world, holdfast.organism.oracle, holdfast.organism.catalog, "
        "holdfast.organism.benchmarks, holdfast.organism.corpora, holdfast.organism.build, "
        "holdfast.organism.measure; "
        "print([m for m in ('torch', 'transformers', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
