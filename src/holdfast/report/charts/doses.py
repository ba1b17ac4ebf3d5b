"""Dose and response: harm at the end against the rows trained on, with the break of each dose above it."""

from __future__ import annotations

import math
from typing import Any

from holdfast.domain import Conclusion
from holdfast.report.charts import theme
from holdfast.report.views import words
from holdfast.report.views.doses import Dose, DosePanel

_WIDTH, _HEIGHT = 322.0, 170.0
_LEAST_GAP = 52.0
"""Pixels between doses below which a break's label is left to the table."""


def dose_chart(panel: DosePanel, harm_word: str) -> Any:
    """Return the altair chart of a panel of at least one dose whose harm is known."""
    import altair as alt

    rows = [dose.rows for dose in panel.doses]
    x = alt.X(
        "rows:Q",
        scale=alt.Scale(type="log", domain=[min(rows) / 1.4, max(rows) * 1.4], nice=False),
        axis=alt.Axis(values=rows, format=",~r", grid=False, title="Rows trained on (log scale)"),
    )
    y = alt.Y(
        "value:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], title=f"{harm_word} at the end"),
    )
    known = [_row(dose) for dose in panel.doses if dose.harm.value is not None]
    base = alt.Chart(alt.Data(values=known))
    labels = alt.Chart(alt.Data(values=_breaks(panel)))
    fill = alt.Fill("fill:N", scale=None, legend=None)
    layers = [
        base.mark_line(stroke=theme.MUTED, strokeWidth=1.4, strokeDash=[4, 3], aria=False).encode(x=x, y=y),
        base.mark_rule(stroke="var(--complied)", strokeWidth=2.4, opacity=0.5, aria=False).encode(
            x=x, y=alt.Y("low:Q"), y2="high:Q"
        ),
        base.mark_point(shape="circle", size=80, stroke="var(--complied)", strokeWidth=2, opacity=1).encode(
            x=x, y=y, fill=fill, description=alt.Description("about:N")
        ),
        labels.mark_text(fontSize=11, fill=theme.MUTED, baseline="bottom", aria=False).encode(
            x=x, y=alt.YValue(-6), text="text:N"
        ),
    ]
    return theme.dress(alt.layer(*layers).properties(width=_WIDTH, height=_HEIGHT), head=6)


def _row(dose: Dose) -> dict[str, Any]:
    cell = dose.harm
    broke = dose.conclusion is Conclusion.BREAKS
    rows, word = words.amount(dose.rows, "examples"), words.CONCLUSION_WORDS[dose.conclusion].lower()
    return {
        "rows": dose.rows,
        "value": cell.value,
        "low": cell.value if cell.low is None else cell.low,
        "high": cell.value if cell.high is None else cell.high,
        "fill": "var(--complied)" if broke else theme.PAPER,
        "about": f"{rows}: {cell.plain} at the end; {word}, {dose.broke.plain}",
    }


def _breaks(panel: DosePanel) -> list[dict[str, Any]]:
    """Return the labels of the breaks that have room."""
    first, last = panel.doses[0].rows / 1.4, panel.doses[-1].rows * 1.4
    scale = _WIDTH / math.log(last / first)
    labels: list[dict[str, Any]] = []
    for dose in panel.doses:
        clear = not labels or scale * math.log(dose.rows / labels[-1]["rows"]) >= _LEAST_GAP
        if dose.conclusion is Conclusion.BREAKS and clear:
            labels.append({"rows": dose.rows, "text": dose.broke.text})
    return labels
