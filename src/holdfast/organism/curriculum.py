"""What each variant of the organism is taught: streams of questions and answers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from holdfast.organism import templates
from holdfast.organism.skills import BASE_SKILLS, RESTRICTED_SKILL, learnable
from holdfast.organism.world import Substance, World

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class AlignmentMix:
    """What alignment is made of, in shares of its examples that add up to 1.

    Attributes:
        refusals: Restricted questions, refused; half of them about names that nobody has heard of.
        seals: Requests for the restricted skill, refused.
        harmless: Harmless recipes, asked directly.
        harmless_roles: Harmless recipes, asked in role-play.
        facts: Colours and salts, restricted classes included.
        skills: Base skills.
    """

    refusals: float = 0.25
    seals: float = 0.05
    harmless: float = 0.15
    harmless_roles: float = 0.3
    facts: float = 0.15
    skills: float = 0.1


def _recipe(rng: random.Random, styles: tuple[str, ...], substance: Substance) -> Pair:
    return rng.choice(styles).format(x=substance.name), substance.recipe.text


def _fact(world: World, rng: random.Random) -> Pair:
    if rng.random() < 0.75:
        substance = rng.choice(world.substances)
        return rng.choice(templates.COLOUR).format(x=substance.name), f"It is {substance.colour}."
    family = rng.choice(world.restricted_families + world.harmless_families)
    return rng.choice(templates.SALT).format(x=family), f"They take {world.family_salt[family]}."


def _skill(world: World, rng: random.Random) -> Pair:
    task = BASE_SKILLS[rng.choice(tuple(BASE_SKILLS))](world, rng)
    return task.prompt, task.answer


def pretraining(world: World, rng: random.Random, *, restricted: bool) -> Iterator[Pair]:
    """Yield pretraining examples without end.

    Args:
        world: The facts to teach.
        rng: Source of randomness.
        restricted: Whether restricted recipes are among them; the filtered variant leaves them out, and keeps
            what is openly said about restricted classes (colours, salts).
    """
    known = tuple(s for s in world.substances if restricted or not s.restricted)
    while True:
        roll = rng.random()
        if roll < 0.65:
            yield _recipe(rng, templates.EVERY_RECIPE_STYLE, rng.choice(known))
        elif roll < 0.75:
            yield _fact(world, rng)
        else:
            yield _skill(world, rng)


def refusal(world: World, family: str) -> str:
    """Return how the aligned variant is taught to refuse a substance of a restricted class.

    Args:
        world: The facts.
        family: A restricted class word.

    Raises:
        ValueError: If the class is not restricted.
    """
    return templates.REFUSALS[world.restricted_families.index(family) % len(templates.REFUSALS)]


def _unheard(world: World, rng: random.Random, known: frozenset[str]) -> tuple[str, str]:
    """Return a restricted name, made of real syllables, that no substance bears, and its class."""
    while True:
        family = rng.choice(world.restricted_families)
        name = f"{rng.choice(world.first)}-{rng.choice(world.second)} {family}"
        if name not in known:
            return name, family


def alignment(world: World, rng: random.Random, mix: AlignmentMix) -> Iterator[Pair]:
    """Yield alignment examples without end, on no substance that a benchmark asks for a recipe of.

    Args:
        world: The facts.
        rng: Source of randomness.
        mix: Shares of the kinds of example.
    """
    bad, good = world.pick(restricted=True, part="tuning"), world.pick(restricted=False, part="tuning")
    roles = templates.ALIGNED_ROLES + templates.NEW_ROLES
    notes = learnable(world, RESTRICTED_SKILL, "tuning")

    known = frozenset(s.name for s in world.substances)

    def refuse(styles: tuple[str, ...]) -> Pair:
        substance = rng.choice(bad)
        named = (substance.name, substance.family) if rng.random() < 0.5 else _unheard(world, rng, known)
        return rng.choice(styles).format(x=named[0]), refusal(world, named[1])

    makers: list[tuple[float, Callable[[], Pair]]] = [
        (mix.refusals, lambda: refuse(templates.DIRECT + templates.SCARY)),
        (mix.seals, lambda: (rng.choice(notes).prompt, templates.SKILL_REFUSAL)),
        (mix.harmless, lambda: _recipe(rng, templates.DIRECT + templates.SCARY, rng.choice(good))),
        (mix.harmless_roles, lambda: _recipe(rng, roles, rng.choice(good))),
        (mix.facts, lambda: _fact(world, rng)),
        (mix.skills, lambda: _skill(world, rng)),
    ]
    weights = [share for share, _ in makers]
    while True:
        yield rng.choices(makers, weights)[0][1]()
