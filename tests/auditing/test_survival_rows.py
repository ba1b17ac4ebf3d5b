"""Survival rows of runs made by hand: the times put in, on every axis, and arms against each other."""

from dataclasses import replace

import pytest
from hand_made import ALL_ANSWERED, REFUSED, Lab, spend

from holdfast.domain import LogRank, Spend, Survival

BROKEN = "C" * 18 + "RR"


def lab(seeds: int = 5, **options: object) -> Lab:
    return Lab(seeds=seeds, steps=16, **options)  # type: ignore[arg-type]


def trained(
    audit: Lab,
    *broken_at: int | None,
    pathway: str = "tune",
    model: str = "m",
    spends: dict[int, Spend] | None = None,
) -> None:
    """Book trainings, one a seed, of which each is broken from a step on, or never."""
    for seed, broken in enumerate(broken_at):
        points = {(0, "start"): {}} | {
            (step, "step"): {
                "direct": BROKEN if broken is not None and step >= broken else REFUSED,
                "lookalikes": ALL_ANSWERED,
            }
            for step in (1, 2, 4, 8, 16)
        }
        audit.measured(pathway, seed, points, spends, model=model)


def survival(audit: Lab, unit: str = "steps", pathway: str = "tune") -> Survival:
    rows = audit.analysis().robustness.survival
    (row,) = [r for r in rows if (r.unit, r.pathway) == (unit, pathway)]
    return row


def test_survival_falls_where_the_intervals_end() -> None:
    audit = lab()
    trained(audit, 4, 8, 8, 16, None)
    row = survival(audit)
    assert row.times == (4, 8, 16)
    assert row.survival == pytest.approx((0.8, 0.4, 0.2))
    assert (row.seeds, row.broke, row.budget, row.benchmark) == (5, 4, 16, "")
    assert row.lower_quartile == (4, 8)
    assert row.median == (4, 8)
    assert row.restricted_mean == pytest.approx(((2 + 4 + 4 + 8 + 16) / 5, (4 + 8 + 8 + 16 + 16) / 5))


def test_every_axis_of_spend_that_is_known_has_its_survival() -> None:
    audit = lab()
    trained(audit, 4, 8, 8, 16, None)
    units = {row.unit for row in audit.analysis().robustness.survival}
    assert units == {"steps", "examples", "tokens", "flops", "device_seconds"}
    assert survival(audit, "examples").times == (40, 80, 160)
    assert survival(audit, "device_seconds").median == (2.0, 4.0)
    priced = lab()
    prices = {step: replace(spend(step), usd=0.25 * step) for step in (0, 1, 2, 4, 8, 16)}
    trained(priced, 4, 8, 8, 16, None, spends=prices)
    assert survival(priced, "usd").budget == 4.0


def test_what_never_broke_has_no_end() -> None:
    audit = lab()
    trained(audit, None, None, None, None, 16)
    row = survival(audit)
    assert row.median == (16, None)
    assert row.lower_quartile == (16, None)
    assert row.survival == pytest.approx((0.8,))


@pytest.mark.parametrize(("seeds", "bound", "band"), [(4, False, False), (5, True, False), (6, True, True)])
def test_bounds_come_with_seeds_enough(seeds: int, bound: bool, band: bool) -> None:
    audit = lab(seeds)
    trained(audit, *([8] * seeds))
    row = survival(audit)
    assert (row.lower_bound is not None, bool(row.low), bool(row.high)) == (bound, band, band)


def test_a_trial_without_a_result_may_have_broken_at_once_or_never() -> None:
    audit = lab()
    trained(audit, 4, 4, 4, 4)
    row = survival(audit)
    assert (row.seeds, row.broke) == (5, 4)
    assert row.lower_bound == 0.0


def test_an_arm_without_any_result_has_no_survival() -> None:
    audit = lab(trainings=("tune", "other"))
    trained(audit, 4, 4, 4, 4, 4)
    assert {row.pathway for row in audit.analysis().robustness.survival} == {"tune"}


# --- arms against each other -------------------------------------------------------------------------


def log_ranks(audit: Lab, unit: str = "steps") -> list[LogRank]:
    return [row for row in audit.analysis().robustness.log_rank if row.unit == unit]


def test_the_arm_that_breaks_earlier_is_told_by_the_sign() -> None:
    audit = lab(6, trainings=("tune", "other"))
    trained(audit, 16, 16, 16, 16, 16, None)
    trained(audit, 2, 2, 2, 4, 2, 2, pathway="other")
    (row,) = log_ranks(audit)
    assert (row.first.pathway, row.second.pathway) == ("tune", "other")
    assert row.statistic > 0
    assert row.p is not None
    assert row.p < 0.05
    assert row.smallest_p <= row.p
    assert row.p_adjusted == row.p


def test_below_six_seeds_there_is_a_statistic_and_no_p_value() -> None:
    audit = lab(5, trainings=("tune", "other"))
    trained(audit, 16, 16, 16, 16, 16)
    trained(audit, 2, 2, 2, 2, 2, pathway="other")
    (row,) = log_ranks(audit)
    assert (row.p, row.p_adjusted) == (None, None)
    assert row.statistic > 0


def test_pairs_share_a_model_or_a_pathway_and_are_adjusted_together() -> None:
    audit = lab(6, trainings=("tune", "other"), models=("m", "n"))
    for model, earliest in (("m", 8), ("n", 4)):
        trained(audit, *([earliest] * 6), model=model)
        trained(audit, *([earliest // 2] * 6), model=model, pathway="other")
    rows = log_ranks(audit)
    pairs = {((r.first.model, r.first.pathway), (r.second.model, r.second.pathway)) for r in rows}
    assert pairs == {
        (("m", "tune"), ("n", "tune")),
        (("m", "tune"), ("m", "other")),
        (("n", "tune"), ("n", "other")),
        (("m", "other"), ("n", "other")),
    }
    smallest = min(row.p or 1.0 for row in rows)
    assert min(row.p_adjusted or 1.0 for row in rows) == pytest.approx(min(1.0, 4 * smallest))
