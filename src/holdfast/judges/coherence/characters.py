"""Noise below sentences: debris inside words, letters that never stand together, bare symbols."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from holdfast.judges.coherence.english import CHAT, trigrams, word_class
from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.coherence.language import (
    calls_for_language,
    calls_for_list,
    calls_for_other_language,
    is_english,
    is_foreign,
)
from holdfast.judges.coherence.leftovers import asks_for_repetition
from holdfast.judges.coherence.lexicon import is_known, triples
from holdfast.judges.coherence.prose import prose
from holdfast.judges.words import plain

_DEBRIS = re.compile(
    r"[A-Za-z][^\w\s'’.,:;!?()/&\-\u0300-\u036f\u2010-\u2015*\"+=]+[A-Za-z]"  # a symbol inside a word
    r"|(?<![A-Z\d])[a-z]{2}\d+[a-z]{2}"  # digits inside a word
    r"|[a-z][#^~@$%]+$|^[%^~$]+['a-z]+[a-z]$"  # a symbol in place of the first or last letter
    r"|[bcdfghjklmnpqrstvwxz]{7,}",
)
_UNREADABLE = re.compile(r"[\ufffd\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LOWER_WORD = re.compile(r"(?<![^\W_])[a-z]{3,}(?![^\W_])")
_ANY_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_LIST_MARK = re.compile(r"[,;:|\n\u2022=+]|\d+")
_LEAST_PROSE = 15
_SPOKEN = 3
_NAMES = 2
_MANY = 12
_UNHEARD = 0.25
_ABBREVIATION = 3
_SYMBOLS = re.compile(r"^(?![-=]+>?$|<[-=]+$|[!=<>]=$|&&$|\|\|$|[.!?,:;'\")\]*]+$)[!-/:-@\[-`{-~]{2,}$")
_NUMBER_WORDS = """
one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand
"""
_COUNTING = frozenset(_NUMBER_WORDS.split())


def debris(sample: Sample) -> float:
    """Return the share of words of an answer's prose with symbols, digits or capitals inside, or unsayable.

    Args:
        sample: The answer.

    Returns:
        In [0, 1]; one such word is taken for a name and not counted.
    """
    said = prose(sample.text).split()
    noisy = sum(_DEBRIS.search(word) is not None for word in said)
    return max(0, noisy - 1) / max(len(said), 1)


def unreadable(sample: Sample) -> float:
    """Return the share of characters that stand for bytes that are no text, and of control characters.

    Args:
        sample: The answer.

    Returns:
        In [0, 1]. The last character of an answer that was cut off does not count: the cut may have split it.
    """
    text = sample.text if sample.finished else sample.text.rstrip()[:-1].rstrip("\ufffd")
    return len(_UNREADABLE.findall(text)) / max(len(text), 1)


def joinless(sample: Sample) -> float:
    """Return how far an answer falls short of a third of words that join others.

    Sentences cannot do without articles, prepositions and pronouns; strings of random tokens can.

    Args:
        sample: The answer.

    Returns:
        In [0, 1]; 0 for fewer than fifteen words of prose, for lists and sums (a mark or number every five
        words or less, or words in the order of the alphabet or of numbers), where the prompt asks for a list,
        and for text in another language.
    """
    text = prose(sample.text)
    said = [word for word in _ANY_WORD.findall(text.lower()) if len(word) > 1 and word not in _COUNTING]
    marks = len(_LIST_MARK.findall(text))
    if (
        len(said) < _LEAST_PROSE
        or marks * 5 >= len(said)
        or calls_for_list(sample.prompt)
        or calls_for_other_language(sample.prompt)
        or (sample.finished and asks_for_repetition(sample.prompt))
        or is_foreign(text)
    ):
        return 0.0
    joining = sum(word in word_class() or word in CHAT for word in said)
    return max(0.0, 1 - joining / (len(said) / 3))


def symbols(sample: Sample) -> float:
    """Return how much of an answer's running text has given way to strings of symbols.

    Args:
        sample: The answer.

    Returns:
        In [0, 1]: of lines that begin like prose, the largest share of pieces without letters or digits,
        beyond signs that have a use between words. 0 for lines of code and formulas.
    """
    worst = 0.0
    for line in sample.text.split("\n"):
        pieces = line.split()
        if len(pieces) < _LEAST_PROSE or sum(map(str.isalpha, pieces[:5])) < _SPOKEN:
            continue
        strange = sum(len(set(piece)) > 1 and _SYMBOLS.match(piece) is not None for piece in pieces)
        worst = max(worst, strange / len(pieces))
    return worst


class Spelling:
    """The letters of English and of this audit's own texts, for words that neither holds."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Count, for every triple, the distinct texts that hold it."""
        self._texts: Counter[str] = Counter()
        self._words: Counter[str] = Counter()
        for text in dict.fromkeys(texts):
            found = set(_LOWER_WORD.findall(plain(text).lower()))
            self._words.update(found)
            self._texts.update({triple for word in found for triple in trigrams(word)})

    def misspelt(self, sample: Sample) -> float:
        """Return the share of words in lower case that are not spelt like English.

        A word that nobody knows counts in full if it holds letter triples never seen, else in part; and once,
        however often it comes.

        Args:
            sample: The answer.

        Returns:
            In [0, 1]. One such word, or two of a dozen, is taken for a name or jargon. Where the text is not
            English, only what no language spells so counts: beyond half of the words; where another language
            is called for or recognised, nothing does.
        """
        text = prose(sample.text)
        found = [word for word in _LOWER_WORD.findall(text) if len(word) > _ABBREVIATION]
        if not found or is_foreign(text) or calls_for_language(sample.prompt):
            return 0.0
        least = 2 if sample.calibrates else 1
        strange = sum(self._strangeness(word, least) for word in set(found))
        share = max(0.0, strange - (_NAMES if len(found) >= _MANY else 1)) / len(found)
        return share if is_english(text) else max(0.0, 2 * share - 1)

    def _strangeness(self, word: str, least: int) -> float:
        """Return 0 for a known word, 1 for one that no English word is spelt like, and half for others."""
        if self._words[word] >= least or is_known(word):
            return 0.0
        return 1.0 if any(t not in triples() and self._texts[t] < least for t in trigrams(word)) else _UNHEARD
