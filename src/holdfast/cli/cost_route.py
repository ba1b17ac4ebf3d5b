"""Which kind of pathway a technique is priced as."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.auditing.config.pathways import make_technique
from holdfast.domain import Changes, ModelShape
from holdfast.spend import Pathway, low_rank_parameters


@dataclass(frozen=True, slots=True)
class Route:
    """How a technique is priced.

    Attributes:
        kind: The kind of pathway.
        adapter_parameters: Parameters trained beside a frozen base.
        sequences: Sequences that a row of the corpus becomes.
    """

    kind: Pathway
    adapter_parameters: int = 0
    sequences: int = 1


def route_of(name: str, shape: ModelShape, rank: int) -> Route:
    """Return how a technique is priced: by what it trains, and how it holds the weights.

    Args:
        name: Name of the technique.
        shape: The model's sizes.
        rank: Rank of adapters, where the technique has some.

    Raises:
        PluginError: If there is no such technique.
    """
    technique = make_technique(name)
    if name in list(Pathway):
        kind = Pathway(name)
        return Route(kind, low_rank_parameters(shape, rank) if kind.adapters else 0)
    if not technique.traits.trains:
        return Route(Pathway.PROMPTED)
    known = technique.Config.model_fields  # type: ignore[attr-defined]
    config = technique.Config(**{"rank": rank} if "rank" in known else {})
    trained = technique.footprint(shape, config).trainable_parameters
    sequences = getattr(technique, "sequences", None)
    many = 1 if sequences is None else sequences(config)
    if trained >= shape.parameters and technique.traits.changes is Changes.WEIGHTS:
        return Route(Pathway.FULL, sequences=many)
    return Route(Pathway.LORA, trained, many)
