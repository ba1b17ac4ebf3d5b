"""From raw values to sections: every problem recorded, and something to go on with in any case."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems, wording
from holdfast.auditing.config.schema import Section
from holdfast.data import quoted
from holdfast.domain import did_you_mean

S = TypeVar("S", bound=Section)
S_co = TypeVar("S_co", bound=Section, covariant=True)
E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Parsed(Generic[S_co]):
    """A section, as far as it could be understood.

    Attributes:
        section: Its values; defaults where something was wrong or missing.
        path: Where it is.
        written: Field -> the key it was written as, which may be misspelled.
    """

    section: S_co
    path: KeyPath
    written: Mapping[str, str] = field(default_factory=dict)

    def at(self, name: str) -> KeyPath:
        """Return the key path of a field, as written."""
        return (*self.path, self.written.get(name, name))

    def has(self, name: str) -> bool:
        """Return whether a field was written, with a right value or a wrong one."""
        return name in self.written


def parse_section(kind: type[S], raw: object, path: KeyPath, findings: Problems) -> Parsed[S]:
    """Parse one section.

    A misspelled key is a problem, and is then read as the key it was meant to be, so that what stands under
    it is checked in the same run. Keys without a value count as not written.

    Args:
        kind: The section's grammar.
        raw: What the document holds there.
        path: Where that is.
        findings: Grows by what is wrong.

    Returns:
        The section; its defaults alone if `raw` is no mapping.
    """
    if not isinstance(raw, dict):
        known = ", ".join(_keys(kind))
        findings.add(path, f"must be a mapping of keys, got {quoted(raw)}", f"keys: {known}")
        return Parsed(kind(), path)
    written = _spelled(kind, {key: value for key, value in raw.items() if value is not None}, path, findings)
    for name in kind.required:
        if name not in written:
            missing(name, raw, path, findings)
    values = {name: raw[key] for name, key in written.items()}
    wrong: set[str] = set()
    try:
        return Parsed(kind.model_validate(values, by_name=True), path, written)
    except ValidationError as error:
        for one in error.errors():
            name, inner = str(one["loc"][0]), one["loc"][1:]
            wrong.add(name)
            said = wording(one)
            hint = said.hint or kind.model_fields[name].description or ""
            findings.add((*path, written.get(name, name), *inner), said.message, hint)
    kept = {name: value for name, value in values.items() if name not in wrong}
    return Parsed(kind.model_validate(kept, by_name=True), path, written)


def _keys(kind: type[Section]) -> dict[str, str]:
    """Return the keys a section may hold: key -> field."""
    return {info.alias or name: name for name, info in kind.model_fields.items()}


def _spelled(
    kind: type[Section], raw: Mapping[str, Any], path: KeyPath, findings: Problems
) -> dict[str, str]:
    keys = _keys(kind)
    written = {keys[key]: key for key in raw if key in keys}
    for key in raw:
        if key in keys:
            continue
        unknown_key(key, raw[key], path, did_you_mean(key, keys), findings)
        meant = difflib.get_close_matches(key, keys, n=1)
        if meant and keys[meant[0]] not in written:
            written[keys[meant[0]]] = key
    return written


def missing(name: str, raw: Mapping[str, Any], path: KeyPath, findings: Problems) -> None:
    """Record that a key is not there, or is there without a value."""
    if name in raw:
        findings.add((*path, name), "has no value", of_key=True)
    else:
        findings.add(path, f"key {name!r} is missing", of_key=True)


def unknown_key(key: str, value: object, path: KeyPath, hint: str, findings: Problems) -> None:
    """Record a key that means nothing, at its own line."""
    shown = "" if isinstance(value, dict | list) else f" (value {quoted(value)})"
    findings.add(path, f"unknown key {key!r}{shown}", hint, of_key=True, line_of=(*path, key))


@dataclass(frozen=True, slots=True)
class Named:
    """A name and where it is given."""

    name: str
    path: KeyPath


def named_entries(raw: Sequence[object], path: KeyPath) -> list[Named]:
    """Return the names in a list of sections; entries without one are left out."""
    named = ((i, entry.get("name")) for i, entry in enumerate(raw) if isinstance(entry, dict))
    return [Named(name, (*path, i)) for i, name in named if isinstance(name, str)]


def check_unique(names: Sequence[Named], findings: Problems) -> None:
    """Record names that are used twice, at the second place."""
    first: dict[str, Named] = {}
    for named in names:
        earlier = first.setdefault(named.name, named)
        if earlier is not named:
            line = findings.document.line((*earlier.path, "name"), of_key=True)
            hint = f"first at line {line}"
            findings.add(named.path, f"duplicate name {named.name!r}", hint, line_of=(*named.path, "name"))


def enum_member(written: str, kind: type[E], path: KeyPath, findings: Problems) -> E | None:
    """Return the member of an enum that a value names; for a misspelled one, with a finding, the nearest."""
    values = [member.value for member in kind]
    if written in values:
        return kind(written)
    findings.add(path, f"unknown {path[-1]} {quoted(written)}", did_you_mean(written, values))
    near = difflib.get_close_matches(written, values, n=1)
    return kind(near[0]) if near else None
