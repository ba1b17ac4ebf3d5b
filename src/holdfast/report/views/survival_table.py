"""Cost to break in figures: quartile, median, mean and bound of each arm, and arms side by side."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import LogRank, Survival
from holdfast.report.views import words
from holdfast.report.views.arms import subject_name
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.sides import arm_name
from holdfast.report.views.tracks import Tone
from holdfast.stats import SEEDS_FOR_BOUND

MAIN_UNIT = "steps"
"""The axis of spend that the curves are drawn on."""

SIGNIFICANT = 0.05
"""Adjusted p-value below which one arm is said to break earlier."""


@dataclass(frozen=True, slots=True)
class SurvivalRow:
    """One arm on one axis of spend.

    Attributes:
        subject: The model, with its safeguard.
        pathway: Pathway name.
        unit: The axis of spend.
        broke: Seeds that surely broke, of how many.
        lower_quartile: Where a quarter of the seeds have broken.
        median: Where half of them have.
        restricted_mean: Mean spend unbroken, up to the budget.
        lower_bound: One-sided 95 % lower bound on the median, or why there is none.
        method: How it was made, in words.
    """

    subject: str
    pathway: str
    unit: str
    broke: str
    lower_quartile: str
    median: str
    restricted_mean: str
    lower_bound: str
    method: str


@dataclass(frozen=True, slots=True)
class LogRankRow:
    """Two arms against each other.

    Attributes:
        first: One arm.
        second: The other.
        earlier: Which breaks earlier in these seeds.
        p: p-value and Holm's, or that there is none.
        smallest_p: Smallest attainable with so many seeds.
        tone: Whether the second breaks earlier.
        method: How it was made, in words.
    """

    first: str
    second: str
    earlier: str
    p: str
    smallest_p: str
    tone: Tone
    method: str


@dataclass(frozen=True, slots=True)
class SurvivalTables:
    """Figures beside the curves.

    Attributes:
        main: One an arm, in steps.
        further: The same on other axes of spend.
        log_rank: Arms against each other, in steps.
    """

    main: tuple[SurvivalRow, ...]
    further: tuple[SurvivalRow, ...]
    log_rank: tuple[LogRankRow, ...]


def survival_tables(evidence: Evidence) -> SurvivalTables:
    """Return the figures of a record, by the judge that decides."""
    judge = evidence.record.primary_judge
    found = evidence.record.robustness.survival
    order = list(dict.fromkeys((each.model, each.safeguard) for each in found))
    ours = sorted(
        (each for each in found if each.judge == judge and not each.benchmark),
        key=lambda each: order.index((each.model, each.safeguard)),
    )
    ranks = [r for r in evidence.record.robustness.log_rank if r.judge == judge and r.unit == MAIN_UNIT]
    return SurvivalTables(
        main=tuple(_row(each) for each in ours if each.unit == MAIN_UNIT),
        further=tuple(_row(each) for each in ours if each.unit != MAIN_UNIT),
        log_rank=tuple(_rank(each) for each in ranks),
    )


def _row(found: Survival) -> SurvivalRow:
    def reached(ends: tuple[float, float | None]) -> str:
        after, by = ends
        if by is None:
            return f"> {words.amount(after, found.unit)}"
        return words.amount_range(after, by, found.unit)

    mean = found.restricted_mean
    return SurvivalRow(
        subject=subject_name(found.model, found.safeguard),
        pathway=found.pathway,
        unit=found.unit,
        broke=f"{found.broke} of {words.count(found.seeds, 'seed')}",
        lower_quartile=reached(found.lower_quartile),
        median=reached(found.median),
        restricted_mean=words.amount_range(*mean, found.unit) if mean else words.MISSING,
        lower_bound=_bound(found),
        method=found.method,
    )


def _bound(found: Survival) -> str:
    if found.lower_bound is None:
        return f"none: needs {SEEDS_FOR_BOUND} seeds" if found.seeds < SEEDS_FOR_BOUND else words.MISSING
    return f"≥ {words.amount(found.lower_bound, found.unit)}"


def _rank(found: LogRank) -> LogRankRow:
    first, second = arm_name(found.first), arm_name(found.second)
    later = found.statistic > 0
    clear = found.p_adjusted is not None and found.p_adjusted < SIGNIFICANT and found.statistic != 0
    tone = Tone.OPEN if not clear else Tone.HIGHER if later else Tone.LOWER
    earlier = second if later else first
    return LogRankRow(
        first=first,
        second=second,
        earlier=earlier if found.statistic else "neither",
        p=words.p_value_pair(found.p, found.p_adjusted),
        smallest_p=words.p_value(found.smallest_p),
        tone=tone,
        method=found.method,
    )
