"""What is installed, in the words of `holdfast list`."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from holdfast.domain import Axis, Changes, PluginError, Regime, plugins
from holdfast.domain.regimes import REGIMES


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
    summary = _first_line(plugin)
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


class PathwayKind(StrEnum):
    """What a row of the pathways is."""

    TECHNIQUE = "technique"
    """A way of changing weights or inputs."""
    REGIME = "regime"
    """A kind of data that techniques are fed with."""
    OPTION = "option"
    """A setting that makes techniques which have it cheaper, or stronger for the same."""


@dataclass(frozen=True, slots=True)
class PathwayRow:
    """One technique, regime or option; a pathway of an audit is a technique, mostly with a regime.

    Attributes:
        kind: Technique, regime or option.
        name: Name to write in a configuration.
        axis: `A` costs less compute or data, `B` shares the cost among actors, `none` for neither; empty for
            a technique that cannot be read.
        actors: Actors it takes at least; 0 for a technique that cannot be read.
        source: Paper or documentation it follows.
        needs: What must be given.
        trains: Whether it takes optimiser steps on a corpus.
        changes: `weights` or `inputs`; empty for a technique that cannot be read.
        summary: One sentence, or why it cannot be read.
        variants: Further ways of doing the same, each written as an option: value and one line.
    """

    kind: PathwayKind
    name: str
    axis: str
    actors: int
    source: str
    needs: tuple[str, ...]
    trains: bool
    changes: str
    summary: str
    variants: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the row as JSON-ready data."""
        return asdict(self)


def _option(name: str, source: str, summary: str, needs: tuple[str, ...] = ()) -> PathwayRow:
    axis, weights = Axis.CHEAPER.value, Changes.WEIGHTS.value
    return PathwayRow(PathwayKind.OPTION, name, axis, 1, source, needs, True, weights, summary)


_OPTIONS = (
    _option(
        "optimizer: adamw-8bit",
        "Dettmers et al. 2022, arXiv 2110.02861",
        "The state of the optimiser in one byte a number.",
        ("extra.quantised",),
    ),
    _option("optimizer: sgd", "Robbins and Monro 1951", "No state of the optimiser at all."),
    _option(
        "gradient_checkpointing",
        "Chen et al. 2016, arXiv 1604.06174",
        "Activations computed twice instead of kept.",
    ),
    _option(
        "limit: [1, 10, 100]",
        "Qi et al. 2024, arXiv 2310.03693",
        "Of a corpus: one pathway for each number of rows, which makes a dose-response curve.",
        ("corpus",),
    ),
    _option(
        "search",
        "Akiba et al. 2019, arXiv 1907.10902",
        "Of a pathway: hyper-parameters chosen by tries under a utility bound; the tries are paid for too.",
        ("extra.search",),
    ),
)


def describe_pathways() -> list[PathwayRow]:
    """Return every installed technique, by axis, then regimes and options; what cannot be read says so."""
    order = [Axis.NONE.value, Axis.CHEAPER.value, Axis.SHARED.value, ""]
    techniques = [
        _technique(name, point.value) for name, point in plugins.installed(plugins.TECHNIQUES).items()
    ]
    techniques.sort(key=lambda row: (order.index(row.axis), row.name))
    return [*techniques, *map(_regime, Regime), *_OPTIONS]


def _technique(name: str, origin: str) -> PathwayRow:
    kind = PathwayKind.TECHNIQUE
    try:
        plugin = plugins.load(plugins.TECHNIQUES, name)
        traits = plugin.traits
        return PathwayRow(
            kind=kind,
            name=name,
            axis=traits.axis.value,
            actors=traits.actors,
            source=" ".join(traits.source.split()),
            needs=tuple(traits.needs),
            trains=traits.trains,
            changes=traits.changes.value,
            summary=_first_line(plugin),
            variants=dict(getattr(plugin, "variants", {})),
        )
    except Exception as error:  # noqa: BLE001 - a plug-in that cannot be read is shown as such
        return PathwayRow(kind, name, "", 0, "", (), False, "", f"{origin} cannot be read: {error}")


def _regime(regime: Regime) -> PathwayRow:
    note = REGIMES[regime.value]
    return PathwayRow(
        kind=PathwayKind.REGIME,
        name=regime.value,
        axis=Axis.CHEAPER.value,
        actors=1,
        source=note.source,
        needs=note.needs,
        trains=True,
        changes=Changes.WEIGHTS.value,
        summary=note.summary,
    )


def _first_line(plugin: Any) -> str:
    return (inspect.getdoc(plugin) or "").split("\n", 1)[0]
