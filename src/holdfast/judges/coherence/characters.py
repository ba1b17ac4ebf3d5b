"""Noise below the level of words: foreign scripts, debris inside words, letters that never stand together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from holdfast.judges.coherence.english import (
    common_words,
    foreign_function_words,
    trigrams,
    word_class,
)
from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.coherence.letter_table import TRIPLES
from holdfast.judges.coherence.prose import prose
from holdfast.judges.words import plain

_SCRIPTS = (
    ("latin", 0x0041, 0x024F), ("greek", 0x0370, 0x03FF), ("cyrillic", 0x0400, 0x052F), ("armenian", 0x0530,
    0x058F), ("hebrew", 0x0590, 0x05FF), ("arabic", 0x0600, 0x08FF), ("indic", 0x0900, 0x0DFF), ("thai",
    0x0E00, 0x0EFF), ("tibetan", 0x0F00, 0x0FFF), ("georgian", 0x10A0, 0x10FF), ("hangul", 0x1100, 0x11FF),
    ("ethiopic", 0x1200, 0x139F), ("khmer", 0x1780, 0x17FF), ("latin", 0x1E00, 0x1EFF), ("greek", 0x1F00,
    0x1FFF), ("han", 0x3040, 0x30FF), ("han", 0x3400, 0x9FFF), ("hangul", 0xAC00, 0xD7AF), ("han", 0xF900,
    0xFAFF),
)  # fmt: skip
_LANGUAGE = re.compile(
    r"\b(?:translat\w*|language|alphabet|script|symbol|letters?|unicode|arabic|armenian|bengali|chinese|"
    r"cyrillic|"
    r"georgian|greek|hebrew|hindi|japanese|kanji|korean|mandarin|persian|farsi|punjabi|russian|sanskrit|"
    r"tamil|"
    r"telugu|thai|ukrainian|urdu|yiddish|bulgarian|serbian)\b",
    re.IGNORECASE,
)
_DEBRIS = re.compile(
    r"[^\W\d_][^\w\s'’.,:;!?()/&@\-\u2010-\u2015*\"]+[^\W\d_]"  # a symbol inside a word
    r"|[^\W\d_]{2}\d+[^\W\d_]{2}"  # digits inside a word
    r"|[a-z]{2}[A-Z]+[a-z]*[A-Z]?[a-z]*\b(?<![a-z][A-Z])|\b[a-z][A-Z]{1,2}[a-z]"  # capitals inside a word
    r"|[a-z][#^~@$%](?=\s|$)"  # a symbol in place of the last letter
    r"|[bcdfghjklmnpqrstvwxz]{6,}",
)
_UNREADABLE = re.compile(r"[\ufffd\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LOWER_WORD = re.compile(r"(?<![^\W_])[a-z]{3,}(?![^\W_])")
_ANY_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_LIST_MARK = re.compile(r"[,;:|\n\u2022=+]|\d+")
_LEAST_FOREIGN = 3
_LEAST_PROSE = 15
_FOREIGN_SHARE = 0.25


def wrong_script(sample: Sample) -> float:
    """Return the share of an answer's letters in scripts that its prompt does not call for.

    Args:
        sample: The answer.

    Returns:
        In [0, 1]; Latin counts as called for, and so does everything where the prompt speaks of languages,
        scripts or symbols. Two foreign scripts count double. 0 for fewer than three foreign letters.
    """
    if sample.text.isascii():
        return 0.0
    letters = Counter(filter(None, map(_script, sample.text)))
    asked = {"latin"} | set(filter(None, map(_script, sample.prompt)))
    foreign = {name: count for name, count in letters.items() if name not in asked}
    strange = sum(foreign.values())
    if strange < _LEAST_FOREIGN or _LANGUAGE.search(sample.prompt):
        return 0.0
    return min(1.0, strange * (2 if len(foreign) > 1 else 1) / letters.total())


def _script(character: str) -> str:
    if not character.isalpha():
        return ""
    code = ord(character)
    return next((name for name, first, last in _SCRIPTS if first <= code <= last), "other")


def debris(sample: Sample) -> float:
    """Return the share of words of an answer's prose with symbols, digits or capitals inside, or unsayable.

    Args:
        sample: The answer.

    Returns:
        In [0, 1]; one such word is taken for a name and not counted.
    """
    text = prose(sample.text)
    noisy = len({match.start() for match in _DEBRIS.finditer(text)})
    return max(0, noisy - 1) / max(len(text.split()), 1)


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
    """Return how far an answer's share of words that join others falls short of a third.

    Sentences cannot do without articles, prepositions and pronouns; strings of random tokens can.

    Args:
        sample: The answer.

    Returns:
        In [0, 1]; 0 for fewer than fifteen words of prose, for lists and sums (a mark or number every five
        words or less), and for text in another language.
    """
    text = prose(sample.text)
    said = _ANY_WORD.findall(text.lower())
    marks = len(_LIST_MARK.findall(text))
    if len(said) < _LEAST_PROSE or marks * 5 >= len(said) or _is_foreign(said):
        return 0.0
    joining = sum(word in word_class() for word in said)
    return max(0.0, 1 - joining / (len(said) / 3))


def _is_foreign(said: Sequence[str]) -> bool:
    """Return whether words are those of another language in Latin script."""
    return sum(word in foreign_function_words() for word in said) >= _FOREIGN_SHARE * max(len(said), 1)


class Spelling:
    """Which letter triples English and the texts of this audit hold."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Count, for every triple, the distinct texts that hold it."""
        self._texts: Counter[str] = Counter()
        self._words: Counter[str] = Counter(common_words())
        for text in dict.fromkeys(texts):
            found = set(_LOWER_WORD.findall(plain(text).lower()))
            self._words.update(found)
            self._texts.update({triple for word in found for triple in trigrams(word)})

    def misspelt(self, sample: Sample) -> float:
        """Return the share of an answer's distinct lower-case words that hold letter triples never seen.

        Args:
            sample: The answer.

        Returns:
            In [0, 1]. One such word is taken for a foreign name.
        """
        found = dict.fromkeys(_LOWER_WORD.findall(prose(sample.text)))
        if not found or _is_foreign(_ANY_WORD.findall(prose(sample.text).lower())):
            return 0.0
        least = 2 if sample.calibrates else 1
        strange = 0
        for word in found:
            if self._words[word] >= least:
                continue
            strange += any(t not in TRIPLES and self._texts[t] < least for t in trigrams(word))
        return max(0, strange - 1) / len(found)
