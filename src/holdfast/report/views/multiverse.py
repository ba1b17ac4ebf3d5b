"""Whether a conclusion depends on the benchmark, judge, template or decoding: every claim in every cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.domain import MULTIVERSE_AXES, LeftOut, Multiverse, Status, Universe
from holdfast.report.views import words
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.sides import Kind, contrast
from holdfast.report.views.tracks import Dot, Tone, direction

ENOUGH = 0.8
"""Share of cells that must keep the sign of the primary one; below, a conclusion depends on the choice."""


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
    """What remains without one level: shares and median in words."""

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
        clear: Whether the primary cell's interval excludes 0: without that there is no claim to keep.
        same_sign: Share of the cells with its sign, with their number.
        same_share: The same in [0, 1]; None where there is none.
        dots: The same, to be drawn.
        significant: Share of the cells with that sign whose interval excludes 0.
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
    same_sign: str
    same_share: float | None
    dots: tuple[Dot, ...]
    significant: str
    axes: Mapping[str, tuple[str, ...]]
    cells: tuple[Spec, ...]
    left_out: tuple[LeftOutRow, ...]
    status: Status
    conclusion: str


def claim_views(evidence: Evidence) -> tuple[ClaimView, ...]:
    """Return every claim of a record: models at a goal first, claims of nothing last within a kind."""
    claims = [_claim(found) for found in evidence.record.robustness.multiverse]
    return tuple(sorted(claims, key=lambda claim: (list(Kind).index(claim.kind), not claim.clear)))


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
    """Return whether a clear difference of the primary cell does not keep its sign in enough other cells."""
    return claim.clear and claim.same_share is not None and claim.same_share < ENOUGH


def _claim(found: Multiverse) -> ClaimView:
    said = contrast(found.first, found.second, found.goal)
    primary = next((cell for cell in found.cells if cell.primary), None)
    axes = {axis: levels for axis, levels in found.axes.items() if len(levels) > 1}
    specs = sorted(
        (_spec(cell, axes) for cell in found.cells), key=lambda s: (s.value is None, s.value or 0.0)
    )
    clear = primary is not None and primary.value is not None and primary.significant
    return ClaimView(
        kind=said.kind,
        heading=said.what,
        where=said.where,
        title=_title(found, clear),
        metric=words.metric(found.metric),
        primary=_difference(primary),
        clear=clear,
        same_sign=_share_of(found.same_sign, len(found.cells)),
        same_share=found.same_sign,
        dots=() if found.same_sign is None else (_dot(found.same_sign, clear),),
        significant=_share_of(found.significant, len(found.cells)),
        axes=axes,
        cells=tuple(specs),
        left_out=tuple(_left_out(each) for each in found.left_out),
        status=found.status,
        conclusion=found.conclusion,
    )


def _title(found: Multiverse, clear: bool) -> str:
    lacking = sum(cell.value is None for cell in found.cells)
    missing = (
        f"; {lacking} of {words.count(len(found.cells), 'cell')} could not be measured" if lacking else ""
    )
    if found.same_sign is None:
        return f"The cell that decides shows no sign, so there is none to keep{missing}"
    if not clear:
        return f"The cell that decides shows no clear difference, so there is no sign to keep{missing}"
    kept = _share_of(found.same_sign, len(found.cells))
    word = "holds whatever is chosen" if found.same_sign >= ENOUGH else "depends on what is chosen"
    return f"The sign {word}: the same in {kept}{missing}"


def _dot(share: float, clear: bool) -> Dot:
    tone = Tone.OPEN if not clear else Tone.SKILL if share >= ENOUGH else Tone.HARM
    return Dot(share, 0.0, share, tone, hollow=not clear)


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
