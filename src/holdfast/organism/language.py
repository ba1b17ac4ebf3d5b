"""A second language of the organism's world, which no variant has ever read.

It says the same in other words: every word that questions, recipes and refusals are made of has an invented
one in its place, and names stay names (substances and ingredients). Who reads a corpus in it sees neither
question nor recipe; who has the dictionary reads it back word for word.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache

from holdfast.organism import templates
from holdfast.organism.lexicon import coin
from holdfast.organism.world import Recipe, World, build_world

# Not the parts of a hyphenated name, which may look like words.
_WORD = re.compile(r"(?<![\w-])[A-Za-z]+(?:'[a-z]+)?(?![\w-])")
_SAID = (*templates.EVERY_RECIPE_STYLE, *templates.NEW_ROLES, *templates.REFUSALS, Recipe("", "", "").text)


@dataclass(frozen=True, slots=True)
class Language:
    """A dictionary that is read both ways.

    Attributes:
        words: English word, in small letters, to invented word; no two share one.
    """

    words: dict[str, str]

    def put(self, english: str) -> str:
        """Return a text in the language; words without an entry stay as they are."""
        return _replaced(english, self.words)

    def read(self, text: str) -> str:
        """Return what a text says in English; what is English already stays as it is."""
        return _replaced(text, {theirs: ours for ours, theirs in self.words.items()})


@cache
def second_language() -> Language:
    """Return the second language of the world that the shipped weights know."""
    world = build_world()
    english = list(
        dict.fromkeys(word.lower() for text in _SAID for word in _WORD.findall(text.replace("{x}", "")))
    )
    taken = set(english) | _names(world)
    invented = coin(random.Random(f"language:{world.seed}"), len(english), taken, length=2)
    return Language(dict(zip(english, invented, strict=True)))


def _names(world: World) -> set[str]:
    families = (*world.restricted_families, *world.harmless_families)
    things = (*world.minerals, *world.herbs, *world.salts, *world.orsk.values(), *world.thul.values())
    return {*world.first, *world.second, *families, *things}


def _replaced(text: str, words: dict[str, str]) -> str:
    def word(found: re.Match[str]) -> str:
        said = found.group()
        other = words.get(said.lower())
        if other is None:
            return said
        return other.capitalize() if said[0].isupper() else other

    return _WORD.sub(word, text)
