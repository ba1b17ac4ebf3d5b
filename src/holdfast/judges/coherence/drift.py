"""Text that starts well and dissolves: the worst stretch of an answer, however sound the rest is."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from holdfast.judges.coherence.english import word_class
from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.coherence.language import calls_for_language, calls_for_list, is_foreign
from holdfast.judges.coherence.lexicon import is_known
from holdfast.judges.coherence.prose import prose
from holdfast.judges.coherence.syntax_table import FOLLOWS

_LINE_END = re.compile(r"(?<=\w)\s*\n")
_PIECE = re.compile(r"\S+")
_WORD = re.compile(r"^[^\w\s]*([^\W\d_]+(?:['-][^\W\d_]+)*)[^\w\s]*$")
_TORN = re.compile(
    r"[A-Za-z][#%^~@$\\{}<>|+=`\u00a0-\u00bf\ufffd]+[A-Za-z]|[a-z]{2}\d+[a-z]{2}|[a-z]{2}[A-Z][a-z]*[A-Z]"
)
# Length of a stretch, and share of bad pieces in it that sound prose does not reach.
_STRETCHES = ((10, 0.6), (14, 0.5), (28, 0.36))
_LEAST_PIECES = 10
# Where nothing has a capital, names look like words that nobody knows.
_LOWER_CASE = 0.8
_RARE_PAIR = -1.5


def dissolved(sample: Sample) -> float:
    """Return how bad the worst stretch of an answer is, as a multiple of what sound prose does not reach.

    A piece is bad if it is a word in lower case that nobody knows and no item of a list, letters mixed with
    digits or symbols, or a joining word that hardly ever follows the one before.

    Args:
        sample: The answer.

    Returns:
        0 or more; 0 for fewer than ten pieces of prose, in another language, and where the prompt asks
        for words or a list.
    """
    text = _LINE_END.sub(", ", prose(sample.text))
    pieces = _PIECE.findall(text)
    if len(pieces) < _LEAST_PIECES or is_foreign(text):
        return 0.0
    if calls_for_language(sample.prompt) or calls_for_list(sample.prompt):
        return 0.0
    bad = np.zeros(len(pieces))
    before = "stop"
    for place, piece in enumerate(pieces):
        match = _WORD.match(piece)
        word = match.group(1) if match else ""
        kind = word_class().get(word.lower(), "open") if word else "number"
        bad[place] = _is_bad(piece, word, before, kind)
        before = "stop" if piece[-1] in '.!?:;"' else "," if piece[-1] == "," else kind
    weight = 1.0 if any(map(str.isupper, text)) else _LOWER_CASE
    return weight * max(_worst(bad, length) / share for length, share in _STRETCHES if len(bad) >= length)


def _worst(bad: NDArray[np.float64], length: int) -> float:
    """Return the largest share of bad pieces in a stretch of some length."""
    return float(np.convolve(bad, np.ones(length) / length, mode="valid").max())


def _is_bad(piece: str, word: str, before: str, kind: str) -> bool:
    if not word:
        return _TORN.search(piece) is not None
    if len(word) == 1:
        return False
    if kind != "open":
        return FOLLOWS[before][kind] < _RARE_PAIR
    if not (word.islower() and word.isascii()) or piece[-1] in ",;":
        return False
    return not all(map(is_known, word.replace("'s", "").split("-")))
