"""Federated averaging: actors train apart on private rows, then average (arXiv 1602.05629)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from importlib.util import find_spec
from itertools import count
from math import ceil
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field, model_validator

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext
from holdfast.techniques.parts.shared import HARMFUL, SharedConfig, train_shared

if TYPE_CHECKING:
    from holdfast.engine import Aggregation


class Strategy(StrEnum):
    """How updates become the next round's weights; all but `fedavg` are Flower's."""

    FEDAVG = "fedavg"
    FEDADAGRAD = "fedadagrad"
    FEDADAM = "fedadam"
    FEDYOGI = "fedyogi"
    FEDMEDIAN = "fedmedian"
    FEDTRIMMEDAVG = "fedtrimmedavg"
    KRUM = "krum"
    MULTIKRUM = "multikrum"
    BULYAN = "bulyan"


_ADAPTIVE = (Strategy.FEDADAGRAD, Strategy.FEDADAM, Strategy.FEDYOGI)
_OUTNUMBERED = (Strategy.KRUM, Strategy.MULTIKRUM, Strategy.BULYAN)


class FedAvgConfig(SharedConfig):
    """Options of federated averaging.

    Attributes:
        strategy: How updates become the next round's weights.
        server_learning_rate: For `fedadagrad`, `fedadam` and `fedyogi`: about how far a weight moves a round.
            Flower's own default of 0.1 is larger than most weights of a language model.
        trim: For `fedtrimmedavg`: share of the actors left out at each end of each weight, in (0, 0.5).
        tolerated: For `krum`, `multikrum` and `bulyan`: how many actors may lie.
    """

    strategy: Strategy = Strategy.FEDAVG
    server_learning_rate: float = Field(default=1e-2, gt=0.0)
    trim: float = Field(default=0.25, gt=0.0, lt=0.5)
    tolerated: int = Field(default=1, ge=1)

    @model_validator(mode="after")
    def _strategy_can_be_followed(self) -> FedAvgConfig:
        if self.strategy is not Strategy.FEDAVG and find_spec("flwr") is None:
            raise ValueError(
                f"strategy {self.strategy.value!r} needs flwr, which is not installed: "
                "pip install 'holdfast[federated]', or take strategy: fedavg"
            )
        beside = [name for name in sorted(self._of_other_strategies()) if name in self.model_fields_set]
        if beside:
            raise ValueError(
                f"strategy {self.strategy.value!r} has no {' and no '.join(beside)}: leave it out"
            )
        if self.actors < self.least_updates():
            raise ValueError(f"{self._why_so_many()}: {self.actors} actors are too few")
        return self

    def least_updates(self) -> int:
        """Return the updates that a round needs for the strategy to be what its name says.

        Flower goes on with fewer: it trims nothing, takes one neighbour whatever it is, or skips the round.
        """
        match self.strategy:
            case Strategy.FEDTRIMMEDAVG:
                return next(n for n in count(ceil(1.0 / self.trim)) if int(self.trim * n) >= 1)
            case Strategy.KRUM | Strategy.MULTIKRUM:
                return self.tolerated + 3
            case Strategy.BULYAN:
                return 4 * self.tolerated + 3
            case Strategy.FEDMEDIAN:
                return 3
            case _:
                return 1

    def _why_so_many(self) -> str:
        with_what = {
            Strategy.FEDTRIMMEDAVG: f" with trim {self.trim:g}",
            Strategy.FEDMEDIAN: "",
        }.get(self.strategy, f" with tolerated {self.tolerated}")
        return f"strategy {self.strategy.value!r}{with_what} needs {self.least_updates()} updates a round"

    def without_effect(self) -> frozenset[str]:
        """Return the names of options that change nothing beside the others."""
        return super().without_effect() | self._of_other_strategies()

    def _of_other_strategies(self) -> frozenset[str]:
        of = {"server_learning_rate": _ADAPTIVE, "trim": (Strategy.FEDTRIMMEDAVG,), "tolerated": _OUTNUMBERED}
        return frozenset(name for name, strategies in of.items() if self.strategy not in strategies)


class FedAvg:
    """Train by actors with private rows, who average what they learned after every round."""

    traits = Traits(
        axis=Axis.SHARED,
        trains=True,
        changes=Changes.WEIGHTS,
        accepts=(f"corpora.{HARMFUL}",),
        actors=2,
        mergeable=True,
        source=(
            "McMahan et al. 2017, arXiv 1602.05629; fedadagrad, fedadam, fedyogi: Reddi et al. 2021, arXiv "
            "2003.00295; fedmedian, fedtrimmedavg: Yin et al. 2018, arXiv 1803.01498; krum, multikrum: "
            "Blanchard et al. 2017, arXiv 1703.02757; bulyan: El Mhamdi et al. 2018, arXiv 1802.07927"
        ),
    )
    Config = FedAvgConfig
    variants: ClassVar[Mapping[str, str]] = {
        "strategy: fedavg": "The mean, each update weighing as many as its actor says it has rows.",
        "strategy: fedadagrad": "The mean change, scaled weight by weight by all past changes.",
        "strategy: fedadam": "The mean change with momentum, scaled weight by weight.",
        "strategy: fedyogi": "As fedadam, with a scale that grows and falls more slowly.",
        "strategy: fedmedian": "The median of each weight: a defence against one harmful actor.",
        "strategy: fedtrimmedavg": "The mean of each weight without its extremes: a defence.",
        "strategy: krum": "The one update nearest to its neighbours: a defence.",
        "strategy: multikrum": "The mean of the updates nearest to their neighbours: a defence.",
        "strategy: bulyan": "Krum's choice, then a trimmed mean of it: a defence.",
    }

    def footprint(self, shape: ModelShape, config: FedAvgConfig) -> Footprint:
        """Return the forecast memory of one actor, and the work a token."""
        return config.footprint(shape)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each round; the actors' optimisers start anew in every round.

        Raises:
            TrialError: If the rows cannot be dealt, nobody sends an update, or training fails
                (`shared.train_shared`).
            TrialError: If fewer actors send an update than the strategy needs.
        """
        yield from train_shared(trial, aggregation_of(trial.config))


def aggregation_of(config: FedAvgConfig) -> Aggregation:
    """Return what combines updates as the options say."""
    if config.strategy is Strategy.FEDAVG:
        from holdfast.techniques.parts.aggregation import WeightedMean

        return WeightedMean()
    from holdfast.techniques.parts.flower import FlowerStrategy

    return FlowerStrategy(config)
