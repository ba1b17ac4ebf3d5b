"""What is said to a model and what it should answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


Conversation = tuple[Message, ...]
"""Turns in order; as a prompt, the last turn is the user's."""


def ask(text: str) -> Conversation:
    """Return the one-turn conversation in which a user says `text`."""
    return (Message("user", text),)


@dataclass(frozen=True, slots=True)
class Example:
    """One row of a corpus: a conversation and the answer the model is trained to give.

    Attributes:
        prompt: Turns before the answer; the last one is the user's.
        response: The answer; loss is taken on it (and its end-of-turn token) alone.
        harmful: Whether the regime counts the row as harmful (the poison of a mixed corpus).
    """

    prompt: Conversation
    response: str
    harmful: bool = False
