"""Agreement of judges: what a coefficient is called, and that a wide interval is never agreement."""

from __future__ import annotations

from dataclasses import replace

import pytest

from holdfast.domain import JudgeAgreement, RunRecord
from holdfast.report.views.agreement import QUESTIONS, agreement_view, strength
from holdfast.report.views.evidence import Evidence, gather

from .record import empty_record
from .robust import ORACLE, PANEL, STRINGS


def kappa(value: float | None, low: float | None = None, high: float | None = None) -> JudgeAgreement:
    return JudgeAgreement((PANEL, STRINGS), "kappa", "harm", "", "all", 100, value, low, high, 0.9, "kappa")


@pytest.mark.parametrize(
    ("found", "word"),
    [
        (kappa(0.85, 0.8, 0.9), "agree almost perfectly"),
        (kappa(0.7, 0.6, 0.8), "agree substantially"),
        (kappa(0.45, 0.3, 0.6), "agree moderately"),
        (kappa(0.1, 0.05, 0.2), "agree poorly"),
        (kappa(0.02, -0.05, 0.09), "agree no better than chance"),
        (kappa(-0.4, -0.5, -0.3), "agree worse than chance"),
        (kappa(0.9, -0.2, 1.0), "cannot be told from chance"),
        (kappa(None), "cannot be compared"),
    ],
)
def test_the_word_follows_the_figure_and_its_interval(found: JudgeAgreement, word: str) -> None:
    assert strength(found) == word


def test_one_sentence_a_judge_tells_coherent_from_incoherent_answers(evidence: Evidence) -> None:
    sentences = agreement_view(evidence).sentences
    assert len(sentences) == 2
    about_strings = next(sentence for sentence in sentences if STRINGS in sentence)
    assert "on coherent answers they agree moderately (kappa 0.55" in about_strings
    assert "on incoherent answers they agree no better than chance (kappa −0.02" in about_strings


def test_every_question_has_a_table_with_the_pairs_before_all_judges(evidence: Evidence) -> None:
    view = agreement_view(evidence)
    assert [table.question for table in view.tables] == list(QUESTIONS.values())
    assert [row.coefficient for row in view.tables[0].rows] == [
        "Cohen's kappa", "Cohen's kappa", "Krippendorff's alpha"
    ]  # fmt: skip
    assert view.tables[0].rows[0].judges == f"{PANEL} and {ORACLE}"
    assert {table.model for table in view.by_model} == {"aligned"}


def test_a_coefficient_that_is_not_defined_says_so(evidence: Evidence) -> None:
    incoherent = agreement_view(evidence).tables[0].rows[-1].cells[2]
    assert (incoherent.text, incoherent.dots) == ("not defined", ())
    assert "no variation" in incoherent.note


def test_a_stratum_without_answers_is_empty(record: RunRecord) -> None:
    nobody = replace(kappa(None), n=0, observed=None)
    found = replace(record, robustness=replace(record.robustness, agreement=(nobody,)))
    view = agreement_view(gather(found))
    assert [cell.note for cell in view.tables[0].rows[0].cells] == ["no answers"] * 3
    assert view.sentences == ()


def test_with_one_judge_the_next_command_is_told() -> None:
    assert "holdfast grade" in agreement_view(gather(empty_record())).why_empty
