"""A YAML file as plain values, with the line of every key and value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from holdfast.domain import ConfigError, Problem

KeyPath = tuple[str | int, ...]
"""Keys and list positions from the top of a document to a value."""

NODES_ALLOWED = 100_000
"""More nodes than any configuration has: aliases that multiply each other are stopped here."""


class _Loader(yaml.SafeLoader):
    """YAML 1.2 scalars: `1e-3` is a number, `on` and `no` are text, and nothing is a date."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012


_NULL, _BOOL, _INT, _FLOAT = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float"))
for _tag, _pattern, _starts in (
    (_NULL, r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (_BOOL, r"true|True|TRUE|false|False|FALSE", [*"tTfF"]),
    (_INT, r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", [*"-+0123456789"]),
    (_FLOAT, r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", [*"-+.0123456789"]),
):
    _Loader.add_implicit_resolver(_tag, re.compile(rf"^(?:{_pattern})\Z"), _starts)


@dataclass(frozen=True, slots=True)
class Document:
    """A configuration file.

    Attributes:
        path: Where it is.
        values: Its content; an empty mapping if it holds none.
        key_lines: Key path -> 1-based line of the key (or list entry).
        value_lines: Key path -> 1-based line its value starts on.
        problems: What keeps it from being read as written: keys named twice, tags, merge keys.
    """

    path: Path
    values: dict[str, Any]
    key_lines: Mapping[KeyPath, int]
    value_lines: Mapping[KeyPath, int]
    problems: tuple[Problem, ...] = ()

    def line(self, path: KeyPath, *, of_key: bool = False) -> int:
        """Return the line of a value or key; of the nearest one around it if the path leads nowhere."""
        lines = self.key_lines if of_key else self.value_lines
        while path and path not in lines:
            path = path[:-1]
        return lines.get(path, 1)

    def where(self, path: KeyPath) -> str:
        """Return a key path for people: list entries by their `name` where they have one."""
        words, value = "", self.values
        for key in path:
            try:
                value = value[key]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                value = {}
            name = value.get("name") if isinstance(value, dict) and isinstance(key, int) else None
            part = f"[{key}]" if isinstance(key, int) and not isinstance(name, str) else f".{name or key}"
            words += part
        return words.removeprefix(".")


@dataclass(slots=True)
class _Reader:
    source: str
    problems: list[Problem] = field(default_factory=list)
    key_lines: dict[KeyPath, int] = field(default_factory=dict)
    value_lines: dict[KeyPath, int] = field(default_factory=dict)
    nodes: int = 0

    def read(self, node: yaml.Node, path: KeyPath) -> Any:
        self.nodes += 1
        line = _line(node)
        if self.nodes > NODES_ALLOWED:
            raise ConfigError([Problem(f"more than {NODES_ALLOWED} values", self.source, line)])
        self.value_lines[path] = line
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self._entry(child, (*path, i)) for i, child in enumerate(node.value)]
        return self._scalar(node)

    def _entry(self, node: yaml.Node, path: KeyPath) -> Any:
        self.key_lines[path] = _line(node)
        return self.read(node, path)

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, child in _pairs(node):
            line = _line(key)
            if not isinstance(key, yaml.ScalarNode):
                self.problems.append(Problem("a key must be text", self.source, line))
                continue
            name: str = key.value
            if name == "<<":
                message = "merge keys (<<) are not supported"
                self.problems.append(Problem(message, self.source, line, "write the keys out"))
            elif name in values:
                first = self.key_lines[(*path, name)]
                self.problems.append(
                    Problem(f"key {name!r} is written twice", self.source, line, f"first at line {first}")
                )
            else:
                self.key_lines[(*path, name)] = line
                values[name] = self.read(child, (*path, name))
        return values

    def _scalar(self, node: yaml.Node) -> Any:
        text: str = node.value
        match node.tag:
            case t if t == _NULL:
                return None
            case t if t == _BOOL:
                return text.lower() == "true"
            case t if t == _INT:
                return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
            case t if t == _FLOAT:
                return float(text)
            case "tag:yaml.org,2002:str":
                return text
        self.problems.append(Problem(f"tag {node.tag} is not supported", self.source, _line(node)))
        return None


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[yaml.Node, yaml.Node]]:
    yield from node.value


def read_document(path: Path) -> Document:
    """Read a configuration file.

    Args:
        path: A YAML file.

    Returns:
        Its values and lines. Keys named twice are problems of the document; the first is kept.

    Raises:
        ConfigError: If it cannot be read, is no YAML, or is no mapping of keys.
    """
    source = str(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        raise ConfigError([Problem(message, source, None, "check the path")]) from error
    except UnicodeDecodeError as error:
        raise ConfigError([Problem("is no UTF-8", source, None, "save the file as UTF-8")]) from error
    try:
        node = yaml.compose(text, Loader=_Loader)
        reader = _Reader(source)
        values = {} if node is None else reader.read(node, ())
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.problem, error.context) if part)
        line = mark.line + 1 if mark else None
        raise ConfigError([Problem(f"is no YAML: {what}", source, line)]) from error
    except yaml.YAMLError as error:
        raise ConfigError([Problem(f"is no YAML: {error}", source)]) from error
    except RecursionError as error:
        raise ConfigError([Problem("is nested in itself or too deeply", source)]) from error
    if not isinstance(values, dict):
        message = f"must be a mapping of keys such as `name:`, got {type(values).__name__}"
        raise ConfigError([Problem(message, source, 1)])
    return Document(path, values, reader.key_lines, reader.value_lines, tuple(reader.problems))
