"""What a model makes of prompts: its residual stream at their last tokens, and the first token it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from holdfast.models.batching import undisturbed

_ROWS = 16


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of some prompts.

    Attributes:
        stream: Input of every block at the last tokens, float32 `[prompts, blocks, positions, hidden]`;
            position 0 is the last token.
        first: Log-probabilities of the first token of the answer, float32 `[prompts, vocabulary]`.
    """

    stream: torch.Tensor
    first: torch.Tensor


class PromptReader:
    """Reads prompts with a model, and remembers how much it has read."""

    def __init__(self, model: Any, positions: int) -> None:
        """Prepare to read.

        Args:
            model: A `holdfast.models.LoadedModel`; it is left as it was.
            positions: Last tokens of a prompt whose stream is kept.
        """
        self._model = model
        self._positions = positions
        self.read_tokens: list[int] = []

    def read(self, prompts: Sequence[Sequence[int]]) -> Reading:
        """Return what the model, as it is now, makes of prompts given as token ids."""
        parts = [self._batch(prompts[start : start + _ROWS]) for start in range(0, len(prompts), _ROWS)]
        self.read_tokens += [len(prompt) for prompt in prompts]
        return Reading(torch.cat([p.stream for p in parts]), torch.cat([p.first for p in parts]))

    def _batch(self, prompts: Sequence[Sequence[int]]) -> Reading:
        # Padding on the right is never seen by a causal model's earlier tokens: no mask is needed.
        width = max(len(prompt) for prompt in prompts)
        padded = [[*prompt, *[0] * (width - len(prompt))] for prompt in prompts]
        ids = torch.tensor(padded, device=self._model.device)
        last = torch.tensor([len(prompt) - 1 for prompt in prompts], device=ids.device)
        rows = torch.arange(len(prompts), device=ids.device)
        with undisturbed(self._model.module):
            found = self._model.module(input_ids=ids, output_hidden_states=True, use_cache=False)
        wanted = last[:, None] - torch.arange(self._positions, device=ids.device)
        # The last of the hidden states is behind the final norm, and no block's input.
        stream = torch.stack([state[rows[:, None], wanted] for state in found.hidden_states[:-1]], dim=1)
        return Reading(stream.float(), found.logits[rows, last].float().log_softmax(dim=-1))
