"""A technique in one file: train the last transformer block and leave the rest frozen.

In a configuration: `{name: last, technique: examples/last_block.py:LastBlock, corpus: {...}, steps: 100}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import Field

from holdfast.domain import Axis, Changes, Checkpoint, Footprint, ModelShape, Traits, TrialContext, TrialError
from holdfast.engine import TrainSettings
from holdfast.spend import Ledger, Workload
from holdfast.techniques.parts.footprint import training_footprint

BLOCK = re.compile(r"\.(?:layers|h|blocks)\.(\d+)\.")


class LastBlock:
    """Train the last transformer block only (as in freezing, Howard and Ruder 2018, arXiv 1801.06146)."""

    traits = Traits(axis=Axis.CHEAPER, trains=True, changes=Changes.WEIGHTS, source="arXiv 1801.06146")

    class Config(TrainSettings):
        """Options: those of every training; see `TrainSettings`."""

        learning_rate: float = Field(default=1e-3, gt=0.0)

    def footprint(self, shape: ModelShape, config: Config) -> Footprint:
        """Return the forecast of full fine-tuning, an upper bound for one block."""
        return training_footprint(Workload(shape), config)

    def run(self, trial: TrialContext) -> Iterator[Checkpoint]:
        """Yield a checkpoint at each step of the schedule.

        Raises:
            TrialError: If no parameter name tells its block.
        """
        from holdfast.engine import train  # torch is imported here, never at the top of the file

        module = trial.model.module
        blocks = {n: int(m.group(1)) for n, _ in module.named_parameters() if (m := BLOCK.search(n))}
        if not blocks:
            raise TrialError("no parameter of this model belongs to a numbered block")
        last = max(blocks.values())
        parameters = {n: p for n, p in module.named_parameters() if blocks.get(n) == last}
        ledger = Ledger(Workload(trial.model.shape), str(next(iter(parameters.values())).device.type))
        yield from train(trial, module, parameters, trial.config, ledger)
