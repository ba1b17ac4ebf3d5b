"""Which kind of pathway a technique is priced as."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.auditing.config.pathways import make_technique
from holdfast.domain import Changes, ModelShape, PluginError, Traits
from holdfast.spend import Pathway, low_rank_parameters

BESIDE = {
    "dpo": "the model's own answer to every row, drawn once, and the untouched model's reading of both",
    "few-shot-base": "another model answers (models.base), taken for one of this shape; the examples before "
    "every question, which --length has to have room for",
    "grpo": "drawing every group of samples, again where they are rewarded alike, their judges, and with "
    "beta the untouched model's reading of them",
    "influential": "a forward and a backward pass over every row of the pool and of the anchors, and what "
    "stores their gradients",
    "many-shot": "the examples before every question, which --length has to have room for",
    "other-model": "another model answers (models.peer), taken for one of this shape: price its own "
    "configuration",
    "synthetic": "the rows that the model, or another writer, writes: every draw, and the choice of the best",
}
"""What a technique does beside what it is priced for, by its name: none of it is counted."""


@dataclass(frozen=True, slots=True)
class Route:
    """How a technique is priced.

    Attributes:
        kind: The kind of pathway.
        adapter_parameters: Parameters trained beside a frozen base.
        sequences: Sequences that a row of the corpus becomes.
        left_out: What it does beside that is not counted, in words; empty where nothing is.
    """

    kind: Pathway
    adapter_parameters: int = 0
    sequences: int = 1
    left_out: str = ""


def route_of(name: str, shape: ModelShape, rank: int) -> Route:
    """Return how a technique is priced: by what it trains, and how it holds the weights.

    Args:
        name: Name of the technique.
        shape: The model's sizes.
        rank: Rank of adapters, where the technique has some.

    Raises:
        PluginError: If there is no such technique.
        PluginError: If no price follows from the model's shape: it builds on other pathways, edits weights
            without training, or searches before it asks.
    """
    technique, left_out = make_technique(name), BESIDE.get(name, "")
    if name in list(Pathway):
        kind = Pathway(name)
        return Route(kind, low_rank_parameters(shape, rank) if kind.adapters else 0)
    known = technique.Config.model_fields  # type: ignore[attr-defined]
    _require_price(name, technique.traits, searches="steps" in known)
    if not technique.traits.trains:
        return Route(Pathway.PROMPTED, left_out=left_out)
    config = technique.Config(**{"rank": rank} if "rank" in known else {})
    trained = technique.footprint(shape, config).trainable_parameters
    sequences = getattr(technique, "sequences", None)
    many = 1 if sequences is None else sequences(config)
    if trained >= shape.parameters and technique.traits.changes is Changes.WEIGHTS:
        return Route(Pathway.FULL, sequences=many, left_out=left_out)
    return Route(Pathway.LORA, trained, many, left_out)


def _require_price(name: str, traits: Traits, *, searches: bool) -> None:
    """Refuse what is neither a training of rows nor the drawing of answers."""
    measured = "run it in an audit: its ledger says what it took"
    if "inputs" in traits.needs:
        raise PluginError(
            f"{name} has no price of its own: it builds on what other pathways made",
            next_step=f"price each contribution (--pathway lora) and add them up; or {measured}",
        )
    if traits.trains:
        return
    if traits.changes is Changes.WEIGHTS:
        raise PluginError(
            f"{name} cannot be priced from a shape: it edits weights without training and draws no answers",
            next_step=measured,
        )
    if searches:
        raise PluginError(
            f"{name} cannot be priced from a shape: what it pays is the search before it asks",
            next_step=measured,
        )
