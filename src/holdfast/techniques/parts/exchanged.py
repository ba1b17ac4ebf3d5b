"""What actors train and send to each other: adapters on a model for a while, or its full weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace

import torch
from torch import nn

from holdfast.engine.meter import device_name
from holdfast.models import LoadedModel
from holdfast.spend import Ledger, Workload
from holdfast.techniques.parts.adapters import Adapters
from holdfast.techniques.parts.shared import SharedConfig, Trained


@dataclass(frozen=True)
class Exchanged:
    """What is trained and sent.

    Attributes:
        parameters: The tensors, by name.
        workload: What a token costs.
        weights: Returns the plain model's tensors that changed, by name, adapters merged in.
        require_trained: Told the steps taken, raises `TrialError` if an adapter is still at its start.
    """

    parameters: Mapping[str, nn.Parameter]
    workload: Workload
    weights: Callable[[], Mapping[str, torch.Tensor]]
    require_trained: Callable[[int], None]

    def ledger(self, actors: int) -> Ledger:
        """Return an empty ledger for this many actors."""
        device = next(iter(self.parameters.values())).device
        return Ledger(self.workload, device_name(device), actors=actors)


@contextmanager
def exchanged(model: LoadedModel, config: SharedConfig, seed: int) -> Iterator[Exchanged]:
    """Lend what is trained of a model; adapters are on it for as long.

    Args:
        model: The model. On leaving it is as before, but for full weights that were trained.
        config: What is trained.
        seed: Seeds the adapters' first values, which all actors must share.

    Raises:
        TrialError: If the model has nothing to train, or a target module does not exist.
    """
    whole = Workload(model.shape, checkpointing=config.gradient_checkpointing)
    if config.adapters is Trained.FULL:
        weights = {name: p for name, p in model.module.named_parameters() if p.is_floating_point()}
        yield Exchanged(weights, whole, lambda: weights, lambda _: None)
        return
    with Adapters(model.module, config, seed) as adapters:
        own = adapters.parameters
        workload = replace(whole, adapter_parameters=sum(p.numel() for p in own.values()))
        yield Exchanged(own, workload, adapters.merged, adapters.require_trained)
