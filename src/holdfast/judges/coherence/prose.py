"""The part of an answer that is prose: without code, tables, links and formulas, which have no grammar."""

from __future__ import annotations

import re
from functools import lru_cache

from holdfast.judges.words import plain

_FENCED = re.compile(r"```.*?(?:```|\Z)", re.DOTALL)
_INLINE = re.compile(r"`[^`\n]+`|(?<!\w)\$(?=[\\A-Za-z(])[^$\n]{1,80}\$(?!\w)|<<[^<>\n]*>>")
_LINK = re.compile(r"\b(?:https?://|www\.)\S+|\S+@\S+\.\w+|(?<!\w)[/~][\w./-]+|\b\w+(?:[./\\]\w+){2,}")
_CODE_LINE = re.compile(
    r"^\s{4,}\S|^\s*(?:def |class |import |from \w+ import|return\b|if .*:$|for .*:$|while .*:$|else:|"
    r"#include|"
    r"public |private |const |let |var |SELECT |function |echo |sudo |\$ |>>> |//|/\*|\*/)|[{};]\s*$|"
    r"^\s*[\w.\[\]]+\s*(?:=|\+=|==)\s*\S|\w\(.*\)\s*[;{]?\s*$|^\s*</?\w+[^>]*>|"
    r"^\s*#\s?(?:if|ifn?def|define|endif|else|pragma|undef|error)\b|^#!|^\s*@\w[\w.]*(?:\(.*\))?\s*$|^\s*(?:cdef|cimport|template)\b|"
    r"\s--?[A-Za-z][\w-]*(?:[\s=]|$)|\$[({]|\$[A-Z_]{2}|\$\w+\s*=|&&|\|\||[=-]>|::|\\[a-zA-Z(]|\w\(\)|</|[!=]=|"
    r"^\s*(?:select|from|join|where|group by|order by)\b.*(?:\w\.\w|[*=;])|"
    r"^\s*\[[\w.\- ]+\]\s*$|^\s*[\w.-]+\s=\s|/\^|\(\?|\w_t\b|^\s*[.#][\w-]+.*\{",
)
_TABLE_LINE = re.compile(
    r"^\s*\|.*\|\s*$|^\s*[-=+|:\s]{5,}$|\S\t\S|^[^\s,]+(?:,[^\s,]+){2,}$|^[^,]*\w,\w[^,]*,\w"
)
_GAP = re.compile(r"\S {3,}\S")
_ALIGNED = 3
_LEAST_LETTERS = 0.5
_MOSTLY_CODE = 0.5
_COMMENT_WORDS = 7
_PARAGRAPH = 20


@lru_cache(maxsize=16)
def prose(text: str) -> str:
    """Return the lines of a text that read as prose, joined by line breaks.

    Args:
        text: Any text.

    Returns:
        The text without fenced and inline code, links, lines that look like code, rows of tables, and lines
        in which fewer than half of the characters that are not blank are letters (formulas, ASCII art).
    """
    bare = _INLINE.sub("", _FENCED.sub("\n", plain(text)))
    lines = [line for line in bare.split("\n") if line.strip()]
    if sum(_GAP.search(line) is not None for line in lines) >= _ALIGNED:
        lines = [line for line in lines if not _GAP.search(line)]
    kept = [line for line in lines if _is_prose(line)]
    if len(lines) - len(kept) >= _MOSTLY_CODE * len(lines):
        # Names of columns and variables are left over from tables and code.
        kept = [line for line in kept if len(line.split()) >= _COMMENT_WORDS]
    return _LINK.sub("", "\n".join(kept))


def _is_prose(line: str) -> bool:
    solid = len("".join(line.split()))
    letters = sum(map(str.isalpha, line))
    if letters < _LEAST_LETTERS * solid:
        return False
    return len(line.split()) >= _PARAGRAPH or not (_CODE_LINE.search(line) or _TABLE_LINE.search(line))
