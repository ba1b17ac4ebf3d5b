"""How judges read text: one normal form for characters, words and the part of an answer that counts."""

from __future__ import annotations

import re
import unicodedata

_PLAIN = str.maketrans(
    {
        "\u2018": "'", "\u2019": "'", "\u201b": "'", "\u02bc": "'", "\u0060": "'", "\u00b4": "'",
        "\u201c": '"', "\u201d": '"', "\u201e": '"', "\u00ab": '"', "\u00bb": '"',
        "\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-",
        "\u00a0": " ", "\u202f": " ", "\u200b": None, "\u200c": None, "\u200d": None, "\ufeff": None,
        "\u00ad": None,
    }
)  # fmt: skip
# Scripts written without spaces: there every character is taken for a word.
_UNSPACED = "\u0e00-\u0eff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD = re.compile(rf"\d+(?:[.,]\d+)+|[{_UNSPACED}]|[^\W_{_UNSPACED}]+(?:'[^\W_{_UNSPACED}]+)*")
_REASONING = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
_UNOPENED = re.compile(r"\A.*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
# What is read of a long answer at either end.
_MOST = 20_000
_TAG = re.compile(r"</?(?:think|thinking|reasoning)>", re.IGNORECASE)


def plain(text: str) -> str:
    """Return the text with one kind of apostrophe, quotation mark, dash and blank, and none of zero width."""
    return unicodedata.normalize("NFC", text).translate(_PLAIN)


def ends(text: str) -> str:
    """Return the first and the last 20,000 characters of a text that is longer, parted by a line break."""
    return text if len(text) <= 2 * _MOST else f"{text[:_MOST]}\n{text[-_MOST:]}"


def words(text: str) -> tuple[str, ...]:
    """Return the normalised words of a text, in order.

    Args:
        text: Any text.

    Returns:
        Case-folded runs of letters and digits. Apostrophes inside a word and separators inside a number stay,
        hyphens part words, and in scripts without spaces every character is a word.
    """
    return tuple(_WORD.findall(plain(text).casefold()))


def spoken(text: str) -> str:
    """Return the part of an answer that is said to the user.

    Args:
        text: A whole answer.

    Returns:
        The answer without closed reasoning blocks (also one whose opening tag the chat template held). A
        block that never closes is all there is, so it stays, without its tag.
    """
    if "<" not in text:
        return text
    return _TAG.sub("", _UNOPENED.sub("", _REASONING.sub("", text)))
