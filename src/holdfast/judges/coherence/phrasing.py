"""Wordings of this audit: which word follows which in its sound answers, and how surprising a new pair is.

A new pair of words says little where many words have followed (a slot that takes any ingredient) and much
where one word always has (a fixed frame). By the estimate of Witten and Bell (1991, method C), after a word
seen n times with t different followers, a follower never seen before has probability t / (n + t); its
surprise is minus the logarithm of that. Pairs seen before cost nothing, whatever their frequency, so that
an unusual but well-formed answer is not held against the model. After a word never seen, a known word has
even odds, and a new one costs what a new word costs anywhere in these texts. The same is asked of pairs two
words apart, which see past a rare slot word.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from holdfast.judges.words import words

_STOPS = re.compile(r"([.!?])(?=\s|$)|\n+")
_START, _END, _STOP, _NUMBER = "<s>", "</s>", ".", "<n>"
_MARKS = frozenset((_START, _END, _STOP, _NUMBER))
_FIXED_PHRASE = 6
_WORST = 2
_EVEN = math.log(2)


def tokens(text: str, *, finished: bool = True) -> tuple[str, ...]:
    """Return the words of a text between start and end marks, numbers alike, with one mark a full stop.

    The end mark is left out where the answer was cut off, since then nobody chose to end there.
    """
    parts: list[str] = [_START]
    pieces = _STOPS.split(text)
    for piece in pieces:
        if piece is None:
            continue
        if piece in (".", "!", "?"):
            if parts[-1] != _STOP:
                parts.append(_STOP)
            continue
        parts.extend(_NUMBER if word[0].isdigit() else word for word in words(piece))
    if finished:
        parts.append(_END)
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Surprise:
    """How new the wording of an answer is, in nats.

    Attributes:
        mean: Surprise a pair, over all pairs.
        worst: Mean of the two most surprising pairs.
    """

    mean: float
    worst: float


class Phrasing:
    """Word pairs of a set of texts; a text that is left out takes its own pairs with it."""

    def __init__(self, texts: Iterable[Sequence[str]]) -> None:
        """Count the pairs of texts given as `tokens`."""
        self._copies = Counter(tuple(text) for text in texts)
        self._near = _Pairs()
        self._far = _Pairs()
        self.vocabulary: Counter[str] = Counter()
        for text, copies in self._copies.items():
            self.vocabulary.update(set(text))
            self._near.add(pairwise(text), copies)
            self._far.add(zip(text, text[2:], strict=False), copies)
        said, kinds = sum(len(t) * copies for t, copies in self._copies.items()), len(self.vocabulary)
        self._new_word = -math.log(kinds / (said + kinds)) if kinds else _EVEN

    @property
    def texts(self) -> tuple[tuple[str, ...], ...]:
        """The distinct texts."""
        return tuple(self._copies)

    def _leaves_out(self, text: Sequence[str], own: bool) -> bool:
        # A phrase that many prompts share stays known when one of its answers is left out.
        return own and 0 < self._copies[tuple(text)] < _FIXED_PHRASE

    def surprise(self, text: Sequence[str], *, own: bool = False) -> Surprise:
        """Return how new a text's wording is.

        Args:
            text: The text as `tokens`.
            own: Whether the text is one of those counted, and must be left out.

        Returns:
            The surprise; zero for a text of one token.
        """
        leaves = self._leaves_out(text, own)
        copies = self._copies[tuple(text)] if leaves else 0
        near = Counter(list(pairwise(text)) * copies) if leaves else None
        far = Counter(list(zip(text, text[2:], strict=False)) * copies) if leaves else None
        costs = []
        for place in range(1, len(text)):
            known = self.vocabulary[text[place]] > (1 if leaves else 0)
            cost = self._near.novelty(text[place - 1], text[place], near)
            further = self._far.novelty(text[place - 2], text[place], far) if place > 1 else None
            heard = [c for c in (cost, further) if c is not None]
            costs.append(max(heard) if heard else (_EVEN if known else self._new_word))
        if not costs:
            return Surprise(0.0, 0.0)
        worst = sorted(costs, reverse=True)[:_WORST]
        return Surprise(sum(costs) / len(costs), sum(worst) / len(worst))

    def unknown_share(
        self, text: Sequence[str], *, own: bool = False, also: frozenset[str] = frozenset()
    ) -> float:
        """Return the share of words that no (other) text holds.

        Args:
            text: The text as `tokens`.
            own: Whether the text is one of those counted, and must be left out.
            also: Words that count as known.

        Returns:
            In [0, 1].
        """
        least = 2 if self._leaves_out(text, own) else 1
        inner = [token for token in text if token not in _MARKS]
        new = sum(1 for token in inner if self.vocabulary[token] < least and token not in also)
        return new / len(inner) if inner else 0.0


class _Pairs:
    """How often one word follows another."""

    def __init__(self) -> None:
        self._followers: dict[str, Counter[str]] = defaultdict(Counter)
        self._totals: Counter[str] = Counter()

    def add(self, pairs: Iterable[tuple[str, str]], copies: int) -> None:
        for first, second in pairs:
            self._followers[first][second] += copies
            self._totals[first] += copies

    def novelty(self, first: str, second: str, own: Mapping[tuple[str, str], int] | None) -> float | None:
        """Return the surprise of a pair, in nats; 0 if it was seen, None if its first word never was."""
        seen = self._followers.get(first)
        if seen is None:
            return None
        if not own:
            return 0.0 if second in seen else -math.log(len(seen) / (self._totals[first] + len(seen)))
        if seen[second] > own[first, second]:
            return 0.0
        left = {pair[1]: count for pair, count in own.items() if pair[0] == first}
        total = self._totals[first] - sum(left.values())
        kinds = len(seen) - sum(1 for word, count in left.items() if seen[word] <= count)
        return -math.log(kinds / (total + kinds)) if total > 0 else None
