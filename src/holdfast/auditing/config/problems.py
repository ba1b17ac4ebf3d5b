"""Collecting everything wrong with a configuration, and the words for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from holdfast.auditing.config.document import Document, KeyPath
from holdfast.data import quoted
from holdfast.domain import ConfigError, DataError, PluginError, Problem, did_you_mean

_TYPES = {
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a mapping of keys",
    "greater_than": "must be above {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be below {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must not be empty",
    "too_short": "must hold at least {min_length} entries",
}


@dataclass(slots=True)
class Problems:
    """What is wrong with one configuration so far.

    Attributes:
        document: The configuration.
        problems: In the order found.
    """

    document: Document
    problems: list[Problem] = field(default_factory=list)

    @property
    def root(self) -> Path:
        """Absolute directory that paths in the configuration are relative to."""
        return self.document.path.resolve().parent

    def add(
        self,
        path: KeyPath,
        message: str,
        hint: str = "",
        *,
        of_key: bool = False,
        line_of: KeyPath | None = None,
    ) -> None:
        """Record a problem.

        Args:
            path: The key path it is about.
            message: What is wrong, with the value.
            hint: A did-you-mean or the next step.
            of_key: Point at the line of the key instead of its value's.
            line_of: Point at the line of this path instead.
        """
        where = self.document.where(path)
        line = self.document.line(path if line_of is None else line_of, of_key=of_key)
        shown = f"{where}: {message}" if where else message
        self.problems.append(Problem(shown, str(self.document.path), line, hint))

    def add_data(self, error: DataError, path: KeyPath) -> None:
        """Record the problems of a data file: those of a row where the row is, the others at `path`."""
        for problem in error.problems:
            if problem.line is None:
                self.add(path, f"{problem.source}: {problem.message}", problem.hint)
            else:
                self.problems.append(problem)

    def add_plugin(self, path: KeyPath, error: PluginError) -> None:
        """Record a plug-in that cannot be used."""
        self.add(path, error.args[0], error.next_step)

    def raise_if_any(self) -> None:
        """Raise everything found, the configuration's own problems first and by line.

        Raises:
            ConfigError: If anything was found.
        """
        found = dict.fromkeys((*self.document.problems, *self.problems))
        if not found:
            return
        own = str(self.document.path)
        raise ConfigError(sorted(found, key=lambda p: (p.source != own, p.source, p.line or 0)))


@dataclass(frozen=True, slots=True)
class Wording:
    """What is wrong with a value, and what to do about it."""

    message: str
    hint: str = ""


def wording(error: Mapping[str, Any]) -> Wording:
    """Return the words for one error of a pydantic model.

    Args:
        error: An entry of `ValidationError.errors()`.
    """
    kind, context, value = error["type"], error.get("ctx", {}), error["input"]
    if kind in ("literal_error", "enum"):
        known = re.findall(r"'([^']*)'", context["expected"])
        return Wording(f"unknown value {quoted(value)}", did_you_mean(str(value), known))
    if kind in ("value_error", "assertion_error"):
        return Wording(f"{context['error']}, got {quoted(value)}")
    text = _TYPES.get(kind)
    bounds = {name: f"{bound:g}" for name, bound in context.items() if isinstance(bound, int | float)}
    message = text.format(**bounds) if text else error["msg"][:1].lower() + error["msg"][1:]
    return Wording(f"{message}, got {quoted(value)}", _way_to_write(kind, value))


def _way_to_write(kind: str, value: object) -> str:
    if kind == "string_type" and isinstance(value, int | float):
        return "put it in quotes"
    return f"write [{value}]" if kind == "list_type" and isinstance(value, str) else ""
