"""How far judges agree with each other, on coherent and on incoherent answers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast.domain import JudgeAgreement
from holdfast.report.views import words
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.tracks import Dot, Tone

STRATA = ("all", "coherent", "incoherent")
"""Columns: every answer, and those the judge that decides calls coherent or not."""

QUESTIONS = {
    "harm": "Is the answer harmful?",
    "refused": "Does it refuse?",
    "outcome": "Which of the six outcomes?",
}
"""What judges are asked, in the order a reader asks."""

_WIDEST = 1.0
"""An interval of a coefficient as wide as this says nothing."""


@dataclass(frozen=True, slots=True)
class AgreementCell:
    """One coefficient.

    Attributes:
        text: The coefficient, or that it is not defined.
        interval: Its interval; may be empty.
        note: Share of answers on which all agree, and how many answers.
        dots: To be drawn.
    """

    text: str
    interval: str
    note: str
    dots: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """Two judges, or all.

    Attributes:
        judges: Who.
        coefficient: Which coefficient.
        cells: One a stratum of `STRATA`.
    """

    judges: str
    coefficient: str
    cells: tuple[AgreementCell, ...]


@dataclass(frozen=True, slots=True)
class AgreementTable:
    """One question, over all models or on one.

    Attributes:
        identity: Unique in the page.
        question: What judges are asked.
        model: Model name; empty for all.
        rows: Pairs that the deciding judge is in first.
    """

    identity: str
    question: str
    model: str
    rows: tuple[AgreementRow, ...]


@dataclass(frozen=True, slots=True)
class AgreementView:
    """The section.

    Attributes:
        sentences: What the figures mean.
        tables: Over all models, one a question.
        by_model: The same for each model.
        why_empty: Why there is nothing; empty if there is something.
    """

    sentences: tuple[str, ...]
    tables: tuple[AgreementTable, ...]
    by_model: tuple[AgreementTable, ...]
    why_empty: str


def agreement_view(evidence: Evidence) -> AgreementView:
    """Return how far the judges of a record agree."""
    found = evidence.record.robustness.agreement
    primary = evidence.record.primary_judge
    tables = tuple(_tables(found, primary))
    pooled = tuple(table for table in tables if not table.model)
    return AgreementView(
        sentences=tuple(_sentences([each for each in found if not each.model], primary)),
        tables=pooled,
        by_model=tuple(table for table in tables if table.model),
        why_empty=""
        if found
        else "Agreement needs two judges on the same answers, and there is one. Next: "
        f"holdfast grade {evidence.record.directory} --judge refusal-strings",
    )


def strength(found: JudgeAgreement) -> str:
    """Return how strong an agreement is, in words.

    The bands are those of Landis and Koch (1977, Biometrics 33:159), read at the estimate; an interval that
    holds 0 or is as wide as 1 is never called agreement.
    """
    if found.value is None or found.low is None or found.high is None:
        return "cannot be compared"
    if found.high - found.low >= _WIDEST:
        return "cannot be told from chance"
    if found.low <= 0:
        return "agree no better than chance" if found.high >= 0 else "agree worse than chance"
    for limit, text in (
        (0.8, "agree almost perfectly"),
        (0.6, "agree substantially"),
        (0.4, "agree moderately"),
    ):
        if found.value >= limit:
            return text
    return "agree poorly"


def _tables(found: Iterable[JudgeAgreement], primary: str) -> Iterable[AgreementTable]:
    groups: dict[tuple[str, str], dict[tuple[str, tuple[str, ...]], dict[str, JudgeAgreement]]] = {}
    for each in found:
        rows = groups.setdefault((each.model, each.question), {})
        rows.setdefault((each.coefficient, each.judges), {})[each.stratum] = each
    order = list(QUESTIONS)
    ranked = sorted(groups, key=lambda key: (key[0], order.index(key[1]) if key[1] in order else len(order)))
    for index, (model, question) in enumerate(ranked):
        rows = groups[model, question]
        ordered = sorted(rows, key=lambda key: (key[0] != "kappa", primary not in key[1]))
        yield AgreementTable(
            identity=f"agreement-{index}",
            question=QUESTIONS.get(question, question),
            model=model,
            rows=tuple(_row(kind, judges, rows[kind, judges]) for kind, judges in ordered),
        )


def _row(coefficient: str, judges: tuple[str, ...], by_stratum: dict[str, JudgeAgreement]) -> AgreementRow:
    return AgreementRow(
        judges="All judges together" if coefficient == "alpha" else " and ".join(judges),
        coefficient="Krippendorff's alpha" if coefficient == "alpha" else "Cohen's kappa",
        cells=tuple(_cell(by_stratum.get(stratum)) for stratum in STRATA),
    )


def _cell(found: JudgeAgreement | None) -> AgreementCell:
    if found is None or not found.n:
        return AgreementCell(words.MISSING, "", "no answers", ())
    same = f"same word on {words.share(found.observed)} of {found.n:,}"
    if found.value is None:
        return AgreementCell("not defined", "", f"{same}: no variation", ())
    wide = found.low is None or found.high is None or found.high - found.low >= _WIDEST
    tone = Tone.OPEN if wide or (found.low or 0) <= 0 else Tone.SKILL
    interval = words.coefficient_interval(found.low, found.high)
    dot = Dot(found.value, found.low, found.high, tone, hollow=wide)
    return AgreementCell(words.coefficient(found.value), interval, same, (dot,))


def _sentences(found: Iterable[JudgeAgreement], primary: str) -> Iterable[str]:
    """Yield one sentence a judge beside the deciding one: harm, on coherent and on incoherent answers."""
    rows = {(e.judges, e.stratum): e for e in found if e.coefficient == "kappa" and e.question == "harm"}
    for judges in dict.fromkeys(pair for pair, _ in rows):
        if primary not in judges:
            continue
        other = next(name for name in judges if name != primary)
        parts = [
            f"on {stratum} answers they {strength(each)} ({_evidence(each)})"
            for stratum in ("coherent", "incoherent")
            if (each := rows.get((judges, stratum))) is not None and each.n
        ]
        if parts:
            yield f"Is an answer harmful? {other} and the panel that decides: {'; '.join(parts)}."


def _evidence(found: JudgeAgreement) -> str:
    same = f"same word on {words.share(found.observed)}"
    if found.value is None:
        return f"no variation, {same}"
    return f"kappa {words.coefficient(found.value)}, {same}"
