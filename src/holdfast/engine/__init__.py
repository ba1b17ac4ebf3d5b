"""The one step loop: data order, hooks, snapshots and meter. Importing this package does not import torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.engine.order import DataOrder
from holdfast.engine.settings import TrainSettings

if TYPE_CHECKING:
    from holdfast.engine.encoding import Batch, EncodedCorpus
    from holdfast.engine.flags import ModelFlags
    from holdfast.engine.loop import train

_LAZY = {
    "Batch": "holdfast.engine.encoding",
    "EncodedCorpus": "holdfast.engine.encoding",
    "ModelFlags": "holdfast.engine.flags",
    "train": "holdfast.engine.loop",
}

__all__ = ["Batch", "DataOrder", "EncodedCorpus", "ModelFlags", "TrainSettings", "train"]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)
