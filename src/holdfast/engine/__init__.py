"""The one step loop: data order, hooks, snapshots and meter. Importing this package does not import torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.engine.order import DataOrder
from holdfast.engine.settings import TrainSettings

if TYPE_CHECKING:
    from holdfast.engine.encoding import Batch, EncodedCorpus
    from holdfast.engine.flags import ModelFlags
    from holdfast.engine.loop import train
    from holdfast.engine.objective import AnswerLikelihood, BatchLoss, Objective, Read
    from holdfast.engine.rounds import Aggregation, Cohort, Update, train_rounds

_LAZY = {
    "Aggregation": "holdfast.engine.rounds",
    "AnswerLikelihood": "holdfast.engine.objective",
    "BatchLoss": "holdfast.engine.objective",
    "Cohort": "holdfast.engine.rounds",
    "Objective": "holdfast.engine.objective",
    "Read": "holdfast.engine.objective",
    "Update": "holdfast.engine.rounds",
    "train_rounds": "holdfast.engine.rounds",
    "Batch": "holdfast.engine.encoding",
    "EncodedCorpus": "holdfast.engine.encoding",
    "ModelFlags": "holdfast.engine.flags",
    "train": "holdfast.engine.loop",
}

__all__ = [
    "Aggregation",
    "AnswerLikelihood",
    "Batch",
    "BatchLoss",
    "Cohort",
    "DataOrder",
    "EncodedCorpus",
    "ModelFlags",
    "Objective",
    "Read",
    "TrainSettings",
    "Update",
    "train",
    "train_rounds",
]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LAZY[name]), name)
