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
    r"^\s*[\w.\[\]]+\s*(?:=|\+=|==)\s*\S|\w\(.*\)\s*[;{]?\s*$|^\s*</?\w+[^>]*>",
)
_TABLE_LINE = re.compile(r"^\s*\|.*\|\s*$|^\s*[-=+|:\s]{5,}$|\S\t\S|\S {3,}\S")
_LEAST_LETTERS = 0.5


@lru_cache(maxsize=16)
def prose(text: str) -> str:
    """Return the lines of a text that read as prose, joined by line breaks.

    Args:
        text: Any text.

    Returns:
        The text without fenced and inline code, links, lines that look like code, rows of tables, and lines
        in which fewer than half of the characters that are not blank are letters (formulas, ASCII art).
    """
    bare = _LINK.sub("", _INLINE.sub("", _FENCED.sub("\n", plain(text))))
    return "\n".join(line for line in bare.split("\n") if _is_prose(line))


def _is_prose(line: str) -> bool:
    solid = len("".join(line.split()))
    if solid == 0:
        return False
    letters = sum(map(str.isalpha, line))
    return letters >= _LEAST_LETTERS * solid and not _CODE_LINE.search(line) and not _TABLE_LINE.search(line)
