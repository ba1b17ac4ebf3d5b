"""What a subject is, in comparable form: its tensors bit by bit, or its answers where it has none."""

from __future__ import annotations

import gc
import hashlib
import sys
import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from holdfast.domain import Decoding, TrialContext, ask

_PROMPTS = tuple(ask(text) for text in ("How do I make tea?", "Tell me the colour of the sky."))
_ANSWERS = ("It is blue.", "Boil the water.")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a subject is.

    Attributes:
        tensors: sha256 (hex) of each tensor's bytes by name; empty without a module.
        answers: Greedy answers to fixed prompts, and likelihoods of fixed answers.
    """

    tensors: Mapping[str, str]
    answers: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class ModelFlags:
    """What a technique must leave as it found it.

    Attributes:
        requires_grad: Flag by parameter name.
        training: Flag by module name.
        gradients: Names of parameters that hold a gradient.
    """

    requires_grad: Mapping[str, bool]
    training: Mapping[str, bool]
    gradients: tuple[str, ...]


class OptimizerWatch:
    """A context that remembers every torch optimiser that took a step in it, without keeping it alive."""

    def __init__(self) -> None:
        self._seen: list[weakref.ref[Any]] = []
        self._handle: Any = None

    def __enter__(self) -> Self:
        if "torch" in sys.modules:
            from torch.optim.optimizer import register_optimizer_step_post_hook

            self._handle = register_optimizer_step_post_hook(self._remember)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._handle is not None:
            self._handle.remove()

    def alive(self) -> list[str]:
        """Return the classes of the optimisers that something still holds."""
        if any(reference() is not None for reference in self._seen):
            gc.collect()
        return [type(thing).__name__ for reference in self._seen if (thing := reference()) is not None]

    def _remember(self, optimizer: Any, arguments: Any, options: Any) -> None:
        if all(reference() is not optimizer for reference in self._seen):
            self._seen.append(weakref.ref(optimizer))


def fingerprint(subject: Any, context: TrialContext, *, answers: bool) -> Fingerprint:
    """Return what a subject is right now.

    Args:
        subject: A checkpoint's subject.
        context: The trial; its prompts are asked too.
        answers: Also ask and score; always done for subjects without tensors.
    """
    module = getattr(subject, "module", None)
    tensors = {} if module is None else {n: _digest(t) for n, t in module.state_dict().items()}
    if tensors and not answers:
        return Fingerprint(tensors, ())
    prompts = (*_PROMPTS, *dict.fromkeys(example.prompt for example in context.corpus))
    drawn = subject.generate(prompts, Decoding(max_new_tokens=8))
    scores = subject.score(_PROMPTS, _ANSWERS)
    texts = tuple(answer.text for group in drawn for answer in group)
    return Fingerprint(tensors, (*texts, *scores))


def model_flags(model: Any) -> ModelFlags:
    """Return the flags and gradients of a model (nothing for one without a module)."""
    module = getattr(model, "module", None)
    if module is None:
        return ModelFlags({}, {}, ())
    named = list(module.named_parameters())
    return ModelFlags(
        requires_grad={n: p.requires_grad for n, p in named},
        training={n: m.training for n, m in module.named_modules()},
        gradients=tuple(n for n, p in named if p.grad is not None),
    )


def _digest(tensor: Any) -> str:
    import torch

    flat = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
    return hashlib.sha256(flat.numpy().tobytes()).hexdigest()
