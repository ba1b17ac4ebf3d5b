"""A corpus as tokens: rendered once, padded to the right, with loss on the answers alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch

from holdfast.domain import Example, TrialError

_IGNORED = -100
_PADDING = 0


class Rendered(Protocol):
    """One example as tokens (`holdfast.models.RenderedExample`)."""

    @property
    def token_ids(self) -> Sequence[int]:
        """Prompt, answer and end-of-turn token."""
        ...

    @property
    def answer_start(self) -> int:
        """Index of the answer's first token."""
        ...


@dataclass(frozen=True, slots=True)
class Batch:
    """Sequences padded to the right.

    No attention mask is needed: a causal model's real tokens never see the padding that follows them, and no
    loss is taken on it.

    Attributes:
        input_ids: Token ids, shape (rows, longest), padding included.
        answers: Positions in the flattened (rows * longest) grid whose next token is part of an answer.
        targets: Those next tokens, as long as `answers`.
        lengths: Tokens of each row, padding excluded.
    """

    input_ids: torch.Tensor
    answers: torch.Tensor
    targets: torch.Tensor
    lengths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Row:
    token_ids: np.ndarray
    answer_start: int


class EncodedCorpus:
    """Examples as token ids, each rendered once."""

    def __init__(
        self, examples: Sequence[Example], render: Callable[[Example], Rendered], context: int
    ) -> None:
        """Render a corpus.

        Args:
            examples: The corpus.
            render: The one chat-rendering function, bound to the model's tokenizer.
            context: Longest sequence the model reads, in tokens.

        Raises:
            TrialError: If an example has no answer token, or is longer than the model's context.
        """
        self._render = render
        self._context = context
        self._rows: dict[Example, _Row] = {}
        self._examples = tuple(examples)
        for number, example in enumerate(self._examples):
            self._encode(example, f"corpus row {number + 1}")

    @property
    def digest(self) -> str:
        """sha256 (hex) over the token ids of every row, in order."""
        digest = hashlib.sha256()
        for example in self._examples:
            row = self._rows[example]
            digest.update(f"{len(row.token_ids)} {row.answer_start} ".encode())
            digest.update(row.token_ids.tobytes())
        return digest.hexdigest()

    def batch(self, examples: Sequence[Example], device: torch.device) -> Batch:
        """Return examples as one padded batch on a device.

        Args:
            examples: Rows of the corpus, or others that a hook put in (rendered when first seen).
            device: Where the tensors go.

        Raises:
            TrialError: As on construction, or if there is no example.
        """
        if not examples:
            raise TrialError(
                "a hook returned an empty batch", next_step="a hook must leave a row to train on"
            )
        rows = [self._encode(example, "a row put in by a hook") for example in examples]
        longest = max(len(row.token_ids) for row in rows)
        grid = np.full((len(rows), longest), _PADDING, dtype=np.int64)
        targets = np.full((len(rows), longest), _IGNORED, dtype=np.int64)
        for number, row in enumerate(rows):
            length = len(row.token_ids)
            grid[number, :length] = row.token_ids
            targets[number, row.answer_start - 1 : length - 1] = row.token_ids[row.answer_start :]
        flat = targets.reshape(-1)
        answers = np.flatnonzero(flat != _IGNORED)
        return Batch(
            input_ids=torch.from_numpy(grid).to(device, non_blocking=True),
            answers=torch.from_numpy(answers).to(device, non_blocking=True),
            targets=torch.from_numpy(flat[answers]).to(device, non_blocking=True),
            lengths=tuple(len(row.token_ids) for row in rows),
        )

    def _encode(self, example: Example, where: str) -> _Row:
        row = self._rows.get(example)
        if row is None:
            rendered = self._render(example)
            row = _Row(np.asarray(rendered.token_ids, dtype=np.int64), rendered.answer_start)
            self._check(row, where)
            self._rows[example] = row
        return row

    def _check(self, row: _Row, where: str) -> None:
        length = len(row.token_ids)
        if not 1 <= row.answer_start < length:
            raise TrialError(
                f"{where} has no answer token to train on ({length} tokens, answer from {row.answer_start})",
                next_step="every row needs a prompt and a response",
            )
        if length > self._context:
            raise TrialError(
                f"{where} is {length} tokens long, the model reads at most {self._context}",
                next_step="shorten the row or take a model with a longer context",
            )
