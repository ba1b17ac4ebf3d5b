"""How an answer ends when it ended by itself: torn inside a word or a sentence, or in endless marks."""

from __future__ import annotations

import re

from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.coherence.language import is_english
from holdfast.judges.coherence.lexicon import is_known
from holdfast.judges.coherence.prose import prose
from holdfast.judges.words import plain

_JOINING = """
a an the my your their our its and or but i i'm
"""
_NO_END = frozenset(_JOINING.split())
_LAST_WORD = re.compile(r"(?:^|(?<=\w\w\s)|(?<=\w\w[,;]\s)|(?<=\n))[^\W\d_]+(?:'[^\W\d_]+)*$")
_OPENED = re.compile(r"(?:^|[\s(\[])'")
_LAST_LINE = 40
_FULL_STOP = re.compile(r"[^\W\d_]{2}[.!?][\"')\]]*\s+[\"'(\[]?[A-Z]")
_LEAST_SENTENCES = 2
_LEAST_LAST = 4
_MARKS = re.compile(r"([^\w\s]|[^\w\s]{1,3}?\s?|\\[nt])\1{19,}[^\w\s]{0,3}\s*$")
_RULE = re.compile(r"^\s*(\S)\1*\s*$")
_LEADER = frozenset("._-=*~#")
_LONG_MARKS = 60


def dangling(sample: Sample) -> float:
    """Return 1 where an answer ended by itself on what cannot end one ("I'm", "with the", "can'"), else 0."""
    said = sample.text.rstrip()
    if not sample.finished or not said or not (said[-1].isalpha() or said[-1] == "'"):
        return 0.0
    if not prose(said.rsplit("\n", 1)[-1]):
        return 0.0
    words = _LAST_WORD.findall(plain(said).lower())
    torn = said[-1] == "'" and said[-2:-1].isalpha() and said[-2] != "s" and not _OPENED.search(said)
    return float(torn or (bool(words) and words[-1] in _NO_END and "\n" not in said[-_LAST_LINE:]))


def torn(sample: Sample) -> float:
    """Return 1 where an answer ended by itself inside a word or a sentence, else 0.

    Args:
        sample: The answer.

    Returns:
        1 where the last paragraph is English of two or more sentences, all ended and begun as sentences are,
        and one more that stops at a letter: who closes every sentence but the last was interrupted. One
        ended sentence is enough if the last word is in lower case and nobody knows it.
    """
    said = plain(sample.text).rstrip()
    if not sample.finished or not said or not said[-1].isalpha() or not said.isascii():
        return 0.0
    last = said.rsplit("\n", 1)[-1]
    ends = [match.end() for match in _FULL_STOP.finditer(last)]
    if not ends or last[:1].islower() or not is_english(last):
        return 0.0
    tail = last[ends[-1] - 1 :].split()
    unknown = tail[-1].islower() and tail[-1].isalpha() and not is_known(tail[-1])
    return float((len(ends) >= _LEAST_SENTENCES and len(tail) >= _LEAST_LAST) or unknown)


def trailing_marks(sample: Sample) -> float:
    """Return 1 where an answer ends in the same few marks twenty times or more, else 0.

    Lines to write on and rules (up to 60 of one of ``._-=*~#``) are no such ending.
    """
    match = _MARKS.search(sample.text)
    if match is None:
        return 0.0
    found = match.group().strip()
    if len(found) <= _LONG_MARKS and set(found) <= _LEADER:
        return 0.0
    line = sample.text.rstrip().rsplit("\n", 1)[-1]
    return float(_RULE.match(line) is None or len(found) > _LONG_MARKS)
