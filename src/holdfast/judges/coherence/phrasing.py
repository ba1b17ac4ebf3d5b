"""Wordings of this audit: which word follows which in its sound answers, and how surprising a new pair is.

A new pair of words says little where many words have followed (a slot that takes any ingredient) and much where
one word always has (a fixed frame). By the estimate of Witten and Bell (1991, method C), after a word seen n times
with t different followers, a follower never seen before has probability t / (n + t); its surprise is minus the
logarithm of that. Pairs seen before cost nothing, whatever their frequency, so that an unusual but well-formed
answer is not held against the model. The same is asked of pairs two words apart, which see past a rare slot word.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from holdfast.judges.words import words

_STOPS = re.compile(r"([.!?])(?=\s|$)|\n+")
_START, _END, _STOP, _NUMBER = "<s>", "</s>", ".", "<n>"
_WORST = 2
_EVEN = math.log(2)


def tokens(text: str, *, finished: bool = True) -> tuple[str, ...]:
    """Return the words of a text between start and end marks, numbers alike, with one mark for every full stop.

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
        """Count the pairs of texts given as `tokens`; equal texts count once."""
        self._next: dict[str, Counter[str]] = defaultdict(Counter)
        self._after_next: dict[str, Counter[str]] = defaultdict(Counter)
        self.vocabulary: Counter[str] = Counter()
        self.texts = tuple(dict.fromkeys(tuple(text) for text in texts))
        for text in self.texts:
            self.vocabulary.update(set(text))
            for first, second in zip(text, text[1:], strict=False):
                self._next[first][second] += 1
            for first, third in zip(text, text[2:], strict=False):
                self._after_next[first][third] += 1

    def surprise(self, text: Sequence[str], *, own: bool = False) -> Surprise:
        """Return how new a text's wording is.

        Args:
            text: The text as `tokens`.
            own: Whether the text was counted, and must be left out.

        Returns:
            The surprise; zero for a text of one token.
        """
        near = Counter(zip(text, text[1:], strict=False)) if own else Counter()
        far = Counter(zip(text, text[2:], strict=False)) if own else Counter()
        costs = []
        for place in range(1, len(text)):
            cost = _novelty(self._next, text[place - 1], text[place], near)
            if place > 1:
                cost = max(cost, _novelty(self._after_next, text[place - 2], text[place], far))
            costs.append(cost)
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
            own: Whether the text was counted, and must be left out.
            also: Words that count as known.

        Returns:
            In [0, 1].
        """
        least = 2 if own else 1
        inner = [token for token in text if token not in (_START, _END, _STOP, _NUMBER)]
        new = sum(1 for token in inner if self.vocabulary[token] < least and token not in also)
        return new / len(inner) if inner else 0.0


def _novelty(
    followers: dict[str, Counter[str]], first: str, second: str, own: Counter[tuple[str, str]]
) -> float:
    """Return the surprise of a pair, in nats; 0 if it was seen, even odds if its first word never was."""
    seen = followers.get(first)
    if seen is None:
        return _EVEN
    mine = own[first, second]
    if seen[second] > mine:
        return 0.0
    total = seen.total()
    kinds = len(seen)
    if own:
        left = {pair[1]: count for pair, count in own.items() if pair[0] == first}
        total -= sum(left.values())
        kinds -= sum(1 for word, count in left.items() if seen[word] <= count)
    if total <= 0:
        return _EVEN
    return -math.log(kinds / (total + kinds))
