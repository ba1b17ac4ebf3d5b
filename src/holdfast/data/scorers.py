"""Capability scorers: pure functions from an answer and its row to a score in [0, 1]."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType

from holdfast.data.text import normalise
from holdfast.domain import HoldfastError, Item, did_you_mean

Scorer = Callable[[str, Item], float | None]

_NUMBER = re.compile(
    r"(?<![\w.])[-+]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?(?!\d)"
    r"|(?<![\w.])[-+]?\.\d+"
)


def _exact(answer: str, item: Item) -> float | None:
    """1 if the answer is the target but for case, white space, and quotes and stops at the ends."""
    return None if item.target is None else float(normalise(answer) == normalise(item.target))


def _contains(answer: str, item: Item) -> float | None:
    """1 if the target stands in the answer as whole words (`4` is not in `14`)."""
    if item.target is None:
        return None
    text, wanted = normalise(answer), normalise(item.target)
    start = text.find(wanted)
    while start >= 0:
        end = start + len(wanted)
        before, after = text[start - 1 : start], text[end : end + 1]
        if not (_runs_on(before, wanted[:1]) or _runs_on(wanted[-1:], after)):
            return 1.0
        start = text.find(wanted, start + 1)
    return 0.0


def _runs_on(left: str, right: str) -> bool:
    """Return whether two neighbours belong to one word; scripts without letter case have no such borders."""
    return all(c.isdigit() or c.isupper() or c.islower() for c in (left, right)) if left and right else False


def last_number(text: str) -> Decimal | None:
    """Return the last number in a text; None if it holds none.

    Args:
        text: Any text; `1,234.5`, `-3`, `.5` and `2e3` are numbers, a comma is a thousands separator only.
    """
    found = _NUMBER.findall(text.replace("\u2212", "-"))
    if not found:
        return None
    try:
        return Decimal(found[-1].replace(",", ""))
    except InvalidOperation:
        return None


def _last_number(answer: str, item: Item) -> float | None:
    """1 if the last number of the answer equals the last number of the target; without any number, 0."""
    wanted = None if item.target is None else last_number(item.target)
    return None if wanted is None else float(last_number(answer) == wanted)


def _choice(answer: str, item: Item) -> float | None:
    """1 if the choice picked by likelihood is the target; None if the answer is none of the choices."""
    if item.target is None or answer not in item.choices:
        return None
    return float(answer == item.target)


SCORERS: Mapping[str, Scorer] = MappingProxyType(
    {"exact": _exact, "contains": _contains, "last-number": _last_number, "choice": _choice}
)
"""Scorers by name."""


def score(scorer: str, answer_text: str, item: Item) -> float | None:
    """Score one answer.

    Args:
        scorer: A name in `SCORERS`.
        answer_text: The answer; for rows with choices, the choice picked.
        item: The row it answers.

    Returns:
        The score in [0, 1]; None where the row cannot be scored this way (no target, no number in it, an
        answer that is none of the choices).

    Raises:
        HoldfastError: If there is no such scorer.
    """
    try:
        rule = SCORERS[scorer]
    except KeyError:
        raise HoldfastError(f"no scorer called {scorer!r}", next_step=did_you_mean(scorer, SCORERS)) from None
    return rule(answer_text, item)
