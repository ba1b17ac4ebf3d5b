"""Flower's strategies inside the round loop: they are handed a round's updates, and give back the weights.

A strategy is made anew for every round and given what it remembered, so that all that goes on from round to
round is in snapshots. It is handed the *changes* of the weights, from zero. Every strategy here does the same
to changes as to weights; but Krum's distances, which Flower takes from squared norms in float32, would
consist of rounding where small changes lie on large weights.
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from holdfast.domain import TrialError
from holdfast.engine import Update
from holdfast.techniques.fedavg import FedAvgConfig, Strategy

os.environ.setdefault("FLWR_TELEMETRY_ENABLED", "0")  # an audit sends nothing to anybody
with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # what flwr imports warns of itself
    from flwr.app import Array, ArrayRecord, MetricRecord, RecordDict
    from flwr.serverapp import strategy as flower

Tensors = Mapping[str, torch.Tensor]
_ROWS = "num-examples"
_MOMENTS = ("m_t", "v_t")
"""What Flower's adaptive strategies remember."""


class FlowerStrategy:
    """One of Flower's strategies as an `Aggregation`."""

    def __init__(self, config: FedAvgConfig) -> None:
        """Begin with nothing remembered.

        Args:
            config: Names the strategy and its options.
        """
        self._config = config
        self._remembered: dict[str, torch.Tensor] = {}

    def combine(self, number: int, shared: Tensors, updates: Sequence[Update]) -> dict[str, torch.Tensor]:
        """Return the next weights, in float32.

        Raises:
            TrialError: If there are too few updates for the strategy.
        """
        least = self._config.least_updates()
        if len(updates) < least:
            raise TrialError(
                f"round {number + 1}: strategy {self._config.strategy.value!r} needs {least} updates, "
                f"{len(updates)} arrived",
                next_step="take more actors, lower actor_dropout, or take strategy: fedavg",
            )
        strategy = flower_strategy(self._config, len(updates))
        self._recall(strategy, shared)
        with _quietly():
            # Flower counts rounds from 1.
            changes, _ = strategy.aggregate_train(number + 1, [_reply(shared, update) for update in updates])
        if changes is None:
            raise TrialError(f"round {number + 1}: Flower's {self._config.strategy.value!r} gave no weights")
        self._remember(strategy)
        return {
            n: start.float() + torch.from_numpy(changes[n].numpy()).float() for n, start in shared.items()
        }

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return the moments of adaptive strategies as `<moment>/<name>`; nothing before the first round."""
        return dict(self._remembered)

    def restore(self, tensors: Tensors) -> None:
        """Go on from what `tensors` returned."""
        self._remembered = dict(tensors)

    def _recall(self, strategy: Any, shared: Tensors) -> None:
        if not hasattr(strategy, "m_t"):
            return
        strategy.current_arrays = {n: np.zeros(t.shape, np.float32) for n, t in shared.items()}
        for moment in _MOMENTS:
            held = {n: self._remembered[f"{moment}/{n}"].numpy() for n in shared if self._remembered}
            setattr(strategy, moment, held or None)

    def _remember(self, strategy: Any) -> None:
        self._remembered = {
            f"{moment}/{name}": torch.from_numpy(value)
            for moment in _MOMENTS
            for name, value in (getattr(strategy, moment, None) or {}).items()
        }


def flower_strategy(config: FedAvgConfig, updates: int) -> Any:
    """Return a new strategy of Flower's with the options of a configuration.

    Args:
        config: Names the strategy and its options; `fedavg` is among them.
        updates: Updates that it will be handed.
    """
    kind = {
        Strategy.FEDAVG: flower.FedAvg,
        Strategy.FEDADAGRAD: flower.FedAdagrad,
        Strategy.FEDADAM: flower.FedAdam,
        Strategy.FEDYOGI: flower.FedYogi,
        Strategy.FEDMEDIAN: flower.FedMedian,
        Strategy.FEDTRIMMEDAVG: flower.FedTrimmedAvg,
        Strategy.KRUM: flower.Krum,
        Strategy.MULTIKRUM: flower.MultiKrum,
        Strategy.BULYAN: flower.Bulyan,
    }[config.strategy]
    options: dict[str, Any] = {}
    match config.strategy:
        case Strategy.FEDADAGRAD | Strategy.FEDADAM | Strategy.FEDYOGI:
            options = {"eta": config.server_learning_rate}
        case Strategy.FEDTRIMMEDAVG:
            options = {"beta": config.trim}
        case Strategy.KRUM | Strategy.BULYAN:
            options = {"num_malicious_nodes": config.tolerated}
        case Strategy.MULTIKRUM:
            chosen = updates - config.tolerated
            options = {"num_malicious_nodes": config.tolerated, "num_nodes_to_select": chosen}
    return kind(weighted_by_key=_ROWS, **options)


@dataclass(frozen=True, slots=True)
class _Reply:
    """What a strategy asks of a message; a message itself can only be made within a run of Flower's."""

    content: RecordDict

    def has_error(self) -> bool:
        return False


def _reply(shared: Tensors, update: Update) -> _Reply:
    changes = {n: Array((update.tensors[n].float() - t.float()).numpy()) for n, t in shared.items()}
    metrics = MetricRecord({_ROWS: update.rows})
    return _Reply(RecordDict({"arrays": ArrayRecord(changes), "metrics": metrics}))


@contextmanager
def _quietly() -> Iterator[None]:
    """Keep Flower's account of every round out of the log of an audit; warnings stay."""
    log = logging.getLogger("flwr")
    level = log.level
    log.setLevel(logging.WARNING)
    try:
        yield
    finally:
        log.setLevel(level)
