"""Training state on disk: safetensors for tensors, JSON for everything else. No pickle."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn

from holdfast.domain import Snapshot, TrialError
from holdfast.spend import LedgerState

_SCHEMA = 1
_WEIGHTS = "trainable.safetensors"
_OPTIMIZER = "optimizer.safetensors"
_STATE = "snapshot.json"


@dataclass(frozen=True, slots=True)
class TrainingState:
    """Everything a training needs to continue bit for bit.

    Attributes:
        step: Optimiser steps taken; the position in the data follows from it.
        identity: What must be the same for the continuation to be the same training (seed, corpus, settings).
        weights: Trainable tensors by name.
        optimizer: Optimiser state as `<entry>/<parameter name>`.
        random: State of the random stream by device type, as bytes.
        ledger: What was paid so far.
    """

    step: int
    identity: Mapping[str, Any]
    weights: Mapping[str, torch.Tensor]
    optimizer: Mapping[str, torch.Tensor]
    random: Mapping[str, torch.Tensor]
    ledger: LedgerState


def write_snapshot(directory: Path, state: TrainingState) -> Snapshot:
    """Write a training state into a directory, made if missing.

    Returns:
        The snapshot, to be given as `TrialContext.start`.

    Raises:
        TrialError: If the directory cannot be written.
    """
    record = {
        "schema": _SCHEMA,
        "step": state.step,
        "data_position": {"next_step": state.step},
        "identity": dict(state.identity),
        "random": {k: base64.b64encode(v.numpy().tobytes()).decode() for k, v in state.random.items()},
        "ledger": state.ledger.to_json(),
    }
    try:
        directory.mkdir(parents=True, exist_ok=True)
        save_file(_on_disk(state.weights), directory / _WEIGHTS)
        save_file(_on_disk(state.optimizer), directory / _OPTIMIZER)
        (directory / _STATE).write_text(json.dumps(record, indent=1, sort_keys=True), encoding="utf-8")
    except (OSError, SafetensorError) as error:
        raise TrialError(
            f"the snapshot of step {state.step} cannot be written to {directory}: {error}",
            next_step="free some disk space or choose another directory",
        ) from error
    return Snapshot(directory=directory, step=state.step, spend=state.ledger.spend)


def read_snapshot(directory: Path) -> TrainingState:
    """Read what `write_snapshot` wrote.

    Raises:
        TrialError: If a file is missing, damaged or of another schema.
    """
    try:
        record = json.loads((directory / _STATE).read_text(encoding="utf-8"))
        if record["schema"] != _SCHEMA:
            raise TrialError(f"the snapshot in {directory} has schema {record['schema']}, not {_SCHEMA}")
        return TrainingState(
            step=record["step"],
            identity=record["identity"],
            weights=load_file(directory / _WEIGHTS),
            optimizer=load_file(directory / _OPTIMIZER),
            random={
                k: torch.frombuffer(bytearray(base64.b64decode(v)), dtype=torch.uint8)
                for k, v in record["random"].items()
            },
            ledger=LedgerState.from_json(record["ledger"]),
        )
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise TrialError(
            f"the snapshot in {directory} cannot be read: {type(error).__name__}: {error}",
            next_step="start the trial over",
        ) from error


def check_identity(state: TrainingState, identity: Mapping[str, Any], directory: Path) -> None:
    """Make sure that a snapshot belongs to the training that wants to continue from it.

    Raises:
        TrialError: If anything that shapes the training differs, naming it.
    """
    differing = sorted(
        name for name in {*state.identity, *identity} if state.identity.get(name) != identity.get(name)
    )
    if differing:
        pairs = ", ".join(f"{n}: {state.identity.get(n)} there, {identity.get(n)} here" for n in differing)
        raise TrialError(
            f"the snapshot in {directory} belongs to another training ({pairs})",
            next_step="continue it with the seed, corpus and settings it was taken with",
        )


def load_weights(parameters: Mapping[str, nn.Parameter], state: TrainingState, directory: Path) -> None:
    """Copy the trainable tensors of a snapshot into a model.

    Raises:
        TrialError: If the names or shapes are not those of the model.
    """
    wanted = {name: tuple(p.shape) for name, p in parameters.items()}
    found = {name: tuple(t.shape) for name, t in state.weights.items()}
    if wanted != found:
        differing = sorted(n for n in {*wanted, *found} if wanted.get(n) != found.get(n))
        first = differing[0]
        raise TrialError(
            f"the snapshot in {directory} is of another model or technique: {len(differing)} trainable "
            f"tensors differ, the first is {first} ({found.get(first)} there, {wanted.get(first)} here)",
            next_step="continue it with the model and technique it was taken with",
        )
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(state.weights[name])


def _on_disk(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
