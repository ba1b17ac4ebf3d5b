"""Reports: one self-contained HTML file, a Markdown summary and plain rows, from a record alone."""

from holdfast.report.charts.drawing import DrawingError
from holdfast.report.html import render_html
from holdfast.report.markdown import render_markdown
from holdfast.report.summary import (
    SummaryRow,
    robustness_lines,
    summary_columns,
    summary_html,
    summary_rows,
)

__all__ = [
    "DrawingError",
    "SummaryRow",
    "render_html",
    "render_markdown",
    "robustness_lines",
    "summary_columns",
    "summary_html",
    "summary_rows",
]
