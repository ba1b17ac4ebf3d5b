"""Topic salad: sentences that are fine one by one and have nothing to do with one another.

Two parts of a text hold together by the words they share (Hearst 1997, TextTiling, Computational Linguistics
23:33) and by words of one topic, whose places in the table of topics are near (Foltz, Kintsch and Landauer
1998, Discourse Processes 25:285). Both are shrunk towards zero where the parts say little.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.coherence.language import is_english
from holdfast.judges.coherence.lexicon import UNKNOWN_RARITY, content_stems, topics
from holdfast.judges.coherence.prose import prose
from holdfast.judges.refusal import refuses

_SENTENCE_END = re.compile(r"(?<=[^\W\d_]{2})[.!?]['\")\]]*\s+(?=[\"'(\[]?[A-Z0-9])|\n+")
_OPEN_TASK = re.compile(
    r"\b(?:facts?|trivia|news|random|sentences|quot\w*|jokes?|questions|starters|riddles?|proverbs?|headlines|"
    r"tips|ideas|habits|examples|list|summar\w*|minutes|diary|unrelated|different|various|several|miscellan\w*)\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"^\s*(?:[-*\u2022+>#|]|\(?\w{1,3}[.):]\s)")
_LINE_WORDS = 12
_LEAST_STEMS = 3
_LEAST_SENTENCES = 3
_LEAST_TEXT = 18
_LEAST_SIDE = 12
_LEAST_ITEMS = 2
# Thresholds on the logistic scores, by threefold cross-validation on the looked-at half.
_PAIRS_LIMIT = 2.0
_PARTED_LIMIT = 2.8
_SHRINK_PLACE = 6.0
_SHRINK_WORDS = 20.0


@dataclass(frozen=True, slots=True)
class _Part:
    """What a part of a text says.

    Attributes:
        stems: Its content stems.
        rarity: Their rarity, summed.
        place: Their places among topics, weighted by rarity and summed.
    """

    stems: frozenset[str]
    rarity: float
    place: NDArray[np.float64]

    @classmethod
    def of(cls, stems: Sequence[str]) -> _Part:
        known, held = topics(), frozenset(stems)
        rare = {stem: known.rarity.get(stem, UNKNOWN_RARITY) for stem in held}
        placed = [rare[stem] * known.place[stem] for stem in held if stem in known.place]
        place = np.sum(placed, axis=0) if placed else np.zeros(len(next(iter(known.place.values()))))
        return cls(held, sum(rare.values()), place)

    def shared_words(self, other: _Part) -> float:
        rarity = topics().rarity
        shared = sum(rarity.get(stem, UNKNOWN_RARITY) for stem in self.stems & other.stems)
        return shared / math.sqrt((self.rarity + _SHRINK_WORDS) * (other.rarity + _SHRINK_WORDS))

    def same_topic(self, other: _Part) -> float:
        size = float(np.linalg.norm(self.place) * np.linalg.norm(other.place))
        return float(self.place @ other.place) / (size + _SHRINK_PLACE)


def scattered(sample: Sample) -> float:
    """Return how little the sentences of an answer have to do with one another.

    The larger of two figures, each a logistic score over its threshold: of all pairs of sentences, and of the
    two sides of the worst place to part the answer, the prompt on the first side.

    Args:
        sample: The answer.

    Returns:
        1 or more where fewer than about one passage in a hundred lies. 0 for answers of fewer than three
        sentences, in lists or verse, in another language than English, to prompts that ask for several
        things, and for refusals, which turn from the request to manners.
    """
    text = _running(sample.text)
    if not text or _OPEN_TASK.search(sample.prompt) or not is_english(text):
        return 0.0
    said = [stems for part in _SENTENCE_END.split(text) if len(stems := content_stems(part)) >= _LEAST_STEMS]
    if len(said) < _LEAST_SENTENCES or sum(map(len, said)) < _LEAST_TEXT:
        return 0.0
    value = max(0.0, _pairwise(said), _parted(said, content_stems(sample.prompt)))
    return value if value < 1 or not refuses(sample.text) else 0.0


def _running(text: str) -> str:
    """Return the running text of an answer; nothing of lists, tables and verse."""
    lines = prose(text).split("\n")
    listed = sum(_BULLET.match(line) is not None for line in lines)
    if listed >= _LEAST_ITEMS or sum(len(line.split()) for line in lines) < _LINE_WORDS * len(lines):
        return ""
    return "\n".join(lines)


def _pairwise(said: Sequence[Sequence[str]]) -> float:
    parts = [_Part.of(stems) for stems in said]
    pairs = list(combinations(parts, 2))
    words = sum(a.shared_words(b) for a, b in pairs) / len(pairs)
    topic = sum(a.same_topic(b) for a, b in pairs) / len(pairs)
    length = math.log(sum(map(len, said)) / len(said))
    return (4.4 * length + 0.74 * math.log(len(said)) - 44.6 * words - 7.6 * topic - 4.73) / _PAIRS_LIMIT


def _parted(said: Sequence[Sequence[str]], asked: Sequence[str]) -> float:
    worst = 0.0
    for place in range(1, len(said)):
        before = [stem for stems in said[:place] for stem in stems]
        after = [stem for stems in said[place:] for stem in stems]
        side = min(len(before), len(after))
        if side < _LEAST_SIDE:
            continue
        first, second = _Part.of([*asked, *before]), _Part.of(after)
        held = 27.1 * first.shared_words(second) + 7.27 * first.same_topic(second)
        worst = max(worst, (1.94 * math.log(side) + 2.8 - held) / _PARTED_LIMIT)
    return worst
