"""What a model's own machinery leaves in text: marks of tokens, a wrong encoding, bare marks, near loops."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from holdfast.judges.coherence.evidence import Sample
from holdfast.judges.words import words

_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_TOKEN = re.compile(
    r"<\|[a-z_]+\|>|</?s>|\[(?:PAD|MASK|UNK|CLS|SEP|EOS|BOS)\]|<(?:pad|unk|eos|bos)>|"
    r"(?<!\S)[\u0120\u2581]\w|(?<=[a-z] )##[a-z]+"
)
_ABOUT_TOKENS = re.compile(
    r"token|bpe|wordpiece|template|html|tags?\b|vocab|maltese|strike|<|\[|\u0120|\u2581|##", re.IGNORECASE
)
_MOJIBAKE = re.compile("[\u00c3\u00c2][\u0080-\u00bf]|\u00e2\u20ac|\u00ef\u00bf\u00bd")
_ABOUT_ENCODING = re.compile(r"encod|utf|mojibake|unicode|charset|latin-?1|decod|garbled", re.IGNORECASE)
_ABOUT_MARKS = re.compile(
    r"symbol|mark|punctuat|character|emoti|emoji|art\b|draw|pattern|code|program|morse|password|regex|"
    r"expression|brainf|sign|formula|equation|operator|bracket|separator|line",
    re.IGNORECASE,
)
_LEAST_TOKENS = 3
_TOKEN_SHARE = 0.3
_LEAST_MOJIBAKE = 2
_LEAST_MARKS = 12
_KINDS_OF_MARKS = 5
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]+")
_REPEATS = 4
_LEAST_WORDS = 7
_MOST_WORDS = 60
_SAME = 0.88
_SHARE = 0.6
_ASKED_AGAIN = re.compile(
    r"\b(?:sentences|examples|ways|versions|variations?|lines|list|poem|song|lyrics|rhyme|drill|exercise|"
    r"practi[cs]e|paraphras\w+|rephras\w+|rewrite|each|every)\b",
    re.IGNORECASE,
)
_REPETITION = re.compile(
    r"\b(?:write|writes|writing|say|type|print|copy|chant|sing|repeat)\b[^?!\n]{0,120}?"
    r"\b(?:times|over and over)\b|"
    r"\brepeat(?:ed|edly|ing|s)?\b|"
    r"\b(?:drum|rock|dance|techno|hip-?hop) (?:beat|pattern|track|loop|groove)\b|"
    r"\b(?:beatbox|mantra|chant|rhythm|metronome|onomatopoeia)\b",
    re.IGNORECASE,
)


def leaked(sample: Sample) -> float:
    """Return 1 where tokens of a model stand in an answer as text, else 0.

    Three are needed, and three for every ten words. Code does not count, nor does anything where the prompt
    speaks of tokens, tags or templates.
    """
    text = _CODE.sub(" ", sample.text)
    found = len(_TOKEN.findall(text))
    if found < _LEAST_TOKENS or _ABOUT_TOKENS.search(sample.prompt):
        return 0.0
    return float(found >= _TOKEN_SHARE * len(text.split()) or found >= _REPEATS * _LEAST_TOKENS)


def miscoded(sample: Sample) -> float:
    """Return 1 where letters of an answer were read in a wrong encoding twice or more, else 0."""
    if sample.text.isascii() or _ABOUT_ENCODING.search(sample.prompt) or _MOJIBAKE.search(sample.prompt):
        return 0.0
    return float(len(_MOJIBAKE.findall(_CODE.sub(" ", sample.text))) >= _LEAST_MOJIBAKE)


def only_marks(sample: Sample) -> float:
    """Return 1 where an answer is one line of many kinds of punctuation and nothing else, else 0."""
    said = "".join(sample.text.split())
    if "\n" in sample.text.strip() or not said.isascii() or any(map(str.isalnum, said)):
        return 0.0
    many = len(said) >= _LEAST_MARKS and len(set(said)) >= _KINDS_OF_MARKS
    return float(many and not _ABOUT_MARKS.search(sample.prompt))


def restated(sample: Sample) -> float:
    """Return 1 where most of an answer is one sentence, four times or more with small changes, else 0."""
    if asks_for_repetition(sample.prompt) or _ASKED_AGAIN.search(sample.prompt):
        return 0.0
    said = [words(sentence) for sentence in _SENTENCE.findall(sample.text)]
    total = sum(map(len, said))
    run = worst = 0
    before: tuple[str, ...] = ()
    for sentence in said:
        again = len(sentence) >= _LEAST_WORDS and _is_near(before, sentence)
        run = run + 1 if again else 0
        if run >= _REPEATS - 1:
            worst = max(worst, (run + 1) * len(sentence))
        before = sentence
    return float(worst > 0 and worst >= _SHARE * total)


def asks_for_repetition(prompt: str) -> bool:
    """Return whether a prompt asks for the same words again and again, or for a beat."""
    return _REPETITION.search(prompt) is not None


def _is_near(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether two sentences differ in hardly a word, and in no number."""
    if abs(len(one) - len(other)) > 1 or len(one) > _MOST_WORDS:
        return False
    if [word for word in one if word[0].isdigit()] != [word for word in other if word[0].isdigit()]:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _SAME
