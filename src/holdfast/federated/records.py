"""Tensors and spend on their way between sites and server."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import torch
from flwr.app import Array, ArrayRecord
from torch import nn

from holdfast.domain import TrialError

ARRAYS, METRICS, PAID, CONFIG, ROUND = "arrays", "metrics", "paid", "config", "server-round"
ROWS, ACTOR = "num-examples", "actor"


def to_arrays(tensors: Mapping[str, torch.Tensor]) -> ArrayRecord:
    """Return tensors as Flower sends them: half precision, which numpy lacks in part, as float32."""
    half = (torch.bfloat16, torch.float16)
    whole = {n: (t.float() if t.dtype in half else t).detach().cpu() for n, t in tensors.items()}
    return ArrayRecord({name: Array(tensor.numpy()) for name, tensor in whole.items()})


def to_tensors(arrays: ArrayRecord) -> dict[str, torch.Tensor]:
    """Return what was sent."""
    return {name: torch.from_numpy(array.numpy().copy()) for name, array in arrays.items()}


def sent_bytes(tensors: Mapping[str, torch.Tensor]) -> int:
    """Return the bytes of tensors that were sent, without what Flower puts around them."""
    return sum(tensor.nbytes for tensor in tensors.values())


def put(parameters: Mapping[str, nn.Parameter], sent: Mapping[str, torch.Tensor], whose: str) -> None:
    """Put tensors that were sent into a model.

    Args:
        parameters: What is trained, by name.
        sent: As many, of the same names and shapes.
        whose: Who sent them, for the message.

    Raises:
        TrialError: If they are of another model, or adapted elsewhere.
    """
    here = {name: tuple(parameter.shape) for name, parameter in parameters.items()}
    there = {name: tuple(tensor.shape) for name, tensor in sent.items()}
    if here != there:
        first = next(n for n in sorted({*here, *there}) if here.get(n) != there.get(n))
        raise TrialError(
            f"the weights of {whose} are of another model: {first} is {there.get(first)} there and "
            f"{here.get(first)} here",
            next_step="give server and sites the same model and options",
        )
    with torch.no_grad():
        for name, parameter in parameters.items():
            parameter.copy_(sent[name])


def digest(tensors: Mapping[str, torch.Tensor]) -> str:
    """Return sha256 (hex) over names, shapes and float32 values, in order of names."""
    total = hashlib.sha256()
    for name in sorted(tensors):
        values = tensors[name].detach().float().cpu().contiguous()
        total.update(f"{name}{tuple(values.shape)}".encode())
        total.update(values.numpy().tobytes())
    return total.hexdigest()
