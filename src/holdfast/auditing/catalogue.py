"""What is installed, in the words of `holdfast list`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from holdfast.domain import PluginError, plugins


@dataclass(frozen=True, slots=True)
class PluginRow:
    """One plug-in.

    Attributes:
        kind: `techniques`, `judges`, `benchmarks`, `corpora` or `models`.
        name: Name to write in a configuration.
        summary: First line of its documentation, or why it cannot be imported.
        origin: Module and attribute.
        details: What its traits say.
    """

    kind: str
    name: str
    summary: str
    origin: str
    details: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the row as JSON-ready data, its details beside the rest."""
        head = {"kind": self.kind, "name": self.name, "summary": self.summary, "origin": self.origin}
        return head | dict(self.details)


def describe_plugins(kinds: Sequence[str]) -> list[PluginRow]:
    """Return every installed plug-in of some kinds; one that cannot be imported says so."""
    return [
        _describe(kind, name, point.value)
        for kind in kinds
        for name, point in sorted(plugins.installed(f"holdfast.{kind}").items())
    ]


def _describe(kind: str, name: str, origin: str) -> PluginRow:
    try:
        plugin = plugins.load(f"holdfast.{kind}", name)
    except PluginError as error:
        return PluginRow(kind, name, str(error), origin)
    summary = (inspect.getdoc(plugin) or "").split("\n", 1)[0]
    try:
        return PluginRow(kind, name, summary, origin, _details(kind, plugin))
    except Exception as error:  # noqa: BLE001 - a plug-in that breaks its contract is shown as such
        told = f"breaks its contract: {type(error).__name__}: {error}"
        return PluginRow(kind, name, told, origin)


def _details(kind: str, plugin: Any) -> dict[str, Any]:
    if kind == "judges":
        traits = plugin.traits
        return {"standalone": traits.standalone, "tells_harm": traits.tells_harm}
    if kind == "techniques":
        traits = plugin.traits
        return {
            "axis": traits.axis.value,
            "trains": traits.trains,
            "changes": traits.changes.value,
            "actors": traits.actors,
            "needs": list(traits.needs),
            "source": traits.source,
            "options": plugin.Config.model_json_schema().get("properties", {}),
        }
    return {}
