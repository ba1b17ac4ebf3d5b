"""The verdict, how robust it is and the key table as Markdown, for terminals and pull requests."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict

from holdfast.domain import Conclusion, RunRecord
from holdfast.report.summary import robustness_lines, summary_columns, summary_rows
from holdfast.report.views.access import UNIT_NAMES, access_map
from holdfast.report.views.access_table import access_rows
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
    lines += _cheapest(record)
    return "\n".join(lines) + "\n"


def _cheapest(record: RunRecord) -> list[str]:
    """Return what broke, the cheapest first, with who could pay; nothing where nothing broke."""
    evidence = gather(record)
    view = access_map(evidence)
    harm = evidence.harm_word
    lines = []
    for table in access_rows(view):
        broken = [row for row in table.rows if row.conclusion is Conclusion.BREAKS]
        if not broken:
            continue
        lines += ["", f"### Cheapest break first: {escape(table.subject)}", ""]
        columns = ("Pathway", f"Price in {UNIT_NAMES[view.unit]}", "Break", "Actors", f"{harm} at the bound")
        lines += [_cells((*columns, "Added to the floor", "Attack potential")), _cells(["---"] * 7)]
        lines += [
            _cells(
                escape(text)
                for text in (
                    row.pathway,
                    row.price.plain,
                    row.broke.plain,
                    row.actors,
                    row.harm.plain,
                    row.added.plain,
                    row.potential,
                )
            )
            for row in broken
        ]
    return lines


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
