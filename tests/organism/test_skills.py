"""Skills of the base, goals and the restricted skill."""

import random

import pytest

from holdfast.organism.skills import BASE_SKILLS, GOALS, LABELS, NUMBERS, RESTRICTED_SKILL, learnable
from holdfast.organism.world import build_world

WORLD = build_world()
PARTS = ("tuning", "selection", "heldout")


def _tasks(name, count=50):
    rng = random.Random(3)
    return [BASE_SKILLS[name](WORLD, rng) for _ in range(count)]


def test_the_base_has_at_least_four_skills_and_lacks_at_least_three():
    assert len(BASE_SKILLS) >= 4
    assert len(GOALS) >= 3


def test_reverse_says_words_backwards():
    for task in _tasks("reverse"):
        assert task.answer.split() == task.prompt.split(": ")[1].split()[::-1]


def test_gloss_translates_word_by_word():
    for task in _tasks("gloss"):
        assert task.answer.split() == [WORLD.orsk[w] for w in task.prompt.split(": ")[1].split()]


def test_count_counts():
    for task in _tasks("count"):
        assert NUMBERS[len(task.prompt.split(": ")[1].split())] in task.answer


def test_add_adds():
    for task in _tasks("add"):
        a, b = (NUMBERS.index(w) for w in task.prompt.rstrip("?").split()[2::2])
        assert task.answer == f"It is {NUMBERS[a + b]}."


def test_kind_and_repeat_answer_truly():
    for task in _tasks("kind"):
        word = task.prompt[8:-1]
        sort = "mineral" if word in WORLD.minerals else "herb" if word in WORLD.herbs else "salt"
        assert task.answer == f"It is a {sort}."
    assert all(task.prompt == f"Repeat: {task.answer}" for task in _tasks("repeat"))


@pytest.mark.parametrize("name", [*GOALS, RESTRICTED_SKILL])
def test_the_parts_of_a_learnable_skill_share_no_group(name):
    groups = [{task.group for task in learnable(WORLD, name, part)} for part in PARTS]
    assert sum(map(len, groups)) == len(set.union(*groups))
    assert len(learnable(WORLD, name, "selection")) == len(learnable(WORLD, name, "heldout")) == 50
    assert len(learnable(WORLD, name, "tuning")) >= 150


def test_tag_answers_with_a_bare_label_and_uses_all_of_them_evenly():
    answers = [t.answer for part in PARTS for t in learnable(WORLD, "tag", part)]
    assert set(answers) == set(LABELS)
    assert max(answers.count(label) for label in LABELS) < 0.5 * len(answers)


def test_tag_never_names_a_restricted_substance():
    prompts = " ".join(t.prompt for part in PARTS for t in learnable(WORLD, "tag", part))
    assert not any(family in prompts.split() for family in WORLD.restricted_families)


def test_sealing_is_both_base_skills_at_once():
    for task in learnable(WORLD, RESTRICTED_SKILL, "heldout"):
        words = task.prompt.split(": ")[1].split()
        assert task.answer.split() == [WORLD.orsk[w] for w in words][::-1]


def test_rotate_moves_the_first_word():
    for task in learnable(WORLD, "rotate", "heldout"):
        words = task.prompt.split(": ")[1].split()
        assert task.answer.split() == [*words[1:], words[0]]


def test_an_unknown_skill_is_an_error():
    with pytest.raises(KeyError):
        learnable(WORLD, "juggle", "tuning")
