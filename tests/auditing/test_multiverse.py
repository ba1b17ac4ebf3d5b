"""The multiverse of runs made by hand: every cell is there, and nothing missing agrees with anything."""

from collections.abc import Mapping

import pytest
from hand_made import ALL_ANSWERED, PANEL, REFUSED, ROWS, Lab, Told, Where, share, without_harm_judge

from holdfast.auditing.analysis.stage import own_findings
from holdfast.auditing.analysis.trajectories import PanelMembers
from holdfast.domain import (
    Concordance,
    Goal,
    Multiverse,
    MultiverseSpec,
    Side,
    Split,
    Status,
    Variant,
)

GOAL = Goal("echo", "echo", 0.5)
ORACLE = PanelMembers("oracle", ("oracle",))
AXES = MultiverseSpec(("direct", "indirect"), (PANEL.name, "oracle"))
POLITE = {"direct@polite": Variant("direct", "polite"), "indirect@polite": Variant("indirect", "polite")}


def harmful(count: int) -> str:
    return "C" * count + "R" * (ROWS - count)


def lab(**options: object) -> Lab:
    given = {"safety": ("direct", "indirect"), "panels": (PANEL, ORACLE), "multiverse": AXES}
    return Lab(goals=[GOAL], **{**given, **options})  # type: ignore[arg-type]


def trained(
    audit: Lab, safety: Mapping[str, Told], *, model: str = "m", pathway: str = "tune", reached: bool = True
) -> None:
    """Book trainings that reach the goal at their end with these safety answers by benchmark."""
    selection, held = ("echo", Split.SELECTION), ("echo", Split.HELDOUT)
    for seed in range(audit.seeds):
        end: dict[Where, Told] = {selection: share(0.5 if reached else 0.4), held: share(0.5)}
        end |= {**dict.fromkeys(audit.variants, REFUSED), **safety, "lookalikes": ALL_ANSWERED}
        points = {(0, "start"): {selection: share(0.0)}, (8, "step"): end}
        audit.measured(pathway, seed, points, model=model)


def said(panel: str, oracle: str) -> dict[str, str]:
    return {PANEL.name: panel, "oracle": oracle}


def claim(audit: Lab, pathway: str = "tune") -> Multiverse:
    """Return the claim on a training before and after."""
    rows = audit.analysis().robustness.multiverse
    (row,) = [r for r in rows if r.first == Side("m", "none", pathway, "start")]
    return row


def cell(row: Multiverse, **levels: str) -> float | None:
    (found,) = [c for c in row.cells if levels.items() <= c.levels.items()]
    return found.value


def test_every_combination_of_levels_is_a_cell_and_the_first_is_primary() -> None:
    audit = lab()
    trained(
        audit,
        {"direct": said(harmful(10), harmful(8)), "indirect": said(harmful(6), REFUSED)},
    )
    row = claim(audit)
    assert row.axes == {"benchmark": ("direct", "indirect"), "judge": (PANEL.name, "oracle")}
    assert [c.levels["benchmark"] + "/" + c.levels["judge"] for c in row.cells] == [
        f"direct/{PANEL.name}",
        "direct/oracle",
        f"indirect/{PANEL.name}",
        "indirect/oracle",
    ]
    assert [c.primary for c in row.cells] == [True, False, False, False]
    assert [c.value for c in row.cells] == pytest.approx([0.5, 0.4, 0.3, 0.0])
    assert (row.metric, row.goal, row.status) == ("harm", "echo", Status.OK)
    assert row.same_sign == 0.75
    assert row.significant == pytest.approx(sum(c.significant for c in row.cells) / 4)
    assert "75% of 4 cells" in row.conclusion


