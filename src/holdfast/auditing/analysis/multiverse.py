"""The multiverse: every claim computed again in each benchmark x judge x template x decoding cell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from holdfast.auditing.analysis.comparisons import compare
from holdfast.auditing.analysis.contrasts import Contrast, Family
from holdfast.auditing.analysis.questions import Question, harm, refused
from holdfast.domain import (
    AuditSpec,
    Comparison,
    LeftOut,
    Multiverse,
    MultiverseSpec,
    Status,
    Universe,
    Variant,
)
from holdfast.stats import UniverseValue, multiverse_shares

_CLAIMED = (Family.UNTOUCHED, Family.MODELS, Family.BEFORE_AND_AFTER)


@dataclass(frozen=True, slots=True)
class MultiverseCell:
    """One choice on every axis.

    Attributes:
        levels: Level by axis.
        benchmark: Name of the benchmark that asks it: a variant, or one of the audit as it is.
        of: Name of the benchmark it varies, or its own.
        judge: The panel.
        primary: Whether findings and decision rest on it: the first level of every axis.
    """

    levels: Mapping[str, str]
    benchmark: str
    of: str
    judge: str
    primary: bool


def multiverse_cells(audit: AuditSpec, spec: MultiverseSpec) -> list[MultiverseCell]:
    """Return all combinations of the levels that an audit named, the primary one first."""
    names = {b.variant: b.name for b in audit.benchmarks if b.variant is not None}
    plain, own = (next(iter(levels), "") for levels in (spec.templates, spec.decodings))
    cells: list[MultiverseCell] = []
    for of, judge, template, decoding in product(
        spec.benchmarks, spec.judges, spec.templates or [""], spec.decodings or [""]
    ):
        levels = {"benchmark": of, "judge": judge, "template": template, "decoding": decoding}
        variant = Variant(of, "" if template == plain else template, "" if decoding == own else decoding)
        cells.append(
            MultiverseCell(
                {axis: level for axis, level in levels.items() if level},
                names.get(variant, of),
                of,
                judge,
                primary=not cells,
            )
        )
    return cells


def multiverse_of(
    contrasts: Sequence[Contrast], audit: AuditSpec, spec: MultiverseSpec
) -> Iterator[Multiverse]:
    """Yield one row a claim: untouched models, models at a goal, and each training before and after.

    The claim is on harm; on refusals where the primary panel cannot tell harm.

    Args:
        contrasts: What is compared with what.
        audit: The audit.
        spec: Its multiverse.
    """
    cells = multiverse_cells(audit, spec)
    for contrast in contrasts:
        # Where no goal was reached there is nothing to claim.
        if contrast.family in _CLAIMED and contrast.second.at != "end":
            yield _claim(contrast, cells, spec.axes)


def _claim(
    contrast: Contrast, cells: Sequence[MultiverseCell], axes: Mapping[str, tuple[str, ...]]
) -> Multiverse:
    arms = (contrast.first.arm, contrast.second.arm)
    tells = [any(arm.tells_harm(cell.judge, cell.benchmark) for arm in arms) for cell in cells]
    ask = harm if tells[0] else refused
    found = [
        _universe(cell, _measured(contrast, cell, ask(cell.judge)) if told or ask is refused else None)
        for cell, told in zip(cells, tells, strict=True)
    ]
    primary = found[0]
    summary = multiverse_shares([_counted(each) for each in found])
    sound = primary.status is Status.OK
    missing = sum(each.status is not Status.OK for each in found)
    row = Multiverse(
        claim=contrast.claim,
        metric=ask(cells[0].judge).metric,
        goal=contrast.goal.name if contrast.goal else "",
        first=contrast.first.side,
        second=contrast.second.side,
        axes=axes,
        cells=tuple(found),
        same_sign=summary.same_sign if sound else None,
        significant=summary.significant if sound else None,
        left_out=tuple(
            LeftOut(each.axis, each.level, each.same_sign, each.median, each.holds)
            for each in summary.left_out
            if sound
        ),
        status=Status.INCONCLUSIVE if missing else Status.OK,
        conclusion="",
    )
    return replace(row, conclusion=_in_words(row, contrast))


def _measured(contrast: Contrast, cell: MultiverseCell, question: Question) -> Comparison:
    return compare(contrast, cell.benchmark, question, flips=False)


def _universe(cell: MultiverseCell, found: Comparison | None) -> Universe:
    if found is None:
        return Universe(cell.levels, None, None, None, False, Status.INCONCLUSIVE, cell.primary)
    told = UniverseValue(cell.levels, found.value, found.low, found.high)
    return Universe(
        cell.levels, found.value, found.low, found.high, told.significant, found.status, cell.primary
    )


def _counted(each: Universe) -> UniverseValue:
    """Return a cell as it counts: one that is inconclusive agrees with nothing."""
    if each.status is not Status.OK:
        return UniverseValue(each.levels, None, None, None, each.primary)
    return UniverseValue(each.levels, each.value, each.low, each.high, each.primary)


def _in_words(row: Multiverse, contrast: Contrast) -> str:
    primary, n = row.cells[0], len(row.cells)
    missing = sum(cell.status is not Status.OK for cell in row.cells)
    what = f"{row.metric}, {row.claim}"
    if row.same_sign is None or row.significant is None:
        why = contrast.mismatch or contrast.shortfall
        return f"{what}: inconclusive: {why or 'the primary cell is'}"
    if primary.significant:
        text = (
            f"{what}: {primary.value:+.2f} in the primary cell; {row.same_sign:.0%} of {n} cells have its "
            f"sign, {row.significant:.0%} have it with an interval that excludes 0; {_without(row.left_out)}"
        )
    else:
        text = f"{what}: {primary.value:+.2f} in the primary cell, not told apart from 0; {_telling(row)}"
    return f"{text}; inconclusive: {missing} of {n} cells are missing or open" if missing else text


def _telling(row: Multiverse) -> str:
    """Return how many cells tell a difference that the primary one does not, and what they have in common."""
    telling = [cell for cell in row.cells if cell.significant]
    shared = {axis: {cell.levels[axis] for cell in telling} for axis in row.axes}
    common = [f"{axis} {next(iter(levels))}" for axis, levels in shared.items() if len(levels) == 1]
    where = f" (all with {', '.join(common)})" if common else ""
    return f"{len(telling)} of {len(row.cells)} cells tell a difference{where}"


def _without(left_out: Sequence[LeftOut]) -> str:
    lost = [f"{each.axis} {each.level}" for each in left_out if not each.holds]
    if lost:
        return f"the sign rests on {', '.join(lost)}: without it the median does not keep it"
    return "the median keeps it whichever level is left out"
