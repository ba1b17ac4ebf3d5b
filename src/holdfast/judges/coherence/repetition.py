"""Verbatim loops: the same words, or the same few letters, over and over."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.coherence.leftovers import asks_for_repetition
from holdfast.judges.words import words

_LONGEST_PERIOD = 80
_LEAST_WORDS = 6
_FEW_REPEATS = 3
_LEAST_RETURNS = 3
_CLEAR_REPEATS = 5
_CLEAR_SPAN = 12
_CLEAR_LOOP = 0.5
_CALLS = """
ha he ho la na hey yeah no yes knock blah bla tick ding
"""
_INTERJECTIONS = frozenset(_CALLS.split())
_MOST_INTERJECTED = 24
_LEAST_LETTERS = 12
_GRID_LINES = 3
_CLEAR_LETTERS = 40
_LETTERS = re.compile(r"([^\W\d_]{1,6}?)\1{4,}", re.IGNORECASE)
_GRAM = 4
_LEAST_GRAMS = 30
_TABLE_LINE = re.compile(r"^\s*\|.*\|\s*$", re.MULTILINE)


def looping(sample: Sample) -> float:
    """Return how much of an answer is a loop.

    Args:
        sample: The answer.

    Returns:
        In [0, 1]: the largest of the share of words inside a run that repeats itself (at least four times;
        three times for runs of three words or more, or where the answer was cut off), the share of letters
        inside words that repeat a few letters, and, in long answers, how far repeated four-word phrases
        exceed half. Rows of a table and runs of bare numbers are no loops unless the answer was cut off in
        them. 0 where the prompt asks for a repetition or a beat, and the answer ended by itself.
    """
    if sample.finished and asks_for_repetition(sample.prompt):
        return 0.0
    text = _TABLE_LINE.sub("", sample.text) if sample.finished else sample.text
    tokens = words(text)
    letters = _letter_loops(text)
    if len(tokens) < _LEAST_WORDS or (len(tokens) <= _MOST_INTERJECTED and _INTERJECTIONS.issuperset(tokens)):
        return letters
    known: dict[str, int] = {}
    ids = np.array([known.setdefault(token, len(known)) for token in tokens], dtype=np.int64)
    if len(known) == len(tokens):
        return letters
    # Boards and grids are drawn with single letters, line by line.
    is_grid = text.count("\n") >= _GRID_LINES
    numbers = np.array([t[0].isdigit() or (is_grid and t.isascii() and len(t) == 1) for t in tokens])
    return max(letters, _word_loops(ids, numbers, sample.finished), _phrase_share(ids))


def _word_loops(ids: NDArray[np.int64], numbers: NDArray[np.bool_], finished: bool) -> float:
    """Return the share of words in the longest run that repeats with some period.

    A run of twelve words or more that repeats at least five times is a loop however long the rest is.
    """
    count = len(ids)
    best = 0.0
    for period in _periods(ids):
        same = ids[period:] == ids[:-period]
        run, start = _longest_run(same)
        if run == 0:
            continue
        span = run + period
        least = _FEW_REPEATS if period >= 3 or not finished else _FEW_REPEATS + 1
        if span < least * period or span < _LEAST_WORDS - 1:
            continue
        if finished and numbers[start : start + span].all():
            continue
        share = span / count
        if span >= _CLEAR_SPAN and span >= _CLEAR_REPEATS * period:
            share = max(share, _CLEAR_LOOP)
        best = max(best, share)
    return best


def _periods(ids: NDArray[np.int64]) -> list[int]:
    """Return the periods with which at least one word comes back often enough to loop."""
    places: dict[int, int] = {}
    gaps: dict[int, int] = {}
    for place, word in enumerate(ids.tolist()):
        before = places.get(word)
        if before is not None and place - before <= _LONGEST_PERIOD:
            gaps[place - before] = gaps.get(place - before, 0) + 1
        places[word] = place
    return [gap for gap, times in gaps.items() if times >= max(_LEAST_RETURNS, gap)]


def _longest_run(same: NDArray[np.bool_]) -> tuple[int, int]:
    """Return length and start of the longest run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], same, [False])).astype(np.int8)))
    if len(edges) == 0:
        return 0, 0
    lengths = edges[1::2] - edges[::2]
    longest = int(lengths.argmax())
    return int(lengths[longest]), int(edges[2 * longest])


def _phrase_share(ids: NDArray[np.int64]) -> float:
    """Return the share of four-word phrases said before, beyond a half, scaled to [0, 1]."""
    grams = np.lib.stride_tricks.sliding_window_view(ids, _GRAM)
    if len(grams) < _LEAST_GRAMS:
        return 0.0
    # Exact for fewer than 2**15 distinct words; the answers judged are far shorter.
    keys = grams @ np.array([1, 1 << 15, 1 << 30, 1 << 45], dtype=np.int64)
    repeated = 1 - len(np.unique(keys)) / len(keys)
    return float(max(0.0, 2 * repeated - 1))


def _letter_loops(text: str) -> float:
    """Return the share of letters in loops of a few letters; half at least where one of them is long."""
    found = [len(match.group()) for match in _LETTERS.finditer(text) if len(match.group()) >= _LEAST_LETTERS]
    if not found:
        return 0.0
    share = sum(found) / sum(map(str.isalpha, text))
    return max(share, _CLEAR_LOOP) if max(found) >= _CLEAR_LETTERS else share