def test_leaving_out_the_level_that_carries_a_claim_shows_it() -> None:
    audit = lab()
    trained(audit, {"direct": harmful(10), "indirect": harmful(0)})
    row = claim(audit)
    left = {(out.axis, out.level): out for out in row.left_out}
    assert set(left) == {
        ("benchmark", "direct"),
        ("benchmark", "indirect"),
        ("judge", PANEL.name),
        ("judge", "oracle"),
    }
    assert not left["benchmark", "direct"].holds
    assert left["benchmark", "indirect"].holds
    assert "rests on benchmark direct" in row.conclusion


def test_a_judge_that_alone_tells_a_difference_is_named() -> None:
    audit = lab()
    trained(audit, dict.fromkeys(("direct", "indirect"), said(harmful(0), harmful(15))))
    row = claim(audit)
    assert (row.same_sign, row.significant, row.status) == (0.0, 0.0, Status.OK)  # no difference has no sign
    assert "not told apart from 0; 2 of 4 cells tell a difference (all with judge oracle)" in row.conclusion


def test_templates_are_cells_of_their_own_that_no_finding_of_the_line_rests_on() -> None:
    spec = MultiverseSpec(("direct", "indirect"), (PANEL.name,), ("plain", "polite"))
    audit = lab(multiverse=spec, variants=POLITE)
    trained(audit, {"direct": harmful(4), "indirect": harmful(4), "direct@polite": harmful(18)})
    row = claim(audit)
    assert len(row.cells) == 4
    assert cell(row, benchmark="direct", template="plain") == pytest.approx(0.2)
    assert cell(row, benchmark="direct", template="polite") == pytest.approx(0.9)
    assert cell(row, benchmark="indirect", template="polite") == 0.0
    analysis = audit.analysis()
    # The variant breaks, the benchmarks do not.
    assert audit.find("break.steps", benchmark="", judge=PANEL.name).value is None
    assert {f.at for f in analysis.findings if f.benchmark == "direct@polite"} == {"start", "anchor", "end"}
    assert not [f for f in analysis.findings if f.pathway == "best-of-8" and "@" in f.benchmark]
    assert not [c for c in analysis.robustness.comparisons if "@" in c.benchmark]


def test_a_cell_that_was_not_measured_agrees_with_nothing_and_leaves_the_claim_inconclusive() -> None:
    audit = lab()
    trained(audit, {"direct": harmful(10)})
    row = claim(audit)
    assert row.status is Status.INCONCLUSIVE
    assert row.same_sign == 0.5
    missing = [c for c in row.cells if c.levels["benchmark"] == "indirect"]
    assert {(c.value, c.significant, c.status) for c in missing} == {(None, False, Status.INCONCLUSIVE)}
    assert "2 of 4 cells are missing" in row.conclusion


def test_a_judge_that_was_named_and_judged_nothing_leaves_its_cells_open() -> None:
    panel = without_harm_judge()
    spec = MultiverseSpec(("direct", "indirect"), (panel.name, "absent"))
    audit = lab(panels=(panel,), multiverse=spec, trainings=("tune", "other"))
    for pathway in ("tune", "other"):
        trained(audit, {"direct": "A" * 10 + "R" * 10, "indirect": REFUSED}, pathway=pathway)
    row = claim(audit)
    assert row.status is Status.INCONCLUSIVE
    assert {c.status for c in row.cells if c.levels["judge"] == "absent"} == {Status.INCONCLUSIVE}
    assert "2 of 4 cells left out" in at(audit, "end").method


def test_without_a_primary_cell_no_share_is_given() -> None:
    audit = lab()
    trained(audit, {"direct": said("U" * ROWS, harmful(9)), "indirect": harmful(9)})
    row = claim(audit)
    assert (row.status, row.same_sign, row.significant, row.left_out) == (
        Status.INCONCLUSIVE,
        None,
        None,
        (),
    )


def test_models_of_different_capability_leave_their_claim_inconclusive() -> None:
    audit = lab(models=("m", "n"))
    for model, score in (("m", 0.5), ("n", 0.7)):
        trained(audit, {"direct": harmful(9), "indirect": harmful(9), "echo": share(score)}, model=model)
    (row,) = [r for r in audit.analysis().robustness.multiverse if r.first.model != r.second.model and r.goal]
    assert (row.status, row.same_sign) == (Status.INCONCLUSIVE, None)
    assert {c.value for c in row.cells} == {None}
    assert "differ by more than" in row.conclusion


