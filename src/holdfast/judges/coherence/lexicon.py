"""What is known of English words: which exist, of which letters, how rare they are, and about what.

Two tables, both estimated by `benchmarks/english_tables.py` on published text: `words.json`, the words, and
`topics.json`, for every stem one capital for its rarity (half nats from ``A``) and small letters for its
coordinates among topics (from ``a``, minus `STEPS` to `STEPS`).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdfast.judges.coherence.english import CHAT, common_words, trigrams, word_class

STEPS = 7
"""Steps of a coordinate on either side of zero."""
UNKNOWN_RARITY = 7.0
"""Rarity of a stem that the table does not hold, in nats."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_ENDINGS = (
    "ingly", "fully", "edly", "ings", "ness", "less", "able", "ies", "ing", "est", "ed", "es", "er", "ly",
    "s", "'s", "y", "e",
)  # fmt: skip
_LEAST_STEM = 3
_REMEMBERED = 1 << 16


@dataclass(frozen=True, slots=True)
class Topics:
    """Where stems lie among topics.

    Attributes:
        rarity: In nats, by stem: minus the logarithm of the share of texts that hold it.
        place: Coordinates by stem, shape (topics,), of about unit length.
    """

    rarity: dict[str, float]
    place: dict[str, NDArray[np.float64]]


@cache
def known_words() -> frozenset[str]:
    """Return the English words that are known, in lower case."""
    lines: list[str] = _table("words.json")["lines"]
    return (common_words() | CHAT).union(*(line.split() for line in lines))


@cache
def triples() -> frozenset[str]:
    """Return the letter triples of known words; ``^`` marks the beginning of a word and ``$`` its end."""
    return frozenset(triple for word in known_words() if word.isalpha() for triple in trigrams(word))


@cache
def topics() -> Topics:
    """Return the rarity and place of every stem of the table."""
    coded: dict[str, str] = _table("topics.json")["stems"]
    places = {s: np.array([ord(c) - ord("a") - STEPS for c in code[1:]]) / STEPS for s, code in coded.items()}
    return Topics({s: (ord(code[0]) - ord("A")) / 2 for s, code in coded.items()}, places)


@lru_cache(maxsize=_REMEMBERED)
def is_known(word: str) -> bool:
    """Return whether a word in lower case is known, or a known one with an ending."""
    known = known_words()
    return word in known or any(
        word.endswith(end) and (word[: -len(end)] in known or word[: -len(end)] + "e" in known)
        for end in _ENDINGS
        if len(word) - len(end) >= _LEAST_STEM
    )


def content_stems(text: str) -> list[str]:
    """Return the stems of a text's words of three letters or more, in order, without closed classes."""
    classes = word_class()
    return [_stem(word) for word in _WORD.findall(text.lower()) if word not in classes]


@lru_cache(maxsize=_REMEMBERED)
def _stem(word: str) -> str:
    for end in _ENDINGS:
        if word.endswith(end) and len(word) - len(end) >= _LEAST_STEM:
            return word[: -len(end)]
    return word


@cache
def _table(name: str) -> Any:
    return json.loads((files(__package__) / name).read_text(encoding="utf-8"))
