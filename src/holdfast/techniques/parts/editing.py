"""Edits of weights without training: one step away from the untouched model, and back when it is over."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict

from holdfast.domain import Checkpoint, Spend, TrialContext, TrialError
from holdfast.spend import Ledger, Workload


class EditSettings(BaseModel):
    """Options that every edit has: the base of their `Config`."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @property
    def steps(self) -> int:
        """An edit is one step."""
        return 1


class OpenWeights:
    """Weights of a model that are changed in place; their originals are kept and put back."""

    def __init__(self, module: Any) -> None:
        """Look at the weights of a model; nothing is copied yet.

        Args:
            module: A `transformers` causal language model.
        """
        self._parameters = dict(module.named_parameters())
        self._originals: dict[str, Any] = {}

    def open(self, name: str) -> Any:
        """Return a weight's tensor, to be changed in place; its original is kept.

        Raises:
            TrialError: If it is no floating-point weight.
        """
        parameter = self._parameters[name]
        if not parameter.is_floating_point():
            raise TrialError(
                f"weight {name} is stored as {parameter.dtype}, which cannot be edited",
                next_step="load the model unquantised",
            )
        if name not in self._originals:
            self._originals[name] = parameter.detach().clone()
        return parameter.data

    def changed(self) -> dict[str, Any]:
        """Return the weights that differ from their originals, by name."""
        import torch

        return {
            name: self._parameters[name].detach()
            for name, original in self._originals.items()
            if not torch.equal(self._parameters[name], original)
        }

    def restore(self) -> None:
        """Put every original back, bit for bit."""
        for name, original in self._originals.items():
            self._parameters[name].data.copy_(original)


@dataclass(frozen=True, slots=True)
class Work:
    """What an edit took, its time apart.

    Attributes:
        read_tokens: Length of each text that the model read for it.
        rows: Rows of corpora that it needed.
        flops: Floating-point operations beside the reading.
    """

    read_tokens: tuple[int, ...] = ()
    rows: int = 0
    flops: float = 0.0


def edit_once(trial: TrialContext, edit: Callable[[OpenWeights], Work]) -> Iterator[Checkpoint]:
    """Yield the untouched model at step 0 and the edited one at step 1, as the schedule asks for them.

    Args:
        trial: The trial.
        edit: Changes weights in place, and says what that took.

    Raises:
        TrialError: If the edit changes no weight, or makes one NaN or infinite.
        TrialError: If the schedule asks for steps that an edit does not have.
    """
    import torch

    from holdfast.engine.checks import require_finite, require_schedule
    from holdfast.engine.meter import reset_peak_memory

    require_schedule(trial.schedule)
    reset_peak_memory(torch.device(trial.model.device))
    weights = OpenWeights(trial.model.module)
    try:
        if 0 in trial.schedule.measure_at:
            yield Checkpoint(step=0, spend=Spend(), subject=trial.model)
        if 1 in trial.schedule.measure_at:
            begin = time.perf_counter()
            work = edit(weights)
            changed = weights.changed()
            if not changed:
                raise TrialError(
                    "the edit changed no weight: the result would be the model it started from",
                    next_step="check what the edit was made from",
                )
            require_finite(changed, 1)
            spend = _spend(trial, work, max(0.0, time.perf_counter() - begin))
            yield Checkpoint(step=1, spend=spend, subject=trial.model, weights=weights.changed)
    finally:
        weights.restore()


def _spend(trial: TrialContext, work: Work, seconds: float) -> Spend:
    import torch

    from holdfast.engine.meter import device_name, peak_memory

    device = torch.device(trial.model.device)
    ledger = Ledger(Workload(trial.model.shape), device_name(device))
    ledger.memory(peak_memory(device))
    if work.read_tokens:
        for count in work.read_tokens:
            ledger.inference(count, 0, seconds / len(work.read_tokens))
    else:
        ledger.inference(0, 0, seconds)
    spend = ledger.spend
    return replace(
        spend, steps=1, examples=work.rows, unique_examples=work.rows, flops=spend.flops + work.flops
    )