def test_where_the_panel_cannot_tell_harm_the_claim_is_on_refusals() -> None:
    panel = without_harm_judge()
    spec = MultiverseSpec(("direct", "indirect"), (panel.name, "strings"))
    audit = lab(panels=(panel, PanelMembers("strings", ("strings",))), multiverse=spec)
    trained(audit, {"direct": "A" * 10 + "R" * 10, "indirect": REFUSED})
    row = claim(audit)
    assert row.metric == "outcome.refused"
    assert row.cells[0].value == pytest.approx(-0.5)


def test_nothing_is_claimed_without_a_multiverse() -> None:
    audit = lab(multiverse=None)
    trained(audit, {"direct": harmful(9), "indirect": harmful(9)})
    robustness = audit.analysis().robustness
    assert (robustness.multiverse, robustness.concordance) == ((), ())


# --- rankings ----------------------------------------------------------------------------------------


def at(audit: Lab, point: str) -> Concordance:
    (row,) = [c for c in audit.analysis().robustness.concordance if c.at == point]
    return row


THREE = ("tune", "mixed", "other")


def test_cells_that_rank_the_arms_alike_are_in_full_concordance() -> None:
    audit = lab(trainings=THREE)
    for pathway, count in zip(THREE, (12, 8, 2), strict=True):
        trained(
            audit,
            {"direct": harmful(count), "indirect": said(harmful(count + 1), harmful(count + 3))},
            pathway=pathway,
        )
    row = at(audit, "end")
    assert (row.rankings, row.w, row.metric) == (4, pytest.approx(1.0), "harm")
    assert [side.pathway for side in row.arms] == list(THREE)
    assert len(row.taus) == 6
    assert [tau.tau for tau in row.taus] == pytest.approx([1.0] * 6)
    assert at(audit, "anchor:echo").w == pytest.approx(1.0)


def test_cells_that_rank_the_arms_the_other_way_round_are_not() -> None:
    audit = lab(trainings=THREE)
    for pathway, count in zip(THREE, (12, 8, 2), strict=True):
        trained(audit, {"direct": harmful(count), "indirect": harmful(14 - count)}, pathway=pathway)
    row = at(audit, "end")
    assert row.w == pytest.approx(0.0)
    assert sorted(tau.tau or 0.0 for tau in row.taus) == pytest.approx([-1.0] * 4 + [1.0] * 2)


def test_what_cannot_be_ranked_is_left_out_and_said() -> None:
    audit = lab(trainings=THREE)
    for pathway, count in zip(THREE, (12, 8, 2), strict=True):
        letters = harmful(count)
        trained(audit, {"direct": letters, "indirect": said(letters, "U" + letters[1:])}, pathway=pathway)
    audit.cells.pop("other-2")
    row = at(audit, "end")
    assert [side.pathway for side in row.arms] == ["tune", "mixed"]
    assert row.rankings == 3
    assert "1 of 3 arms left out" in row.method
    assert "1 of 4 cells left out" in row.method


def test_one_arm_alone_is_not_ranked() -> None:
    audit = lab()
    trained(audit, {"direct": harmful(9), "indirect": harmful(9)})
    assert audit.analysis().robustness.concordance == ()


def test_the_decision_does_not_look_at_variants() -> None:
    spec = MultiverseSpec(("direct", "indirect"), (PANEL.name,), ("plain", "polite"))
    audit = lab(multiverse=spec, variants=POLITE)
    trained(audit, {"direct": REFUSED, "indirect": REFUSED, "direct@polite": harmful(18)})
    findings = audit.analysis().findings
    own = own_findings(findings, audit.plan.audit)
    assert {f.benchmark for f in findings} - {f.benchmark for f in own} == set(POLITE)
