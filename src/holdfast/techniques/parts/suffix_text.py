"""Suffixes as tokens and as text: only what is read back as the same tokens can be typed by an attacker."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from holdfast.domain import Conversation, Example, TrialError
from holdfast.models import RenderedExample, render_example

Tokens = tuple[int, ...]
_DRAWS = 200


@dataclass(frozen=True, slots=True)
class SuffixedRow:
    """A row of the corpus with a suffix after its prompt.

    Attributes:
        token_ids: Prompt, suffix, whatever the template puts behind it, and the start of the answer.
        suffix_start: Index of the suffix's first token.
        answer_start: Index of the answer's first token.
    """

    token_ids: Tokens
    suffix_start: int
    answer_start: int

    def with_suffix(self, suffix: Tokens) -> SuffixedRow:
        """Return the row with another suffix of the same length in its place."""
        end = self.suffix_start + len(suffix)
        ids = (*self.token_ids[: self.suffix_start], *suffix, *self.token_ids[end:])
        return replace(self, token_ids=ids)


@dataclass(frozen=True, slots=True)
class Placed:
    """A suffix after every prompt of the corpus.

    Attributes:
        suffix: Its tokens.
        rows: Every row with it, in order.
    """

    suffix: Tokens
    rows: tuple[SuffixedRow, ...]


def attach(prompt: Conversation, suffix: str) -> Conversation:
    """Return a prompt with a suffix after its last turn."""
    *before, last = prompt
    return (*before, replace(last, content=f"{last.content} {suffix}"))


class SuffixWriter:
    """Puts suffixes after the prompts of a corpus, as a model's tokenizer writes and reads them."""

    def __init__(self, tokenizer: Any, vocabulary: int, rows: Sequence[Example], target_tokens: int) -> None:
        """Prepare to write.

        Args:
            tokenizer: The model's tokenizer.
            vocabulary: Embeddings that the model has.
            rows: Prompts and the answers that are aimed at.
            target_tokens: First tokens of each answer that count.
        """
        self._tokenizer = tokenizer
        self._rows = rows
        self._target_tokens = target_tokens
        self.allowed = _typable(tokenizer, vocabulary)

    def text(self, suffix: Tokens) -> str:
        """Return a suffix as somebody would type it."""
        return str(self._tokenizer.decode(list(suffix), clean_up_tokenization_spaces=False)).strip()

    def place(self, row: int, suffix: Tokens) -> SuffixedRow | None:
        """Return a row with a suffix; None if its text is not read back as these very tokens."""
        example = self._rows[row]
        asked = Example(attach(example.prompt, self.text(suffix)), example.response)
        rendered = render_example(self._tokenizer, asked)
        start = _last_place(rendered.token_ids[: rendered.answer_start], suffix)
        return None if start is None else self._cut(rendered, start)

    def place_everywhere(self, suffix: Tokens) -> Placed | None:
        """Return every row with a suffix; None if one of them does not read it back."""
        placed = []
        for row in range(len(self._rows)):
            found = self.place(row, suffix)
            if found is None:
                return None
            placed.append(found)
        return Placed(suffix, tuple(placed))

    def first_suffix(self, length: int, random: np.random.Generator) -> Placed:
        """Return a suffix to start from: exclamation marks as in the paper, or words drawn at random.

        Raises:
            TrialError: If none is found that is read back as so many tokens.
        """
        for repeats in range(1, length + 1):
            ids = tuple(self._tokenizer.encode(" " + " ".join(["!"] * repeats), add_special_tokens=False))
            if len(ids) == length and (placed := self.place_everywhere(ids)) is not None:
                return placed
        pieces = self._tokenizer.convert_ids_to_tokens(self.allowed.tolist())
        words = self.allowed[[piece.startswith(("Ġ", "▁")) for piece in pieces]]  # begin with a space
        for _ in range(_DRAWS if len(words) else 0):
            drawn = tuple(int(token) for token in random.choice(words, size=length))
            if (placed := self.place_everywhere(drawn)) is not None:
                return placed
        raise TrialError(
            f"no suffix of {length} tokens was found that the tokenizer reads back as it was written",
            next_step="set another suffix_tokens",
        )

    def _cut(self, rendered: RenderedExample, start: int) -> SuffixedRow:
        end = min(rendered.answer_end, rendered.answer_start + self._target_tokens)
        if end == rendered.answer_start:
            raise TrialError(
                "a row of the corpus has no answer to aim at",
                next_step="every row needs a prompt and a response",
            )
        return SuffixedRow(rendered.token_ids[:end], start, rendered.answer_start)


def _typable(tokenizer: Any, vocabulary: int) -> np.ndarray:
    """Return the ids of tokens that are printable text, increasing."""
    special = set(tokenizer.all_special_ids) | set(tokenizer.get_added_vocab().values())
    ids = [token for token in range(min(len(tokenizer), vocabulary)) if token not in special]
    texts = tokenizer.batch_decode([[token] for token in ids], clean_up_tokenization_spaces=False)
    kept = [i for i, t in zip(ids, texts, strict=True) if t.strip() and t.isprintable() and "\ufffd" not in t]
    return np.array(kept, dtype=np.int64)


def _last_place(ids: Tokens, wanted: Tokens) -> int | None:
    """Return where a run of tokens last begins; None if it is not there."""
    starts = range(len(ids) - len(wanted), -1, -1)
    return next((start for start in starts if ids[start : start + len(wanted)] == wanted), None)
