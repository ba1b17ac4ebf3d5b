"""Shuffled English: classes of words that hardly ever follow one another, and capitals out of place."""

from __future__ import annotations

import math
import re

from holdfast.judges.coherence.english import word_class
from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.coherence.prose import prose
from holdfast.judges.coherence.syntax_table import FOLLOWS
from holdfast.judges.words import plain

_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+(?:[.,]\d+)*|[.!?;:\n]+|,")
_BULLET = re.compile(r"^\s*(?:[-*\u2022+>#]+|\d{1,3}[.)]|[a-zA-Z][.)])\s+", re.MULTILINE)
_MARKUP = re.compile(r"[*_~#]{1,3}")
_ABBREVIATION = re.compile(r"\b(?:[^\W\d_]\.){2,}|\b(?:St|Mr|Mrs|Ms|Dr|vs|etc|No)\.")
_WORDS = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_OPENED = re.compile(r"(?:^|[\s(\[])'")
_NO_END = frozenset(
    [
        "a",
        "an",
        "the",
        "my",
        "your",
        "their",
        "our",
        "its",
        "and",
        "or",
        "but",
        "of",
        "from",
        "into",
        "i",
        "i'm",
    ]
)
_LAST_LINE = 40
_CAPITAL_COST = 2.5
_EXPECTED = 0.1
_PRIOR_PAIRS = 6
_CLOSED_SHARE = 0.2
_LEAST_PAIRS = 8
_ALWAYS_CAPITAL = frozenset(("i", "i'm", "i've", "i'd", "i'll"))


def disorder(sample: Sample) -> float:
    """Return how badly the order of words fits English.

    The log-odds of each pair of neighbouring word classes (`syntax_table`), and a fixed cost for every
    sentence that starts in lower case and every function word with a capital inside one, are summed and
    divided by the square root of their number, so that short texts need stronger evidence.

    Args:
        sample: The answer.

    Returns:
        Larger is worse: sound English lies below 1.6, shuffled passages near 4. 0 for texts of fewer than
        eight pairs and for texts that are hardly English (fewer than a fifth closed-class words).
    """
    tokens = _TOKEN.findall(_MARKUP.sub("", _ABBREVIATION.sub("abbr", _BULLET.sub("\n", prose(sample.text)))))
    classes = word_class()
    total = 0.0
    pairs = closed = counted = misplaced = 0
    cased = any(token[0].isupper() for token in tokens)
    before = "stop"
    for token in tokens:
        kind = _kind(token, classes)
        if kind == "stop" and before == "stop":
            continue
        total += FOLLOWS[before][kind]
        pairs += 1
        if token[0].isalpha():
            counted += 1
            closed += kind not in ("open", "number")
            misplaced += cased and _misplaced(token, before == "stop", kind)
        before = kind
    if pairs < _LEAST_PAIRS or closed < _CLOSED_SHARE * counted:
        return 0.0
    return -(total - _CAPITAL_COST * misplaced - _EXPECTED * pairs) / math.sqrt(pairs + _PRIOR_PAIRS)


def dangling(sample: Sample) -> float:
    """Return 1 where an answer ended by itself on what cannot end one ("I'm", "with the", "can'"), else 0."""
    said = sample.text.rstrip()
    if not sample.finished or not said or not (said[-1].isalpha() or said[-1] == "'"):
        return 0.0
    words = _WORDS.findall(plain(said).lower())
    torn = said[-1] == "'" and said[-2:-1] != "s" and not _OPENED.search(said)
    return float(torn or (bool(words) and words[-1] in _NO_END and "\n" not in said[-_LAST_LINE:]))


def _kind(token: str, classes: dict[str, str]) -> str:
    if token[0].isalpha():
        return classes.get(token.lower(), "open")
    if token[0].isdigit():
        return "number"
    return "," if token == "," else "stop"


def _misplaced(token: str, starts: bool, kind: str) -> bool:
    if starts:
        return token[0].islower()
    return (
        kind != "open" and token[0].isupper() and token.lower() not in _ALWAYS_CAPITAL and not token.isupper()
    )
