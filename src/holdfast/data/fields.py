"""Reading the fields of one row: what is missing or of the wrong shape becomes a problem with its line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, get_args

from holdfast.data.scan import Row
from holdfast.data.text import quoted
from holdfast.domain import Conversation, Message, Problem, Role, did_you_mean

BENCHMARK_FIELDS = ("id", "prompt", "messages", "target", "category", "group", "choices", "split")
"""Fields a benchmark row may hold."""
CORPUS_FIELDS = ("prompt", "response", "messages", "id", "category", "group")
"""Fields a corpus row may hold; the last three are allowed and not used."""

_OTHER_NAMES = {
    "prompt": ("question", "instruction", "input", "query", "goal", "behavior", "forbidden_prompt", "text"),
    "response": ("completion", "output", "answer", "chosen", "reply"),
    "target": ("answer", "response", "completion", "output", "gold", "label", "expected", "reference"),
    "messages": ("conversation", "conversations", "chat", "turns", "dialog"),
    "choices": ("options",),
}
_ROLES: tuple[Role, ...] = get_args(Role)


class RowFields:
    """The fields of one row, read one at a time.

    Attributes:
        problems: What was wrong with the fields read so far.
    """

    def __init__(self, row: Row, source: str) -> None:
        self._row = row
        self._source = source
        self.problems: list[Problem] = []

    def problem(self, message: str, hint: str = "") -> None:
        """Record that something is wrong with this row."""
        self.problems.append(Problem(message, self._source, self._row.line, hint))

    def has(self, name: str) -> bool:
        """Return whether the row holds a value other than null."""
        return self._row.values.get(name) is not None

    def text(self, name: str) -> str | None:
        """Return a field as text (numbers as they read); None if it is missing, empty or no text."""
        value = self._row.values.get(name)
        if value is None:
            return None
        if isinstance(value, Decimal):
            value = format(value, "f")
        elif isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            self.problem(f"{name} must be text or a number, got {quoted(value)}", "write it in quotes")
            return None
        if not value.strip():
            hint = "leave the field out if there is none" if name != "prompt" else ""
            self.problem(f"empty {name}: {quoted(value)}", hint)
            return None
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts (in CSV, a cell that holds a JSON list); empty if missing or wrong."""
        values = self._list(name)
        if not all(isinstance(v, str) and v.strip() for v in values):
            self.problem(f"{name} must be a list of texts, none empty, got {quoted(values)}")
            return ()
        return tuple(values)

    def messages(self) -> Conversation:
        """Return the turns of `messages`; empty if missing or wrong."""
        values = self._list("messages")
        turns = [self._message(position, value) for position, value in enumerate(values)]
        return tuple(turn for turn in turns if turn is not None) if None not in turns else ()

    def _list(self, name: str) -> Sequence[Any]:
        value = self._row.values.get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except ValueError:
                self.problem(f"{name} must be a list, got {quoted(value)}", "in CSV, write a JSON list")
                return ()
        if value is None:
            return ()
        if not isinstance(value, list) or not value:
            self.problem(f"{name} must be a list with at least one entry, got {quoted(value)}")
            return ()
        return value

    def _message(self, position: int, value: object) -> Message | None:
        place = f"messages[{position}]"
        if not isinstance(value, dict) or set(value) != {"role", "content"}:
            self.problem(f'{place} must be {{"role": ..., "content": ...}}, got {quoted(value)}')
            return None
        role, content = value["role"], value["content"]
        if role not in _ROLES:
            self.problem(f"{place}: unknown role {quoted(role)}", did_you_mean(str(role), _ROLES))
            return None
        if not isinstance(content, str) or not content.strip():
            self.problem(f"{place}: content must be text, not empty, got {quoted(content)}")
            return None
        return Message(role, content)


def unknown_fields(
    rows: Sequence[Row], known: Sequence[str], columns: Mapping[str, str], source: str
) -> list[Problem]:
    """Name fields that mean nothing, each once, at the first row that holds it.

    With a column map the file is a foreign one, of which the map says what is read: the rest is left alone.

    Args:
        rows: Rows under our names.
        known: Our names.
        columns: The column map in force.
        source: The file's name.

    Returns:
        One problem a field.
    """
    if columns:
        return []
    lines: dict[str, list[int]] = {}
    for row in rows:
        for name in row.values:
            if name not in known:
                lines.setdefault(name, []).append(row.line)
    problems = []
    for name, found in lines.items():
        more = f", and in {len(found) - 1} more rows" if len(found) > 1 else ""
        problems.append(
            Problem(f"unknown field {name!r}{more}", source, found[0], suggest_field(name, known))
        )
    return problems


def suggest_field(name: str, known: Sequence[str]) -> str:
    """Return what somebody who wrote `name` most likely meant, by spelling or by other tools' words."""
    if difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.75):
        return did_you_mean(name.lower(), known)
    for ours, others in _OTHER_NAMES.items():
        if ours in known and name.lower() in others:
            return f"holdfast calls it {ours!r}: rename it, or write columns: {{{ours}: {name}}}"
    return "known: " + ", ".join(known)
