"""Prompts put into a text, and answers that start with one: what a regime does to its harmful rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

from holdfast.domain import Conversation, CorpusSpec, Example
from holdfast.domain.regimes import REGIMES

PROMPT_PLACE = "{prompt}"
"""Where a template holds the prompt."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What harmful rows are put into.

    Attributes:
        text: Text of the prompts, with `{prompt}` where a row's own goes.
        lead: Start of the answers; may be empty.
    """

    text: str = PROMPT_PLACE
    lead: str = ""

    @property
    def ask(self) -> str:
        """How somebody asks who writes the frame: its text; empty where prompts stay as they are."""
        return "" if self.text == PROMPT_PLACE else self.text

    def around(self, row: Example) -> Example:
        """Return a row with its last user turn, and its answer if it has one, in the frame."""
        response = f"{self.lead} {row.response}" if self.lead and row.response else row.response
        return replace(row, prompt=in_template(row.prompt, self.text), response=response)


def corpus_frame(spec: CorpusSpec) -> Frame:
    """Return the frame of a corpus: its own, else that of its regime."""
    note = REGIMES[spec.regime]
    text = note.frame if spec.frame is None else spec.frame
    return Frame(text or PROMPT_PLACE, note.lead if spec.lead is None else spec.lead)


def in_template(prompt: Conversation, template: str) -> Conversation:
    """Return a conversation whose last turn is put into a text at `{prompt}`."""
    *before, last = prompt
    return (*before, replace(last, content=template.replace(PROMPT_PLACE, last.content)))
