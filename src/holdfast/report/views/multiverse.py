"""Whether a conclusion depends on the benchmark, judge, template or decoding: every claim in every cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from holdfast.domain import MULTIVERSE_AXES, LeftOut, Multiverse, Status, Universe
from holdfast.report.views import words
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.sides import Kind, contrast
from holdfast.report.views.tracks import Dot, Tone, direction

ENOUGH = 0.8
"""Share of cells that must agree with the primary one; below, a conclusion depends on the choice."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One cell of a specification curve.

    Attributes:
        levels: Level by axis.
        value: The difference, in [-1, 1]; None where it could not be measured.
        low: Lower end.
        high: Upper end.
        tone: Its direction, if the interval excludes 0.
        primary: Whether findings and decision rest on it.
        about: The cell in words.
    """

    levels: Mapping[str, str]
    value: float | None
    low: float | None
    high: float | None
    tone: Tone
    primary: bool
    about: str


@dataclass(frozen=True, slots=True)
class LeftOutRow:
    """What remains without one level: share and median in words, and whether the median keeps the sign."""

    axis: str
    level: str
    same_sign: str
    median: str
    holds: bool


@dataclass(frozen=True, slots=True)
class ClaimView:
    """One claim over all cells.

    Attributes:
        kind: What differs between its sides.
        heading: The claim.
        where: What both sides share.
        title: What is seen, in one sentence.
        metric: What is compared.
        primary: The difference in the primary cell, with its interval.
        clear: Whether the primary cell's interval excludes 0.
        agreement: Share of the cells that agree with it: the same sign if it is clear, else no clear
            difference either; with their number.
        share: The same in [0, 1]; None where the primary cell has no value.
        dots: The same, to be drawn.
        same_sign: Share of the cells with its sign, with their number; empty if it is exactly 0.
        significant: Share of the cells with that sign whose interval excludes 0.
        others: How many cells are clearly higher and lower, in words.
        axes: Levels by axis; only axes that vary.
        cells: From the least to the greatest difference, those without one last.
        left_out: One a level of each axis.
        status: What the claim is worth.
        conclusion: One sentence, as analysis says it.
    """

    kind: Kind
    heading: str
    where: str
    title: str
    metric: str
    primary: str
    clear: bool
    agreement: str
    share: float | None
    dots: tuple[Dot, ...]
    same_sign: str
    significant: str
    others: str
    axes: Mapping[str, tuple[str, ...]]
    cells: tuple[Spec, ...]
    left_out: tuple[LeftOutRow, ...]
    status: Status
    conclusion: str


def claim_views(evidence: Evidence) -> tuple[ClaimView, ...]:
    """Return every claim of a record: what depends on choices first, then clear differences, then others."""
    claims = [_claim(found) for found in evidence.record.robustness.multiverse]
    return tuple(
        sorted(
            claims,
            key=lambda claim: (
                claim.share is None,
                not weak(claim),
                not claim.clear,
                list(Kind).index(claim.kind),
            ),
        )
    )


def why_no_claims(evidence: Evidence) -> str:
    """Return why a record holds no claim, and what would give one."""
    asked = evidence.record.plan.audit.multiverse
    if asked is None:
        return (
            "This audit names fewer than two axes with two levels each: two safety benchmarks and judges, "
            f"or {words.listing(MULTIVERSE_AXES[2:])}s under `multiverse:`, named before the data."
        )
    return (
        "The multiverse was named before the data, but no comparison could be measured in its primary cell."
    )


def weak(claim: ClaimView) -> bool:
    """Return whether too few cells agree with the one that decides."""
    return claim.share is not None and claim.share < ENOUGH


def _claim(found: Multiverse) -> ClaimView:
    said = contrast(found.first, found.second, found.goal)
    primary = next((cell for cell in found.cells if cell.primary), None)
    axes = {axis: levels for axis, levels in found.axes.items() if len(levels) > 1}
    specs = [_spec(cell, axes) for cell in found.cells]
    told = primary is not None and primary.value is not None
    clear = primary is not None and primary.value is not None and primary.significant
    share = _agreeing(found, specs, clear) if told else None
    return ClaimView(
        kind=said.kind,
        heading=said.what,
        where=said.where,
        title=_title(specs, clear, share),
        metric=words.metric(found.metric),
        primary=_difference(primary),
        clear=clear,
        agreement=_share_of(share, len(specs)),
        share=share,
        dots=() if share is None else (_dot(share),),
        same_sign=_share_of(found.same_sign, len(specs)) if found.same_sign else "",
        significant=_share_of(found.significant, len(specs)),
        others=_others(specs),
        axes=axes,
        cells=tuple(sorted(specs, key=lambda spec: (spec.value is None, spec.value or 0.0))),
        left_out=tuple(_left_out(each) for each in found.left_out),
        status=found.status,
        conclusion=found.conclusion,
    )


def _agreeing(found: Multiverse, specs: Sequence[Spec], clear: bool) -> float | None:
    """Return the share of cells that agree with the primary one; a cell without a value never does."""
    if clear:
        return found.same_sign
    return sum(spec.value is not None and spec.tone is Tone.OPEN for spec in specs) / len(specs)


def _title(specs: Sequence[Spec], clear: bool, share: float | None) -> str:
    lacking = sum(spec.value is None for spec in specs)
    missing = f"; {lacking} of {words.count(len(specs), 'cell')} could not be measured" if lacking else ""
    if share is None:
        return f"Nothing was measured in the cell that decides{missing}"
    what = "The sign" if clear else "That there is no clear difference"
    if share >= ENOUGH:
        return f"{what} holds whatever is chosen: in {_share_of(share, len(specs))}{missing}"
    return f"{what} depends on what is chosen: so in {_share_of(share, len(specs))} only{missing}"


def _others(specs: Sequence[Spec]) -> str:
    if all(spec.value is None for spec in specs):
        return words.MISSING
    counts = {tone: sum(spec.tone is tone for spec in specs) for tone in (Tone.HIGHER, Tone.LOWER)}
    return words.listing(f"{count} {tone.value}" for tone, count in counts.items() if count) or "none"


def _dot(share: float) -> Dot:
    return Dot(share, 0.0, share, Tone.SKILL if share >= ENOUGH else Tone.HARM)


def _share_of(share: float | None, cells: int) -> str:
    if share is None:
        return words.MISSING
    return f"{round(share * cells)} of {words.count(cells, 'cell')} ({words.share(share)})"


def _difference(cell: Universe | None) -> str:
    if cell is None or cell.value is None:
        return words.status_word(cell.status) if cell else words.MISSING
    interval = words.points_interval(cell.low, cell.high)
    return f"{words.points(cell.value)} points" + (f" ({interval})" if interval else "")


def _spec(cell: Universe, axes: Mapping[str, tuple[str, ...]]) -> Spec:
    where = ", ".join(level_name(cell.levels.get(axis, "")) for axis in axes)
    return Spec(
        levels=cell.levels,
        value=cell.value,
        low=cell.low,
        high=cell.high,
        tone=direction(cell.low, cell.high) if cell.significant else Tone.OPEN,
        primary=cell.primary,
        about=f"{where}: {_difference(cell)}{', the cell that decides' if cell.primary else ''}",
    )


def level_name(level: str) -> str:
    """Return what a level is called; the empty one leaves prompts or decoding as they are."""
    return level or "as it is"


def _left_out(found: LeftOut) -> LeftOutRow:
    return LeftOutRow(
        axis=found.axis,
        level=level_name(found.level),
        same_sign=words.share(found.same_sign),
        median=words.points(found.median),
        holds=found.holds,
    )
