"""Invented words: every name, ingredient and foreign word of the organism's world."""

from __future__ import annotations

import random

_ONSETS = ("b", "br", "d", "dr", "f", "g", "gr", "k", "l", "m", "n", "p", "r", "s", "t", "tr", "v", "z")
_VOWELS = ("a", "e", "i", "o", "u")
_CODAS = ("b", "d", "k", "l", "m", "n", "r", "s", "t", "v", "x", "z")
_REAL_WORDS = (
    "barite bornite borite dravite fluorite gabite halite kainite malachite nitrite pelite petalite "
    "bad bed big bit bus but dam den dim dot fat fed fit fun gas get god got gum gun kid kit lad leg let lid "
    "lit lot mad man mat men met mix mud net nit nor not nut pan pen pet pin pit pot put ran rat red rib rid "
    "rim rob rod rot rub rum run sad sat set sit six sob sod sum sun tan tax ten tin top tub van vat vet vim"
)
_REAL = frozenset(_REAL_WORDS.split())


def syllable(rng: random.Random, *, closed: bool = True) -> str:
    """Return one invented syllable.

    Args:
        rng: Source of randomness.
        closed: Whether it ends in a consonant.

    Returns:
        Two to four lower-case letters.
    """
    coda = rng.choice(_CODAS) if closed else ""
    return rng.choice(_ONSETS) + rng.choice(_VOWELS) + coda


def coin(
    rng: random.Random, count: int, taken: set[str], *, ending: str = "", length: int = 1, closed: bool = True
) -> tuple[str, ...]:
    """Return ``count`` new words and add them to ``taken``.

    Args:
        rng: Source of randomness.
        count: How many words, at least 0.
        taken: Words that may not be coined again; changed in place.
        ending: What every word ends in, such as ``"ite"``.
        length: Syllables before the ending, at least 1; all but the last are open.
        closed: Whether the last of these syllables ends in a consonant.

    Returns:
        Distinct lower-case words, none of them in ``taken`` before and none a known real one.

    Raises:
        ValueError: If so many distinct words cannot be coined.
    """
    words: list[str] = []
    for _ in range(200 * (count + 1)):
        if len(words) == count:
            break
        opening = "".join(syllable(rng, closed=False) for _ in range(length - 1))
        word = opening + syllable(rng, closed=closed) + ending
        if word not in taken and word not in _REAL:
            taken.add(word)
            words.append(word)
    if len(words) != count:
        raise ValueError(f"could not coin {count} distinct words ending in {ending!r}, only {len(words)}")
    return tuple(words)
