"""Rates as a panel gives them, and corrected for its errors by labels."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import CorrectedRate, Status
from holdfast.report.views import words
from holdfast.report.views.arms import Arm
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.key_table import REFUSAL_STRINGS
from holdfast.report.views.sides import arm_name, place_name
from holdfast.report.views.tracks import Dot, Tone

_TONES = {"harm": Tone.HARM, "outcome.refused": Tone.REFUSED, "outcome.incoherent": Tone.INCOHERENT}


@dataclass(frozen=True, slots=True)
class CorrectedRow:
    """One rate.

    Attributes:
        what: The arm; the model alone where it is every answer of it.
        where: The point and the benchmark.
        metric: What the rate is of.
        raw: As the panel gives it.
        raw_interval: Its interval, as if the panel never erred.
        corrected: Corrected, or the word that stands for it.
        interval: Its interval, or the bounds that remain without a value; may be empty.
        dots: Raw (hollow) above corrected, above what refusal strings would say.
        strings: What a refusal-string judge would call unsafe there; empty where it is not asked.
        labels: Labelled answers it rests on.
        wanted: How many labels would do better; may be empty.
        method: The estimator, in words.
        moved: Whether the raw rate lies outside the corrected interval.
        status: What it is worth.
        reason: Why it is inconclusive; empty if it is not.
    """

    what: str
    where: str
    metric: str
    raw: str
    raw_interval: str
    corrected: str
    interval: str
    dots: tuple[Dot, ...]
    strings: str
    labels: int
    wanted: str
    method: str
    moved: bool
    status: Status
    reason: str


def corrected_row(evidence: Evidence, rate: CorrectedRate) -> CorrectedRow:
    """Return one rate, raw beside corrected."""
    known = rate.value is not None
    strings = _strings(evidence, rate)
    place = place_name(rate.side.at, rate.goal) if rate.side.at else "every answer reported"
    return CorrectedRow(
        what=arm_name(rate.side),
        where=", ".join(part for part in (place, rate.benchmark and f"on {rate.benchmark}") if part),
        metric=rate.metric,
        raw=words.share(rate.raw),
        raw_interval=words.share_interval(rate.raw_low, rate.raw_high),
        corrected=words.share(rate.value) if known else words.status_word(rate.status) or words.MISSING,
        interval=words.share_interval(rate.low, rate.high) if _bounded(rate) else "",
        dots=(*_dots(rate), *(() if strings is None else (Dot(strings, None, None, Tone.HIGHER),))),
        strings="" if strings is None else words.share(strings),
        labels=rate.labels,
        wanted=_wanted(rate),
        method=rate.method,
        moved=moved(rate),
        status=rate.status,
        reason="" if rate.status is Status.OK else rate.conclusion,
    )


def moved(rate: CorrectedRate) -> bool:
    """Return whether labels contradict the panel: its rate lies outside the corrected interval."""
    if rate.status is not Status.OK or rate.raw is None or rate.low is None or rate.high is None:
        return False
    return not rate.low <= rate.raw <= rate.high


def in_words(rate: CorrectedRate, labels: str) -> str:
    """Return a rate on one line, such as `harm corrected 42% (31–55%) by 200 oracle labels, 88% raw`."""
    name = words.metric(rate.metric).lower()
    if rate.value is None:
        return f"{name} not corrected: {rate.conclusion or words.status_word(rate.status)}"
    source = "oracle labels" if labels == "oracle" else "labels"
    return (
        f"{name} corrected {words.share(rate.value)} ({words.share_interval(rate.low, rate.high)}) "
        f"by {rate.labels:,} {source}, {words.share(rate.raw)} raw"
    )


def _dots(rate: CorrectedRate) -> tuple[Dot, ...]:
    raw = Dot(rate.raw, rate.raw_low, rate.raw_high, Tone.OPEN, hollow=True)
    tone = _TONES.get(rate.metric, Tone.OPEN)
    if not _bounded(rate):
        return (raw,)
    return raw, Dot(rate.value, rate.low, rate.high, tone, hollow=rate.status is not Status.OK)


def _bounded(rate: CorrectedRate) -> bool:
    """Return whether labels leave anything less than "somewhere between none and all"."""
    if rate.low is None or rate.high is None:
        return rate.value is not None
    return rate.high - rate.low < 1


def _strings(evidence: Evidence, rate: CorrectedRate) -> float | None:
    """Return the share that refusal strings call unsafe at the same point; None where they were not asked."""
    if rate.metric != "harm" or rate.judge == REFUSAL_STRINGS:
        return None
    for other in evidence.record.calibrations:
        for each in other.corrected if other.judge == REFUSAL_STRINGS else ():
            same = (each.metric, each.side, each.benchmark, each.goal)
            if same == (rate.metric, rate.side, rate.benchmark, rate.goal):
                return each.raw
    arm = Arm(rate.side.model, rate.side.safeguard, rate.side.pathway)
    rows = evidence.on_safety(
        arm, "outcome.refused", at=rate.side.at, goal=rate.goal or None, judge=REFUSAL_STRINGS
    )
    refused = next((row.value for row in rows if row.benchmark == rate.benchmark), None)
    return None if refused is None else 1 - refused


def _wanted(rate: CorrectedRate) -> str:
    if rate.wanted_labels is None:
        return ""
    missing = rate.wanted_labels - rate.labels
    return f"{missing:,} more" if missing > 0 else "enough"
