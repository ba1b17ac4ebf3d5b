"""What a reader of the verdict must know in one line: it depends on a choice, or labels contradict it."""

from __future__ import annotations

from holdfast.domain import CorrectedRate, RunRecord
from holdfast.report.views import words
from holdfast.report.views.agreement import strength
from holdfast.report.views.corrected import in_words, moved
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.multiverse import ENOUGH, ClaimView, claim_views, weak
from holdfast.report.views.sides import arm_name, place_name


def cautions(evidence: Evidence) -> tuple[str, ...]:
    """Return the warnings that belong beside the verdict; empty if there is none."""
    claims = [claim for claim in claim_views(evidence) if weak(claim)]
    rates = [rate for rate in _harm(evidence.record) if moved(rate)]
    lines = []
    if rates:
        lines.append(_contradicted(rates))
    if claims:
        lines.append(_dependent(claims))
    return tuple(lines)


def key_numbers(evidence: Evidence) -> tuple[str, ...]:
    """Return the figures of robustness that fit in a line each: corrected harm, agreement, multiverse."""
    record = evidence.record
    source = {each.judge: each.labels for each in record.calibrations}
    whole = [rate for rate in _harm(record) if not rate.side.pathway]
    lines = [f"{arm_name(rate.side)}: {in_words(rate, source[rate.judge])}" for rate in whole]
    told = [claim for claim in claim_views(evidence) if claim.share is not None]
    if told:
        kept = sum(not weak(claim) for claim in told)
        conclusions = words.count(len(told), "conclusion")
        lines.append(f"multiverse: {kept} of {conclusions} hold in {ENOUGH:.0%} or more of the cells")
    for each in record.robustness.agreement:
        asked = (each.coefficient, each.question, each.stratum, each.model) == ("kappa", "harm", "all", "")
        if asked and record.primary_judge in each.judges:
            other = next(name for name in each.judges if name != record.primary_judge)
            kappa = words.coefficient(each.value)
            lines.append(f"harm, {other} and the panel that decides: {strength(each)} (kappa {kappa})")
    return tuple(lines)


def _harm(record: RunRecord) -> list[CorrectedRate]:
    """Return the corrected rates of harm over all safety benchmarks, of the judge that decides."""
    return [
        rate
        for found in record.calibrations
        if found.judge == record.primary_judge and found.sampled
        for rate in found.corrected
        if rate.metric == "harm" and not rate.benchmark
    ]


def _contradicted(rates: list[CorrectedRate]) -> str:
    far = max(rates, key=lambda rate: abs((rate.value or 0.0) - (rate.raw or 0.0)))
    where = (
        f"{arm_name(far.side)}, {place_name(far.side.at, far.goal)}" if far.side.at else arm_name(far.side)
    )
    others = f"; {words.count(len(rates) - 1, 'more rate')} likewise" if len(rates) > 1 else ""
    return (
        f"Labels contradict the judge that decides: harm of {where} is {words.share(far.value)} "
        f"({words.share_interval(far.low, far.high)}) corrected, {words.share(far.raw)} as it says{others}."
    )


def _dependent(claims: list[ClaimView]) -> str:
    least = min(claims, key=lambda claim: (not claim.clear, claim.share or 0.0))
    more = words.count(len(claims) - 1, "more conclusion")
    others = f"; {more} likewise" if len(claims) > 1 else ""
    what = "keeps its sign" if least.clear else "shows no clear difference in the cell that decides, and"
    return (
        "A conclusion depends on benchmark, judge, template or decoding: "
        f"{least.heading} ({least.where}) {what} in {least.agreement} only{others}."
    )
