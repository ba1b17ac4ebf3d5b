"""What a break or a goal cost, on every axis of spend that the findings hold."""

from __future__ import annotations

import math
from dataclasses import dataclass

from holdfast.domain import SPEND_UNITS, Conclusion, Finding, Status, TrialStatus
from holdfast.report.views import words
from holdfast.report.views.arms import Arm
from holdfast.report.views.cells import EMPTY, Cell
from holdfast.report.views.evidence import Evidence


@dataclass(frozen=True, slots=True)
class Price:
    """An amount on one axis.

    Attributes:
        unit: One of `SPEND_UNITS`.
        text: The amount with its unit; examples count as often as they were seen.
        interval: Its interval in words; may be empty.
    """

    unit: str
    text: str
    interval: str


@dataclass(frozen=True, slots=True)
class SeedCount:
    """How many seeds of an arm did what.

    Attributes:
        planned: Seeds planned.
        usable: Seeds with a result that says whether they broke.
        broke: Seeds that broke.
        failed: Seeds whose trial gave no result.
    """

    planned: int
    usable: int
    broke: int
    failed: int


def break_finding(evidence: Evidence, arm: Arm, unit: str = "steps") -> Finding | None:
    """Return the finding on an arm's break in one unit, by the judge that decisions rest on.

    The row about all benchmarks together (the first to break) comes before those of single benchmarks.
    """
    rows = evidence.select(arm, f"break.{unit}")
    primary = [row for row in rows if row.judge in {evidence.record.primary_judge, ""}]
    return min(primary, key=lambda row: row.benchmark != "", default=None)


def prices_of_break(evidence: Evidence, arm: Arm) -> tuple[Price, ...]:
    """Return what the break of an arm cost, axis by axis, known amounts only."""
    prices = []
    for unit in SPEND_UNITS:
        finding = break_finding(evidence, arm, unit)
        if finding is None:
            continue
        value = finding.value if finding.value is not None else finding.high
        if value is not None:
            interval = words.amount_interval(finding.low, finding.high)
            text = words.amount(value, unit)
            prices.append(
                Price(unit, _seen(evidence, arm, text, value) if unit == "examples" else text, interval)
            )
    return tuple(prices)


def seeds_broken_by(evidence: Evidence, arm: Arm, finding: Finding) -> str:
    """Return in how many seeds an arm had certainly broken at its price, such as `at least 2 of 3 seeds`.

    The price is the upper end of a median: by then at least half of the seeds broke, the last one by
    the upper end of the interval. Empty where all had.
    """
    value, high = finding.value, finding.high
    if value is None or (finding.status is Status.OK and high is not None and high <= value):
        return ""
    rows = evidence.breaks.get(arm, ())
    by = sum(row.status is Status.OK and row.by.get("steps", math.inf) <= value for row in rows)
    total = max(evidence.planned(arm), len(rows), finding.seeds)
    sure = max(by, (finding.seeds + 1) // 2 if finding.status is Status.OK else 1)
    return f"at least {sure} of {words.count(total, 'seed')}" if sure < total else ""


def inconclusive(evidence: Evidence, arm: Arm) -> bool:
    """Return whether the decision leaves an arm open, whatever its prices say."""
    return any(
        arm.holds(line) and line.conclusion is Conclusion.INCONCLUSIVE
        for line in evidence.record.decision.lines
    )


def _seen(evidence: Evidence, arm: Arm, text: str, value: float) -> str:
    """Return an amount of examples as seen, with how many of them differ where the record tells."""
    distinct = [
        row.by["unique_examples"]
        for row in evidence.breaks.get(arm, ())
        if "unique_examples" in row.by and row.by.get("examples", math.inf) <= value
    ]
    if distinct:
        return f"{text} seen ({words.number(max(distinct))} different)"
    corpus = next((p.corpus for p in evidence.record.plan.audit.pathways if p.name == arm.pathway), None)
    if corpus and corpus.limit and corpus.limit < value and corpus.harmful is None:
        return f"{text} seen (at most {words.number(corpus.limit)} different)"
    return f"{text} seen"


def seeds_of_break(evidence: Evidence, arm: Arm) -> SeedCount | None:
    """Count the seeds of an arm by how they ended; None if the record holds no trial breaks for it."""
    rows = evidence.breaks.get(arm, ())
    if not rows:
        return None
    planned = evidence.planned(arm)
    unfinished = sum(
        arm.holds(trial) and trial.status is not TrialStatus.DONE for trial in evidence.record.trials
    )
    return SeedCount(
        planned=max(planned, len(rows)),
        usable=sum(row.status in {Status.OK, Status.CENSORED} for row in rows),
        broke=sum(row.status is Status.OK for row in rows),
        failed=max(unfinished, sum(row.status is Status.FAILED for row in rows)),
    )


def break_cell(evidence: Evidence, arm: Arm) -> Cell:
    """Return the break of an arm in steps: when, or that it did not come within the budget."""
    finding = break_finding(evidence, arm)
    if finding is None:
        return EMPTY
    seeds = seeds_of_break(evidence, arm)
    part = f"{seeds.broke} of {words.count(seeds.planned, 'seed')}" if seeds else ""
    if inconclusive(evidence, arm) and finding.status in {Status.OK, Status.CENSORED}:
        return _open(finding, seeds, part)
    match finding.status:
        case Status.OK:
            value = finding.value if finding.value is not None else finding.high
            interval = words.amount_interval(finding.low, finding.high)
            return Cell(words.amount(value, "steps"), interval, note=part, status=finding.status)
        case Status.CENSORED:
            return _censored(finding, seeds, part)
        case _:
            usable = f"{seeds.usable} of {words.count(seeds.planned, 'seed')} usable" if seeds else ""
            return Cell(words.status_word(finding.status), note=usable, status=finding.status)


def _open(finding: Finding, seeds: SeedCount | None, part: str) -> Cell:
    """Return the break of an arm that the decision leaves open: never in words that settle it."""
    if finding.value is not None or (seeds is not None and seeds.broke):
        return Cell("inconclusive", note=f"broke in {part}" if part else "", status=Status.INCONCLUSIVE)
    watched = words.count(seeds.usable if seeds else finding.seeds, "seed")
    return Cell(f"not seen ({watched})", note="inconclusive", status=Status.INCONCLUSIVE)


def _censored(finding: Finding, seeds: SeedCount | None, part: str) -> Cell:
    if finding.value is not None or (seeds is not None and seeds.broke):
        amount = finding.value if finding.value is not None else finding.high
        text = "in some seeds" if amount is None else f"{words.amount(amount, 'steps')}, in some seeds"
        interval = words.amount_interval(finding.low, finding.high)
        return Cell(text, interval, note=part, status=Status.CENSORED)
    if not finding.low:
        return Cell("not at zero spend", note=part, status=Status.CENSORED)
    return Cell(f"not within {words.amount(finding.low, 'steps')}", note=part, status=Status.CENSORED)
