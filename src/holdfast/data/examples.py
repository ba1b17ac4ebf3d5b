"""From the rows of a file to corpus examples."""

from __future__ import annotations

from pathlib import Path

from holdfast.data.fields import CORPUS_FIELDS, RowFields, unknown_fields
from holdfast.data.rows import scan_rows, shown_path
from holdfast.domain import DataSource, Example, Problem, ask

_NO_RESPONSE = "training needs answers; technique `synthetic` has them written"


def examples_of_file(
    source: DataSource, problems: list[Problem], *, prompts_only: bool = False
) -> list[Example]:
    """Read a corpus file.

    Args:
        source: A file with rows `{"prompt", "response"}` or `{"messages"}`, of which the last message, the
            assistant's, is the response.
        problems: Grows by everything that is wrong.
        prompts_only: Ask for no response, and read none: rows may lack theirs.

    Returns:
        The rows that are sound, in file order, none marked harmful.
    """
    scan = scan_rows(source)
    shown = shown_path(Path(source.path or ""))
    problems += scan.problems
    problems += unknown_fields(scan.rows, CORPUS_FIELDS, source.columns, shown)
    if not scan.rows and not scan.problems:
        problems.append(Problem("holds no rows", shown, None, "a corpus needs at least one example"))
    examples: list[Example] = []
    for row in scan.rows:
        fields = RowFields(row, shown)
        example = (
            _from_messages(fields, prompts_only)
            if fields.has("messages")
            else _from_pair(fields, prompts_only)
        )
        problems += fields.problems
        if example is not None and not fields.problems:
            examples.append(example)
    return examples


def _from_pair(fields: RowFields, prompts_only: bool) -> Example | None:
    names = ("prompt",) if prompts_only else ("prompt", "response")
    for name in names:
        if not fields.has(name):
            fields.problem(f"row without a {name}", _NO_RESPONSE if name == "response" else "")
    texts = [fields.text(name) for name in names]
    prompt, response = texts[0], texts[1] if len(texts) > 1 else ""
    return Example(ask(prompt), response) if prompt is not None and response is not None else None


def _from_messages(fields: RowFields, prompts_only: bool) -> Example | None:
    for name in ("prompt", "response"):
        if fields.has(name):
            fields.problem(f"holds both messages and {name}", "keep one of the two")
    messages = fields.messages()
    if not messages:
        return None
    roles = [message.role for message in messages]
    if prompts_only and roles[-1] == "user":
        return Example(messages, "")
    if roles[-1] != "assistant" or roles[-2:-1] != ["user"]:
        got = " ".join(roles[-2:])
        fields.problem(f"messages must end with the user's turn and the assistant's, got {got}")
        return None
    return Example(messages[:-1], "" if prompts_only else messages[-1].content)
