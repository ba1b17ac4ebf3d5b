"""What techniques have in common whose work is shared by actors: options, shards and the forecast."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from holdfast.domain import Checkpoint, Example, Footprint, ModelShape, TrialContext
from holdfast.spend import Workload
from holdfast.techniques.parts.footprint import training_footprint
from holdfast.techniques.parts.low_rank import LowRankConfig, low_rank_footprint
from holdfast.techniques.parts.shards import Shards, deal, deal_apart

if TYPE_CHECKING:
    from holdfast.engine import Aggregation

HARMFUL = "harmful"
"""Role of the corpus that the harmful actors bring."""
_OF_LORA = ("rank", "alpha", "target_modules")


class Trained(StrEnum):
    """What the actors train and send."""

    LORA = "lora"
    FULL = "full"


_RATES = {Trained.LORA: 1e-3, Trained.FULL: 1e-4}
"""As those techniques have them."""


class SharedConfig(LowRankConfig):
    """Options of every training that several actors share.

    Attributes:
        steps: Rounds.
        actors: How many take part, at least 2.
        local_steps: Optimiser steps that each takes a round.
        adapters: What is trained and sent: LoRA adapters, or the full weights. `learning_rate` is by default
            1e-3 for the former and 1e-4 for the latter; `rank`, `alpha` and `target_modules` are LoRA's.
        harmful_actors: How many hold all the harmful rows and nothing else. 0 deals all rows to all; None is
            1 where `corpora.harmful` is given, and 0 else.
        actor_dropout: Chance that an actor dies in a round before it sent its update, in [0, 1).
    """

    steps: int = Field(default=10, ge=1)
    learning_rate: float = Field(default=_RATES[Trained.LORA], gt=0.0)
    actors: int = Field(default=4, ge=2)
    local_steps: int = Field(default=10, ge=1)
    adapters: Trained = Trained.LORA
    harmful_actors: int | None = Field(default=None, ge=0)
    actor_dropout: float = Field(default=0.0, ge=0.0, lt=1.0)

    @model_validator(mode="before")
    @classmethod
    def _rate_of_what_is_trained(cls, written: Any) -> Any:
        if isinstance(written, dict) and written.get("adapters") == Trained.FULL:
            return {"learning_rate": _RATES[Trained.FULL], **written}
        return written

    @model_validator(mode="after")
    def _makes_sense(self) -> SharedConfig:
        if (self.harmful_actors or 0) >= self.actors:
            raise ValueError(
                f"harmful_actors ({self.harmful_actors}) must be fewer than actors ({self.actors}): "
                "somebody holds the other rows"
            )
        beside = [name for name in _OF_LORA if name in self.model_fields_set]
        if self.adapters is Trained.FULL and beside:
            raise ValueError(f"adapters: full has no {' and no '.join(beside)}: leave it out")
        return self

    @model_serializer(mode="wrap")
    def _in_force(self, written: SerializerFunctionWrapHandler) -> dict[str, object]:
        # Options that change nothing are left out of keys and records.
        return {name: value for name, value in written(self).items() if name not in self.without_effect()}

    def without_effect(self) -> frozenset[str]:
        """Return the names of options that change nothing beside the others."""
        return frozenset(_OF_LORA) if self.adapters is Trained.FULL else frozenset()

    def variant(self) -> Mapping[str, Any]:
        """Return peft's options beside rank, alpha and targets: none."""
        return {}

    def describe(self, corpus_rows: int | None = None) -> str:
        """Return the settings in one line; see `TrainSettings.describe`."""
        shard = None if corpus_rows is None else max(1, corpus_rows // self.actors)
        return f"{super().describe(shard)} (steps are rounds of all actors)"

    def footprint(self, shape: ModelShape) -> Footprint:
        """Return the forecast memory of one actor, and the work a token."""
        if self.adapters is Trained.FULL:
            return training_footprint(Workload(shape), self)
        return low_rank_footprint(shape, self)

    def shards(self, trial: TrialContext) -> Shards:
        """Return each actor's private rows.

        Raises:
            TrialError: If there are too few rows, or rows of one kind alone where two are to be held apart.
        """
        return self._dealt(trial.corpus, trial.corpora, trial.seed)

    def check_rows(self, corpus: Sequence[Example], corpora: Mapping[str, Sequence[Example]]) -> None:
        """Make sure that rows can be dealt to the actors; asked before anything is trained.

        Raises:
            TrialError: As `shards`.
        """
        self._dealt(corpus, corpora, seed=0)

    def _dealt(
        self, corpus: Sequence[Example], corpora: Mapping[str, Sequence[Example]], seed: int
    ) -> Shards:
        brought = corpora.get(HARMFUL, ())
        harmful = self.harmful_actors
        if harmful is None:
            harmful = 1 if brought else 0
        rows = [*corpus, *(replace(row, harmful=True) for row in brought)]
        if harmful:
            return deal_apart(rows, self.actors, harmful, seed)
        return deal(rows, self.actors, seed)

    def attendance(self, seed: int) -> Callable[[int, int], bool] | None:
        """Return whether an actor (from 0) sends its update in a round (from 0); None if all always do."""
        if self.actor_dropout == 0.0:
            return None
        return lambda actor, number: random.Random(f"{seed}:{number}:{actor}").random() >= self.actor_dropout


def train_shared(
    trial: TrialContext, aggregation: Aggregation, *, keeps_optimizer: bool = False
) -> Iterator[Checkpoint]:
    """Yield a checkpoint at each round of the schedule.

    Adapters are taken off when the iterator ends or is closed; full weights change in place.

    Args:
        trial: Its `config` is a `SharedConfig`.
        aggregation: How updates become the next round's weights.
        keeps_optimizer: Whether an actor's optimiser remembers from round to round.

    Raises:
        TrialError: If the rows cannot be dealt, or nobody sends an update in a round.
        TrialError: As those who train the same alone (`adapters.train_adapters`, `Full.run`).
    """
    from holdfast.engine import Cohort, train_rounds
    from holdfast.techniques.parts.exchanged import exchanged

    config: SharedConfig = trial.config
    shards, present = config.shards(trial), config.attendance(trial.seed)
    cohort = Cohort(shards, config.local_steps, aggregation, keeps_optimizer, present)
    with exchanged(trial.model, config, trial.seed) as part:
        ledger, own = part.ledger(config.actors), part.parameters
        module = trial.model.module
        for checkpoint in train_rounds(trial, module, own, config, ledger, cohort, weights=part.weights):
            if checkpoint.step > 0:
                part.require_trained(checkpoint.step)
            yield checkpoint
