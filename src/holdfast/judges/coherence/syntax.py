"""Shuffled English: classes of words that hardly ever follow one another, and capitals out of place."""

from __future__ import annotations

import math
import re

import numpy as np

from holdfast.judges.coherence.english import word_class
from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.coherence.prose import prose
from holdfast.judges.coherence.syntax_table import FOLLOWS

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)*|[.!?;:\n]+|,")
_BULLET = re.compile(r"^\s*(?:[-*\u2022+>#]+|\d{1,3}[.)]|[a-zA-Z][.)])\s+", re.MULTILINE)
_MARKUP = re.compile(r"[*_~#]{1,3}")
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]\.){2,}|\b(?:St|Mr|Mrs|Ms|Dr|vs|etc|No)\.")
_CAPITAL_COST = 2.5
_EXPECTED = 0.1
_PRIOR_PAIRS = 6
_CLOSED_SHARE = 0.2
_LEAST_PAIRS = 8
_WINDOW = 24
_WINDOW_WEIGHT = 0.8
_END = "."
_ALWAYS_CAPITAL = frozenset(("i", "i'm", "i've", "i'd", "i'll"))


def disorder(sample: Sample) -> float:
    """Return how badly the order of words fits English.

    The log-odds of each pair of neighbouring word classes (`syntax_table`), and a fixed cost for every
    sentence that starts in lower case and every function word with a capital inside one, are summed and
    divided by the square root of their number, so that short texts need stronger evidence. A pair of words
    that comes again counts once: sentences of one mould would add up a single oddity. In long answers the
    worst stretch counts too, a little less.

    Args:
        sample: The answer.

    Returns:
        Larger is worse: sound English lies below 1.6, shuffled passages near 4. 0 for texts of fewer than
        eight pairs and for texts that are hardly English (fewer than a fifth closed-class words).
    """
    costs, english = _costs(prose(sample.text))
    if len(costs) < _LEAST_PAIRS or not english:
        return 0.0
    whole = sum(costs) / math.sqrt(len(costs) + _PRIOR_PAIRS)
    if len(costs) < 2 * _WINDOW:
        return whole
    window = float(np.convolve(costs, np.ones(_WINDOW), mode="valid").max())
    return max(whole, _WINDOW_WEIGHT * window / math.sqrt(_WINDOW + _PRIOR_PAIRS))


def _costs(text: str) -> tuple[list[float], bool]:
    """Return what each new pair of words costs, and whether enough words are of closed classes."""
    tokens = _TOKEN.findall(_MARKUP.sub("", _ABBREVIATION.sub("abbr", _BULLET.sub("\n", text))))
    classes = word_class()
    cased = any(token[0].isupper() for token in tokens)
    costs: list[float] = []
    closed = counted = 0
    before, said = "stop", _END
    seen: set[tuple[str, str]] = set()
    for token in tokens:
        kind = _kind(token, classes)
        if kind == "stop" and before == "stop":
            said = said if said[0] == _END else token
            continue
        pair = (said, kind if kind == "number" else token)
        if pair not in seen:
            seen.add(pair)
            cost = _EXPECTED - FOLLOWS[before][kind]
            if token[0].isalpha():
                counted += 1
                closed += kind not in ("open", "number")
                cost += _CAPITAL_COST * (cased and _misplaced(token, before, said[0] == _END, kind))
            costs.append(cost)
        before, said = kind, pair[1]
    return costs, closed >= _CLOSED_SHARE * counted


def _kind(token: str, classes: dict[str, str]) -> str:
    if token[0].isalpha():
        # `No` says as much alone as before a noun.
        return "open" if token.lower() == "no" else classes.get(token.lower(), "open")
    if token[0].isdigit():
        return "number"
    return "," if token == "," else "stop"


def _misplaced(token: str, before: str, after_end: bool, kind: str) -> bool:
    if before == "stop":
        # After a colon or a line break either case will do.
        return after_end and token[0].islower()
    return (
        kind != "open" and token[0].isupper() and token.lower() not in _ALWAYS_CAPITAL and not token.isupper()
    )
