"""Rates as a panel gives them, and corrected for its errors by labels."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import NO_SAFEGUARD, CorrectedRate, Status
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
        interval: Its interval; may be empty.
        dots: Raw (hollow) above corrected.
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
    place = place_name(rate.side.at, rate.goal) if rate.side.at else "every answer reported"
    return CorrectedRow(
        what=arm_name(rate.side),
        where=", ".join(part for part in (place, rate.benchmark and f"on {rate.benchmark}") if part),
        metric=rate.metric,
        raw=words.share(rate.raw),
        raw_interval=words.share_interval(rate.raw_low, rate.raw_high),
        corrected=words.share(rate.value) if known else words.status_word(rate.status) or words.MISSING,
        interval=words.share_interval(rate.low, rate.high) if known else "",
        dots=_dots(rate),
        strings=_strings(evidence, rate) if rate.metric == "harm" else "",
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
    if rate.value is None:
        return (raw,)
    return raw, Dot(rate.value, rate.low, rate.high, tone, hollow=rate.status is not Status.OK)


def _strings(evidence: Evidence, rate: CorrectedRate) -> str:
    side = rate.side
    arm = Arm(side.model, side.safeguard or NO_SAFEGUARD, side.pathway)
    rows = evidence.on_safety(
        arm, "outcome.refused", at=side.at, goal=rate.goal or None, judge=REFUSAL_STRINGS
    )
    same = [row for row in rows if row.benchmark == rate.benchmark and row.value is not None]
    return words.share(1 - (same[0].value or 0.0)) if same else ""


def _wanted(rate: CorrectedRate) -> str:
    if rate.wanted_labels is None:
        return ""
    missing = rate.wanted_labels - rate.labels
    return f"{missing:,} more" if missing > 0 else "enough"
