"""What contributions made elsewhere add to a model, tensor by tensor, and what they cost together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from holdfast.domain import Contribution, Spend, TrialError
from holdfast.spend import in_sequence, side_by_side


class Deltas:
    """Differences between contributions and the untouched model, read from their files when asked for."""

    def __init__(self, module: nn.Module, inputs: Mapping[str, Contribution]) -> None:
        """Look at which tensors the contributions hold.

        Args:
            module: The untouched model.
            inputs: Contributions by name, in order.

        Raises:
            TrialError: If there are fewer than two.
            TrialError: If a file cannot be read, or holds a tensor that the model has not, or in another
                shape.
        """
        if len(inputs) < 2:
            named = f": {next(iter(inputs))}" if inputs else ""
            raise TrialError(
                f"there is nothing to merge with {len(inputs)} contributions{named}",
                next_step="name two or more pathways in inputs",
            )
        self._module = module
        self._inputs = inputs
        own = dict(module.named_parameters())
        self._held = {name: _names_that_fit(name, each, own) for name, each in inputs.items()}
        changed = frozenset().union(*self._held.values())
        self.names: tuple[str, ...] = tuple(name for name in own if name in changed)

    @property
    def count(self) -> int:
        """Number of contributions."""
        return len(self._inputs)

    def of(self, name: str) -> torch.Tensor:
        """Return what each contribution added to a tensor, `[contributions, *shape]`, in float32.

        It lies on the model's device; the model must hold the untouched tensor at that moment.
        """
        plain = self._module.get_parameter(name).detach()
        added = torch.zeros((self.count, *plain.shape), device=plain.device)
        for row, (who, each) in enumerate(self._inputs.items()):
            if name in self._held[who]:
                with safe_open(each.file, framework="pt", device=str(plain.device)) as file:
                    torch.sub(file.get_tensor(name).float(), plain.float(), out=added[row])
        return added


def _names_that_fit(who: str, given: Contribution, own: Mapping[str, nn.Parameter]) -> frozenset[str]:
    try:
        with safe_open(given.file, framework="pt") as file:
            shapes = {name: tuple(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise TrialError(
            f"the weights of contribution {who!r} cannot be read from {given.file}: {error}",
            next_step="run the trial again: its contributions are made anew",
        ) from error
    wrong = [name for name, shape in shapes.items() if name not in own or tuple(own[name].shape) != shape]
    if wrong:
        first = wrong[0]
        there = f"{list(own[first].shape)} in the model" if first in own else "not in the model"
        raise TrialError(
            f"contribution {who!r} was made from another base: {len(wrong)} of its {len(shapes)} tensors do "
            f"not fit, the first is {first} ({list(shapes[first])} there, {there})",
            next_step="take contributions that were made from this very model",
        )
    return frozenset(shapes)


def paid_together(contributions: Iterable[Contribution], own: Spend) -> Spend:
    """Return what contributors paid, each for their own, and then whoever put the contributions together.

    Every contribution is sent once, as the file of the tensors that it changed: adapters may be sent smaller.
    Whoever puts them together is taken for one of the contributors: no further actor.

    Args:
        contributions: What is put together, at least one.
        own: What putting them together cost.
    """
    given = list(contributions)
    together = side_by_side(each.spend for each in given)
    sent = sum(each.file.stat().st_size for each in given)
    return replace(
        in_sequence([together, own]),
        unique_examples=together.unique_examples + own.unique_examples,
        bytes_exchanged=together.bytes_exchanged + own.bytes_exchanged + sent,
        tries=together.tries + own.tries,
    )
