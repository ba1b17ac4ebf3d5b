"""Weights that a checkpoint passes on: the untouched model with them answers as the checkpoint does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdfast.domain import ask
from holdfast.testing.promises import require
from holdfast.testing.technique_cases import Motion, TechniqueCase, run

_TOLERANCE = 1e-3
"""Nats a token by which merged weights may answer otherwise than the adapter they came from."""


def check_weights(case: TechniqueCase) -> None:
    """What a checkpoint passes on makes the untouched model answer as the checkpoint does."""
    context, fresh = case.context(case.schedules[1]), case.context(case.schedules[1])
    with run(case, context) as checkpoints:
        for checkpoint in checkpoints:
            if checkpoint.weights is None:
                done = checkpoint.step > 0 and case.motion is Motion.EDIT
                require(not done, "an edit passes its weights on (Checkpoint.weights)")
                continue
            _require_same_answers(checkpoint.subject, passed_on(fresh.model, checkpoint.weights()))


def _require_same_answers(subject: Any, other: Any) -> None:
    prompts = [ask(text) for text in ("How do I make tea?", "Tell me the colour of the sky.")]
    answers = ["It is blue.", "Boil the water."]
    pairs = list(zip(subject.score(prompts, answers), other.score(prompts, answers), strict=True))
    close = all(a is not None and b is not None and abs(a - b) <= _TOLERANCE for a, b in pairs)
    require(close, "the weights passed on answer as the checkpoint does", pairs)


def passed_on(model: Any, weights: Mapping[str, Any]) -> Any:
    """Return a model that was given weights by name: what somebody has who is passed them on.

    Args:
        model: The untouched model; changed in place.
        weights: Tensors by name.

    Raises:
        PluginError: If there is none, or the model has no tensor of that name.
    """
    require(len(weights) > 0, "a checkpoint passes on at least one tensor")
    unknown = model.module.load_state_dict(dict(weights), strict=False).unexpected_keys
    require(not unknown, "weights are passed on by the plain model's names", unknown)
    return model
