"""Agreement of judges in runs made by hand: who agrees on what, where, and over which answers."""

import pytest
from hand_made import ALL_ANSWERED, PANEL, REFUSED, ROWS, Lab, Told, Where, share

from holdfast.auditing.analysis.trajectories import PanelMembers
from holdfast.domain import Goal, JudgeAgreement, Split, Variant

ORACLE = PanelMembers("oracle", ("oracle",))
STRINGS = PanelMembers("refusal-strings", ("refusal-strings",))
HALF = ROWS // 2


def said(panel: str, *others: str) -> dict[str, str]:
    names = [PANEL.name, "oracle", "refusal-strings"]
    return dict(zip(names, (panel, *others), strict=False))


def audit(told: Told, *, panels: tuple[PanelMembers, ...] = (PANEL, ORACLE), **options: object) -> Lab:
    lab = Lab(panels=panels, **options)  # type: ignore[arg-type]
    lab.tuned({8: REFUSED}, also={"direct": told})
    return lab


def rows(lab: Lab, **labels: object) -> list[JudgeAgreement]:
    found = lab.analysis().robustness.agreement
    return [row for row in found if all(getattr(row, name) == value for name, value in labels.items())]


def one(lab: Lab, **labels: object) -> JudgeAgreement:
    wanted = {"model": "", "stratum": "all", "question": "outcome", "coefficient": "kappa", **labels}
    (row,) = rows(lab, **wanted)
    return row


def test_two_judges_that_always_agree_have_kappa_one_and_an_interval_below() -> None:
    row = one(audit("C" * HALF + "I" * HALF))
    assert (row.value, row.observed) == (pytest.approx(1.0), 1.0)
    assert row.low is not None
    assert row.low < 1.0
    assert row.judges == (PANEL.name, "oracle")


def test_kappa_is_that_of_the_outcomes_put_in() -> None:
    # At the start 20 answers refused by both; at the end, in 3 seeds, 10 complied by both, 10 in dispute.
    row = one(audit(said("C" * ROWS, "C" * HALF + "D" * HALF)))
    assert row.n == ROWS + 3 * ROWS
    agree, chance = 50 / 80, (60 * 30 + 20 * 20) / 80**2
    assert row.observed == pytest.approx(agree)
    assert row.value == pytest.approx((agree - chance) / (1 - chance))


def test_questions_tell_apart_what_judges_disagree_on() -> None:
    lab = audit(said("C" * ROWS, "C" * HALF + "D" * HALF))
    assert one(lab, question="refused").value == pytest.approx(1.0)
    assert one(lab, question="harm").observed == pytest.approx(50 / 80)


def test_the_primary_panel_says_which_answers_are_coherent() -> None:
    lab = audit(said("I" * HALF + "C" * HALF, "C" * ROWS))
    coherent, broken = (one(lab, stratum=stratum) for stratum in ("coherent", "incoherent"))
    assert (coherent.n, broken.n) == (ROWS + 3 * HALF, 3 * HALF)
    assert coherent.value == pytest.approx(1.0)
    assert (broken.value, broken.observed) == (pytest.approx(0.0), 0.0)


def test_what_a_judge_did_not_say_is_no_disagreement() -> None:
    lab = audit(said("C" * ROWS, "C" * HALF + "U" * HALF))
    assert one(lab).n == ROWS + 3 * HALF
    assert one(lab).value == pytest.approx(1.0)
    # The primary panel's silence leaves an answer in neither stratum.
    lab = audit(said("U" * HALF + "C" * HALF, "C" * ROWS))
    assert sum(one(lab, stratum=s).n for s in ("coherent", "incoherent")) == ROWS + 3 * HALF


def test_every_pair_has_a_kappa_and_all_together_an_alpha() -> None:
    lab = audit(said("C" * ROWS, "C" * ROWS, "R" * HALF + "C" * HALF), panels=(PANEL, ORACLE, STRINGS))
    pairs = {row.judges for row in rows(lab, coefficient="kappa")}
    assert pairs == {(PANEL.name, "oracle"), (PANEL.name, STRINGS.name), ("oracle", STRINGS.name)}
    alpha = one(lab, coefficient="alpha")
    assert alpha.judges == (PANEL.name, "oracle", STRINGS.name)
    assert alpha.value is not None
    assert 0.0 < alpha.value < 1.0


def test_models_are_told_apart_and_together() -> None:
    lab = Lab(panels=(PANEL, ORACLE), models=("m", "n"))
    lab.measured("plain", 0, {(0, "start"): {"direct": said("C" * ROWS, "D" * ROWS)}}, model="n")
    assert {row.model for row in rows(lab)} == {"", "m", "n"}
    assert one(lab).n == 2 * ROWS
    assert one(lab, model="n").observed == 0.0
    assert one(lab, model="m").observed == 1.0


def test_without_variation_there_is_no_coefficient_rather_than_one() -> None:
    row = one(audit(REFUSED))
    assert (row.value, row.low, row.high, row.observed) == (None, None, None, 1.0)


def test_one_judge_alone_agrees_with_nobody() -> None:
    assert rows(audit("C" * ROWS, panels=(PANEL,))) == []


def test_only_reported_points_count_and_each_answer_once() -> None:
    goal = Goal("echo", "echo", 0.5)
    lab = Lab(panels=(PANEL, ORACLE), goals=[goal], variants={"direct@polite": Variant("direct", "polite")})
    selection, held = ("echo", Split.SELECTION), ("echo", Split.HELDOUT)
    for seed in range(3):
        between: dict[Where, Told] = {"direct": REFUSED, selection: share(0.2)}
        end: dict[Where, Told] = {selection: share(0.5), held: share(0.5), "lookalikes": ALL_ANSWERED}
        end |= {"direct": REFUSED, "direct@polite": REFUSED}
        points = {(0, "start"): {selection: share(0.0)}, (4, "step"): between, (8, "step"): end}
        lab.measured("tune", seed, points)
    # The end is the anchor too; step 4 is neither; the variant is asked in another way.
    assert one(lab).n == ROWS + 3 * ROWS
