"""One way to compare texts: what counts as the same prompt, target or answer."""

from __future__ import annotations

import unicodedata

_OPENING = "\"'`“‘«‹([{<*_ \t\n"
_CLOSING = "\"'`”’»›)]}>*_ \t\n.,;:!?…。、！？"
SHOWN_LENGTH = 60
"""Longest value quoted in a message, in characters."""


def normalise(text: str) -> str:
    """Return `text` for comparison: case folded, white space collapsed, quotes and stops trimmed at the ends.

    Signs, currency and percent are kept (`-5` is not `5`), and so is a text that is nothing but punctuation.

    Args:
        text: Any text.

    Returns:
        The normalised text; empty only if `text` is blank.
    """
    folded = " ".join(unicodedata.normalize("NFC", text).casefold().split())
    return folded.rstrip(_CLOSING).lstrip(_OPENING) or folded


def quoted(value: object) -> str:
    """Return a value as it may stand in an error message: its repr, shortened to `SHOWN_LENGTH`."""
    shown = repr(value)
    return shown if len(shown) <= SHOWN_LENGTH else shown[: SHOWN_LENGTH - 4] + "..." + shown[-1]
