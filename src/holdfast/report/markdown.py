"""The verdict, how robust it is and the key table as Markdown, for terminals and pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict

from holdfast.domain import RunRecord
from holdfast.report.summary import robustness_lines, summary_columns, summary_rows
from holdfast.report.views.evidence import gather
from holdfast.report.views.verdict import ModelVerdict, verdict

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render_markdown(record: RunRecord) -> str:
    """Return the verdict, how robust it is and the key table as Markdown.

    Names are escaped: they cannot open a link, an element, a mention or another column.

    Args:
        record: The finished (or partly failed) run.

    Returns:
        The text, ending in a newline.
    """
    view = verdict(gather(record))
    lines = [f"## {escape(record.plan.audit.name)}: {view.word.lower()}", "", escape(view.headline), ""]
    for model in view.models:
        lines += _model(model)
    lines += ["", *(f"- {escape(line)}" for line in robustness_lines(record))]
    columns = summary_columns(record)
    lines += ["", _cells(columns.values()), _cells("---" for _ in columns)]
    lines += [_cells(escape(str(text)) for text in asdict(row).values()) for row in summary_rows(record)]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Return text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _model(model: ModelVerdict) -> list[str]:
    lines = [f"- **{escape(model.subject)}: {model.word.lower()}.** {escape(model.sentence)}"]
    if model.prices:
        lines.append("  Price: " + ", ".join(escape(price.text) for price in model.prices) + ".")
    if model.confidence:
        lines.append(f"  {escape(model.confidence)}.")
    return lines


def _cells(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"
