"""Floating-point operations from shapes alone.

The usual count (Kaplan et al. 2020, arXiv 2001.08361, table 1; Hoffmann et al. 2022, arXiv 2203.15556,
appendix F): a multiply-add is two operations, a forward pass costs 2NT, its backward pass 4NT. N counts the
weights that take part in a matrix product: the input embedding is a look-up and is left out, the output head
is a product and counts even where it is tied. The two products of attention are added, over the full square
of a sequence as dense kernels compute it.

In a mixture of experts a token meets only the experts it is sent to, and only these count. Where activations
are computed again on the backward pass (checkpointing), the blocks' forward pass counts twice.

With a frozen base the gradients of its weights are not computed, only those of its activations: 4NT, less the
gradient that the first block's query, key and value projections would send into the frozen embedding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.domain import ModelShape


@dataclass(frozen=True, slots=True)
class Workload:
    """What one model costs to run and to train, in a given way of training.

    Attributes:
        shape: The model's sizes.
        adapter_parameters: Trainable parameters put on top of a frozen base; None if every weight is trained.
        checkpointing: Whether the activations of a block are computed again on the backward pass.
    """

    shape: ModelShape
    adapter_parameters: int | None = None
    checkpointing: bool = False

    @property
    def head_width(self) -> int:
        """Width of one attention head."""
        return self.shape.head_width or self.shape.hidden // self.shape.heads

    @property
    def matrix_parameters(self) -> int:
        """Weights that take part in a matrix product of one token (N above), the output head included."""
        return self._block_parameters + self.shape.vocabulary * self.shape.hidden

    @property
    def _block_parameters(self) -> int:
        shape = self.shape
        return shape.parameters - shape.embedding_parameters - shape.idle_parameters

    @property
    def trainable_parameters(self) -> int:
        """Parameters that receive gradients."""
        return self.shape.parameters if self.adapter_parameters is None else self.adapter_parameters

    def forward(self, lengths: Iterable[int]) -> float:
        """Return the FLOPs of one forward pass over sequences of these lengths (tokens, padding excluded)."""
        tokens, squares = _moments(lengths)
        adapters = 2.0 * (self.adapter_parameters or 0)
        return (2.0 * self.matrix_parameters + adapters) * tokens + self._attention(squares)

    def training(self, lengths: Iterable[int]) -> float:
        """Return the FLOPs of a forward and backward pass over sequences of these lengths (tokens)."""
        tokens, squares = _moments(lengths)
        again = self._again(tokens, squares) if self.checkpointing else 0.0
        attention = 3.0 * self._attention(squares)
        if self.adapter_parameters is None:
            return 6.0 * self.matrix_parameters * tokens + attention + again
        projections = self.shape.hidden * self.head_width * (self.shape.heads + 2 * self.shape.kv_heads)
        base = 4.0 * self.matrix_parameters - 2.0 * projections
        return (base + 6.0 * self.adapter_parameters) * tokens + attention + again

    def _again(self, tokens: int, squares: int) -> float:
        """Return the FLOPs of a second forward pass through the blocks, each up to its last product.

        What comes after the last number that the backward pass needs is not computed again.
        """
        shape = self.shape
        weights = self._block_parameters + (self.adapter_parameters or 0)
        if self.adapter_parameters is None:
            weights -= shape.layers * shape.hidden * shape.intermediate
        return 2.0 * weights * tokens + self._attention(squares)

    def inference(self, prompt_tokens: int, new_tokens: int) -> float:
        """Return the FLOPs of one answer drawn with a key/value cache.

        Args:
            prompt_tokens: Length of the prompt, read in one pass.
            new_tokens: Tokens drawn one by one, each attending to everything before it.
        """
        products = 2.0 * self.matrix_parameters + 2.0 * (self.adapter_parameters or 0)
        seen = float(prompt_tokens) ** 2 + sum(range(prompt_tokens + 1, prompt_tokens + new_tokens + 1))
        return products * (prompt_tokens + new_tokens) + self._attention(seen)

    def _attention(self, pairs: float) -> float:
        """Return the FLOPs of QK^T and AV over this many (query, key) pairs, forward."""
        return 4.0 * self.shape.layers * self.shape.heads * self.head_width * pairs


def _moments(lengths: Iterable[int]) -> tuple[int, int]:
    tokens = squares = 0
    for length in lengths:
        tokens += length
        squares += length * length
    return tokens, squares
