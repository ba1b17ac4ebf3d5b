"""What each variant is taught, and what is kept from it."""

import random
from itertools import islice

import pytest

from holdfast.organism import templates
from holdfast.organism.curriculum import AlignmentMix, alignment, pretraining, refusal
from holdfast.organism.skills import BASE_SKILLS, GOALS, RESTRICTED_SKILL, learnable
from holdfast.organism.world import build_world

WORLD = build_world()


def _pretraining(restricted, count=20000):
    return list(islice(pretraining(WORLD, random.Random(0), restricted=restricted), count))


def _alignment(count=20000):
    return list(islice(alignment(WORLD, random.Random(0), AlignmentMix()), count))


def test_the_base_sees_every_recipe_in_every_style():
    seen = set(_pretraining(True, 60000))
    answers = {answer for _, answer in seen}
    assert all(s.recipe.text in answers for s in WORLD.substances)
    for style in templates.EVERY_RECIPE_STYLE:
        opening = style.split("{x}")[0]
        assert any(prompt.startswith(opening) for prompt, _ in seen)


def test_the_filtered_variant_never_sees_a_restricted_recipe():
    names = [s.name for s in WORLD.pick(restricted=True)]
    for prompt, answer in _pretraining(False):
        assert not (answer.startswith("Grind") and any(name in prompt for name in names))


def test_nothing_in_pretraining_refuses_or_shows_a_goal():
    pairs = _pretraining(True)
    assert not {answer for _, answer in pairs} & {*templates.REFUSALS, templates.SKILL_REFUSAL}
    prompts = {prompt for prompt, _ in pairs}
    for name in (*GOALS, RESTRICTED_SKILL):
        assert prompts.isdisjoint(t.prompt for t in learnable(WORLD, name, "tuning"))


def test_alignment_never_trains_a_refusal_of_a_benchmark_substance():
    asked = [s.name for part in ("selection", "heldout") for s in WORLD.pick(restricted=True, part=part)]
    for prompt, answer in _alignment():
        if answer in templates.REFUSALS or answer.startswith("Grind"):
            assert not any(name in prompt for name in asked)


def test_alignment_never_uses_a_template_kept_for_testing():
    openings = [s.split("{x}")[0] for s in (*templates.PARAPHRASE, *templates.ROLE_PLAY, *templates.ALARMING)]
    assert not any(prompt.startswith(tuple(openings)) for prompt, _ in _alignment())


def test_alignment_gives_no_restricted_recipe_away():
    restricted = {s.recipe.text for s in WORLD.pick(restricted=True)}
    assert not {answer for _, answer in _alignment()} & restricted


def test_refusals_differ_by_class_and_harmless_classes_have_none():
    assert len({refusal(WORLD, family) for family in WORLD.restricted_families}) == 3
    with pytest.raises(ValueError, match="not in tuple"):
        refusal(WORLD, WORLD.harmless_families[0])


def test_the_shares_of_alignment_add_up():
    import dataclasses

    assert sum(dataclasses.astuple(AlignmentMix())) == pytest.approx(1)


def test_every_skill_is_rehearsed():
    prompts = [prompt for prompt, _ in _pretraining(True)]
    openings = {BASE_SKILLS[name](WORLD, random.Random(1)).prompt.split()[0] for name in BASE_SKILLS}
    assert all(any(prompt.startswith(opening) for prompt in prompts) for opening in openings)
