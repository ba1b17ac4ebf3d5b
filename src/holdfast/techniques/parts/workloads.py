"""What training costs where only some of a model's own weights are trained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from holdfast.domain import ModelShape
from holdfast.spend import Workload


@dataclass(frozen=True, slots=True)
class PartialWorkload(Workload):
    """Training of some of a model's own weights, the rest frozen.

    Attributes:
        trained: Parameters that receive gradients.
        matrices: Those of them that take part in a matrix product.
        blocks: Last blocks of the model that gradients flow back through.
    """

    trained: int = 0
    matrices: int = 0
    blocks: int = 0

    @property
    def trainable_parameters(self) -> int:
        """Parameters that receive gradients."""
        return self.trained

    def training(self, lengths: Iterable[int]) -> float:
        """Return the FLOPs of a forward and backward pass over sequences of these lengths (tokens).

        The forward pass is whole. The backward pass is that of a frozen model of the reached blocks, plus the
        products for the trained matrices, and for what the norm before the first projections reads.
        """
        counts = tuple(lengths)
        shape = self.shape
        frozen = Workload(last_blocks(shape, self.blocks), adapter_parameters=0)
        projections = shape.hidden * self.head_width * (shape.heads + 2 * shape.kv_heads)
        backward = frozen.training(counts) - frozen.forward(counts)
        products = 2.0 * (self.matrices + projections) * sum(counts)
        return self.forward(counts) + backward + products + self._twice(counts)

    def _twice(self, counts: tuple[int, ...]) -> float:
        """Return the FLOPs of computing the reached blocks' activations a second time, where that is done."""
        if not self.checkpointing:
            return 0.0
        plain = Workload(last_blocks(self.shape, self.blocks))
        return replace(plain, checkpointing=True).training(counts) - plain.training(counts)


def last_blocks(shape: ModelShape, blocks: int) -> ModelShape:
    """Return the shape of a model that has only so many of the blocks, and the same head."""
    share = blocks / shape.layers
    return replace(
        shape,
        layers=blocks,
        parameters=shape.embedding_parameters
        + round(share * (shape.parameters - shape.embedding_parameters)),
        expert_parameters=round(share * shape.expert_parameters),
    )


@dataclass(frozen=True, slots=True)
class PromptWorkload(Workload):
    """Training of embeddings that a frozen model reads before every sequence.

    Attributes:
        virtual_tokens: How many; read and attended to like text.
    """

    virtual_tokens: int = 0

    @property
    def trainable_parameters(self) -> int:
        """Parameters that receive gradients."""
        return self.virtual_tokens * self.shape.hidden

    def training(self, lengths: Iterable[int]) -> float:
        """Return the FLOPs of a forward and backward pass over texts of these lengths (tokens)."""
        frozen = PartialWorkload(self.shape, checkpointing=self.checkpointing, blocks=self.shape.layers)
        return frozen.training([length + self.virtual_tokens for length in lengths])


@dataclass(frozen=True, slots=True)
class PrefixWorkload(Workload):
    """Training of keys and values that every block of a frozen model attends to.

    Attributes:
        virtual_tokens: How many before every sequence.
    """

    virtual_tokens: int = 0

    @property
    def trainable_parameters(self) -> int:
        """Parameters that receive gradients."""
        return 2 * self.shape.layers * self.shape.kv_heads * self.head_width * self.virtual_tokens

    def training(self, lengths: Iterable[int]) -> float:
        """Return the FLOPs of a forward and backward pass over texts of these lengths (tokens)."""
        counts = tuple(lengths)
        width = self.shape.layers * self.shape.heads * self.head_width
        attention = 4.0 * width * self.virtual_tokens * sum(counts)  # QK^T and AV, forward
        return Workload(self.shape, adapter_parameters=0).training(counts) + 3.0 * attention
