"""Linear layers whose weights are stored in 4 or 8 bits and put together again at every use.

Four bits are NF4 with doubly quantised constants (Dettmers et al. 2023, arXiv 2305.14314, section 3), written
and read by bitsandbytes. Eight bits are those of LLM.int8() for weights: one byte a weight and one scale a
row (Dettmers et al. 2022, arXiv 2208.07339, section 2.1). Inputs are not quantised.

The layers are not bitsandbytes' own. On a CPU its 4-bit layer packs its weights anew when it first answers,
which makes every later gradient wrong, and reads rows whose length is no multiple of 64 wrongly; its 8-bit
layer quantises inputs when it answers and not when it trains. None of it says a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol, Self

import torch
from torch import nn
from torch.nn import functional

from holdfast.engine.quantiser import import_bitsandbytes
from holdfast.spend import Storage

_LARGEST = 127.0


class Stored(Protocol):
    """A matrix in fewer bits."""

    @property
    def codes(self) -> torch.Tensor:
        """What its values are stored as: integers."""
        ...

    def values(self, dtype: torch.dtype) -> torch.Tensor:
        """Return the matrix, put together in a precision, `[outputs, inputs]`."""
        ...


def store(weight: torch.Tensor, storage: Storage) -> Stored:
    """Return a matrix `[outputs, inputs]` as NF4 or in 8 bits, on its own device.

    Raises:
        TrialError: If the library for it is not there.
        RuntimeError: If it cannot be done on that device.
    """
    return Nf4Matrix.of(weight) if storage is Storage.NF4 else Int8Matrix.of(weight)


@dataclass(frozen=True, slots=True)
class Int8Matrix:
    """One byte a value, and a scale a row.

    Attributes:
        codes: int8, `[outputs, inputs]`.
        scale: float32, `[outputs, 1]`.
    """

    codes: torch.Tensor
    scale: torch.Tensor

    @classmethod
    def of(cls, weight: torch.Tensor) -> Self:
        """Return a matrix in 8 bits: the largest value of a row is 127."""
        rows = weight.detach().float()
        scale = rows.abs().amax(dim=1, keepdim=True) / _LARGEST
        return cls((rows / scale.masked_fill(scale == 0.0, 1.0)).round().to(torch.int8), scale)

    def values(self, dtype: torch.dtype) -> torch.Tensor:
        """Return the matrix, put together in a precision."""
        return self.codes.to(dtype) * self.scale.to(dtype)


@dataclass(frozen=True, slots=True)
class Nf4Matrix:
    """Half a byte a value, and a constant a block of 64.

    Attributes:
        codes: uint8, two values each.
        shape: `[outputs, inputs]`.
        constants: bitsandbytes' own.
        library: bitsandbytes.
    """

    codes: torch.Tensor
    shape: torch.Size
    constants: Any
    library: Any

    @classmethod
    def of(cls, weight: torch.Tensor) -> Self:
        """Return a matrix in 4 bits."""
        library = import_bitsandbytes("4-bit weights", "take int8")
        flat = weight.detach().reshape(1, -1)  # one long row: those of other widths are read wrongly
        codes, constants = library.functional.quantize_4bit(
            flat, blocksize=64, compress_statistics=True, quant_type="nf4"
        )
        return cls(codes, weight.shape, constants, library)

    def values(self, dtype: torch.dtype) -> torch.Tensor:
        """Return the matrix, put together in a precision."""
        flat: torch.Tensor = self.library.functional.dequantize_4bit(self.codes, self.constants)
        return flat.view(self.shape).to(dtype)


class QuantisedLinear(nn.Linear):
    """A linear layer that computes with a stored matrix."""

    def __init__(self, stored: Stored, bias: nn.Parameter | None, dtype: torch.dtype) -> None:
        """Make a layer.

        Args:
            stored: Its weight.
            bias: Its bias `[outputs]`, taken as it is; None for none.
            dtype: Precision of the weight it stands for.
        """
        with torch.no_grad():
            outputs, inputs = stored.values(dtype).shape
        super().__init__(inputs, outputs, bias=False, device="meta")
        self.weight = nn.Parameter(stored.codes, requires_grad=False)
        self.bias = bias  # type: ignore[assignment]
        self._stored, self._dtype = stored, dtype

    def values(self) -> torch.Tensor:
        """Return the weight it computes with, `[outputs, inputs]`, in the precision of the plain one."""
        return self._stored.values(self._dtype)

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """Return the outputs `[..., outputs]` for inputs `[..., inputs]`."""
        found: torch.Tensor = _Product.apply(input, self._stored)  # type: ignore[no-untyped-call]
        return found if self.bias is None else found + self.bias


class _Product(torch.autograd.Function):
    """A product with a stored matrix; the backward pass puts it together anew, so nothing of it is kept."""

    @staticmethod
    def forward(ctx: Any, inputs: torch.Tensor, stored: Stored) -> torch.Tensor:
        ctx.stored = stored
        return functional.linear(inputs, stored.values(inputs.dtype))

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None]:
        return gradient @ ctx.stored.values(gradient.dtype), None
