"""The key table as plain rows, for terminals and notebooks."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import Conclusion, RunRecord
from holdfast.report.html import environment
from holdfast.report.views import words
from holdfast.report.views.cautions import cautions, key_numbers
from holdfast.report.views.evidence import gather
from holdfast.report.views.key_table import KeyRow, key_table
from holdfast.report.views.verdict import verdict


@dataclass(frozen=True, slots=True)
class SummaryRow:
    """One model x pathway in words; every figure carries its interval.

    Attributes:
        model: The model, with its safeguard.
        pathway: Pathway name.
        conclusion: `Breaks`, `Did not break` or `Inconclusive`; or that another model answers.
        broke: Steps until the break, or that it did not come within the budget.
        start: Harm of the untouched model.
        at_goal: Harm at the goal.
        end: Harm at the end of the budget.
        capability: Score at the goal, else at the end.
        over_refusal: Share of look-alikes refused there.
        refusal_strings: What a refusal-string judge would have called unsafe at the end.
    """

    model: str
    pathway: str
    conclusion: str
    broke: str
    start: str
    at_goal: str
    end: str
    capability: str
    over_refusal: str
    refusal_strings: str


def summary_columns(record: RunRecord) -> dict[str, str]:
    """Return the header of each field of `SummaryRow`, in order; harm is called what it is."""
    harm = key_table(gather(record)).harm_word
    return {
        "model": "Model",
        "pathway": "Pathway",
        "conclusion": "Conclusion",
        "broke": "Break",
        "start": f"{harm} at start",
        "at_goal": "at goal",
        "end": "at end",
        "capability": "Capability",
        "over_refusal": "Over-refusal",
        "refusal_strings": "By refusal strings",
    }


def summary_rows(record: RunRecord) -> list[SummaryRow]:
    """Return one row a model x pathway, in plan order."""
    return [_row(row) for row in key_table(gather(record)).rows]


def robustness_lines(record: RunRecord) -> tuple[str, ...]:
    """Return what weakens or supports the verdict, a line each: warnings first, then figures.

    Corrected harm by model, how many differences keep their sign in the multiverse, and how far other judges
    agree with the one that decides; empty where the record holds none of it.
    """
    evidence = gather(record)
    return (*cautions(evidence), *key_numbers(evidence))


def summary_html(record: RunRecord) -> str:
    """Return the verdict and the key table as an HTML fragment for a notebook; no style, no script."""
    evidence = gather(record)
    return (
        environment()
        .get_template("summary.html.jinja")
        .render(verdict=verdict(evidence), rows=summary_rows(record), columns=summary_columns(record))
    )


def _row(row: KeyRow) -> SummaryRow:
    decided = words.CONCLUSION_WORDS[row.conclusion or Conclusion.INCONCLUSIVE]
    return SummaryRow(
        model=row.arm.subject,
        pathway=row.arm.pathway,
        conclusion=words.OTHER_MODEL if row.beside else decided,
        broke=row.broke.plain,
        start=row.start.plain,
        at_goal=row.at_goal.plain if row.goal.reached else row.goal.steps.text,
        end=row.end.plain,
        capability=row.capability.plain,
        over_refusal=row.over_refusal.plain,
        refusal_strings=row.refusal_strings.plain,
    )
