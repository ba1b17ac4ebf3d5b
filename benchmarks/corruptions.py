"""Ways to break an answer; what comes out is broken by construction."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from judge_worlds import half_and_half, looped, noisy, pieces_of, shuffled, token_salad
from sound_forms import Said

LEAST_WORDS = 25
"""Words of an answer that is worth breaking."""
_GIBBERISH = "!?#}]>;:~*|\\^`@&$%"


@dataclass(frozen=True, slots=True)
class Material:
    """What answers are broken with.

    Attributes:
        english: Sound English answers of at least `LEAST_WORDS` words.
        foreign: Sound answers in scripts other than Latin.
        others: Sound answers in other languages written in Latin letters.
        pieces: Subwords of a byte-pair vocabulary.
    """

    english: Sequence[Said]
    foreign: Sequence[Said]
    others: Sequence[Said]
    pieces: Sequence[str]

    @classmethod
    def of(cls, english: Sequence[Said], languages: Sequence[Said]) -> Material:
        """Return the material of some answers; the vocabulary is learned from them."""
        long = [said for said in english if len(said.text.split()) >= LEAST_WORDS]
        latin = [said for said in languages if _is_latin(said.text)]
        foreign = [said for said in languages if not _is_latin(said.text)]
        return cls(long, foreign, latin, pieces_of([s.text for s in (*long, *languages)], 4000))


def broken_classes(material: Material, rng: random.Random, size: int) -> dict[str, list[Said]]:
    """Return broken answers by kind, `size` of each at most.

    Args:
        material: What to break, and with what.
        rng: Draws texts and places.
        size: Answers a kind.
    """
    made = {}
    for name, alter in _KINDS.items():
        chosen = rng.sample(list(material.english), min(size, len(material.english)))
        made[name] = [Said(said.prompt, alter(said.text, material, rng)) for said in chosen]
    for sentences in (4, 6, 8):
        made[f"{sentences} sentences of {sentences} topics"] = [
            Said(rng.choice(material.english).prompt, sentence_salad(material, rng, sentences))
            for _ in range(size)
        ]
    made["shuffled, other languages"] = [
        Said(said.prompt, shuffled(said.text, rng)) for said in material.others if len(said.text.split()) >= 8
    ]
    return made


def sentence_salad(material: Material, rng: random.Random, count: int) -> str:
    """Return that many sentences, each of another text."""
    found = [s for said in rng.sample(list(material.english), 3 * count) if (s := _sentences(said.text))]
    return " ".join(rng.choice(sentences) for sentences in found[:count])


def torn(text: str, rng: random.Random) -> str:
    """Return the beginning of a text up to the middle of a word."""
    words = text.split()
    places = [i for i in range(len(words) // 3, len(words)) if len(words[i]) >= 5 and words[i].isalpha()]
    place = rng.choice(places)
    return " ".join([*words[:place], words[place][: rng.randint(2, len(words[place]) - 2)]])


def dissolving(text: str, material: Material, rng: random.Random) -> str:
    """Return a text whose words give way to random pieces, more and more often."""
    words = text.split()
    out = []
    for place, word in enumerate(words):
        risk = max(0.0, 2 * place / len(words) - 0.6)
        out.append(rng.choice(material.pieces).strip() if rng.random() < risk else word)
    return " ".join(out)


def _sentences(text: str) -> list[str]:
    parts = text.replace("\n", " ").split(". ")
    return [f"{part.strip().rstrip('.')}." for part in parts if len(part.split()) >= 6]


def _is_latin(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return sum(ord(c) < 0x250 or 0x1E00 <= ord(c) < 0x1F00 for c in letters) > len(letters) / 2


def _start(text: str, share: float) -> str:
    words = text.split()
    return " ".join(words[: int(share * len(words))])


def _loop(text: str, rng: random.Random, length: int) -> str:
    words = text.split()
    place = rng.randrange(len(words) // 2)
    piece = words[place : place + length]
    return " ".join(words[:place] + piece * max(6, 30 // length))


def _line_loop(text: str, _: Material, rng: random.Random) -> str:
    line = rng.choice(_sentences(text) or [text])
    return "\n".join([_start(text, 0.3), *[line] * rng.randint(5, 12)])


def _letter_loop(text: str, _: Material, rng: random.Random) -> str:
    piece = rng.choice(("a", "e", "ha", "lo", "ing", "the"))
    return _start(text, rng.uniform(0.1, 0.6)) + " " + piece * rng.randint(40, 120)


def _shuffled_letters(text: str, _: Material, rng: random.Random) -> str:
    return " ".join("".join(rng.sample(word, len(word))) for word in text.split())


def _all_letters(text: str, _: Material, rng: random.Random) -> str:
    return "".join(rng.sample(text, len(text)))


def _wrong_script(text: str, material: Material, rng: random.Random) -> str:
    words = text.split()
    place = rng.randrange(len(words) // 4, 3 * len(words) // 4)
    return " ".join([*words[:place], rng.choice(material.foreign).text, *words[place:]])


def _degenerate(text: str, _: Material, rng: random.Random) -> str:
    mark = rng.choice(
        ("!", ". ", "?", "}", "0", "\\n", "_", "the ", "and the ", ", ", "- ", "\u200b ", "#", "=-")
    )
    return _start(text, rng.uniform(0.2, 0.7)) + " " + mark * rng.randint(40, 100)


def _mojibake(text: str, material: Material, rng: random.Random) -> str:
    return rng.choice(material.foreign).text.encode("utf-8").decode("latin-1") + " " + _start(text, 0.2)


def _random_unicode(text: str, _: Material, rng: random.Random) -> str:
    noise = "".join(chr(rng.randrange(0xA1, 0xD7FF)) for _ in range(rng.randint(30, 120)))
    return _start(text, rng.uniform(0.0, 0.4)) + " " + noise


def _punctuation(text: str, _: Material, rng: random.Random) -> str:
    words = text.split()
    noise = ["".join(rng.choices(_GIBBERISH, k=rng.randint(1, 6))) for _ in words]
    keep = len(words) // 3
    return " ".join(words[:keep] + noise[keep:])


def _switch(text: str, material: Material, rng: random.Random) -> str:
    first, second = _sentences(text), _sentences(rng.choice(material.english).text)
    if len(first) < 2 or len(second) < 2:
        return half_and_half(text, rng.choice(material.english).text)
    return " ".join(first[: (len(first) + 1) // 2] + second[len(second) // 2 :])


_KINDS: Mapping[str, Callable[[str, Material, random.Random], str]] = {
    "loop of a word": lambda t, m, r: _loop(t, r, 1),
    "loop of a phrase": lambda t, m, r: _loop(t, r, r.randint(2, 8)),
    "loop of a line": _line_loop,
    "loop of letters": _letter_loop,
    "loop, from anywhere": lambda t, m, r: looped(t, r),
    "token salad": lambda t, m, r: token_salad(m.pieces, r, r.randint(20, 80)),
    "good start, then token salad": lambda t, m, r: f"{_start(t, 0.4)} {token_salad(m.pieces, r, 60)}",
    "dissolving": dissolving,
    "words shuffled": lambda t, m, r: shuffled(t, r),
    "second half shuffled": lambda t, m, r: f"{_start(t, 0.5)} {shuffled(t[len(t) // 2 :], r)}",
    "letters shuffled inside words": _shuffled_letters,
    "all characters shuffled": _all_letters,
    "typing noise": lambda t, m, r: noisy(t, r),
    "another script in the middle": _wrong_script,
    "degenerate ending": _degenerate,
    "mojibake": _mojibake,
    "random unicode": _random_unicode,
    "dissolving into punctuation": _punctuation,
    "torn in mid word": lambda t, m, r: torn(t, r),
    "one switch, at a sentence": _switch,
    "one switch, in mid sentence": lambda t, m, r: half_and_half(t, r.choice(m.english).text),
}
