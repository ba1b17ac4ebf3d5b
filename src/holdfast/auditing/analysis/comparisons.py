"""Paired comparisons: what differs between two points on the same prompts and seeds, and what flipped."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from holdfast.auditing.analysis.comparison_words import in_words
from holdfast.auditing.analysis.contrasts import Contrast, Family
from holdfast.auditing.analysis.questions import Question, harm, incoherent, over_refused, refused
from holdfast.auditing.analysis.rates import UNSCORED_LIMIT
from holdfast.auditing.analysis.trajectories import Cell, PanelMembers
from holdfast.domain import (
    Benchmark,
    BenchmarkKind,
    Comparison,
    ItemFlip,
    Outcome,
    Status,
)
from holdfast.stats import PairedDifference, holm, paired_difference, smallest_sign_flip_p
from holdfast.stats.samples import FloatArray


def compare_all(
    contrasts: Sequence[Contrast],
    benchmarks: Mapping[str, Benchmark],
    panels: Sequence[PanelMembers],
    utility: Sequence[str],
) -> tuple[Comparison, ...]:
    """Return every comparison of an audit, with p-values adjusted over each family.

    Args:
        contrasts: What is compared with what.
        benchmarks: Benchmarks to compare on, by name.
        panels: The panels, the primary one first.
        utility: Names of the capability benchmarks to keep.
    """
    found = [
        compare(contrast, benchmark.name, question, flips=question.judge == panels[0].name)
        for contrast in contrasts
        for benchmark in benchmarks.values()
        for question in _questions(contrast, benchmark, panels, utility)
    ]
    return tuple(replace(each, conclusion=in_words(each)) for each in adjusted(found))


def _questions(
    contrast: Contrast, benchmark: Benchmark, panels: Sequence[PanelMembers], utility: Sequence[str]
) -> Iterator[Question]:
    arms = (contrast.first.arm, contrast.second.arm)
    if benchmark.kind is BenchmarkKind.SAFETY:
        for panel in panels:
            if any(arm.tells_harm(panel.name, benchmark.name) for arm in arms):
                yield harm(panel.name)
            yield refused(panel.name)
            yield incoherent(panel.name)
    elif benchmark.kind is BenchmarkKind.OVER_REFUSAL:
        yield from (over_refused(panel.name) for panel in panels[:1])
    elif benchmark.kind is BenchmarkKind.HAZARD:
        yield Question("hazard")
    elif benchmark.name in utility:
        yield Question("utility")
    elif contrast.family is Family.BEFORE_AND_AFTER and contrast.is_of(benchmark.name):
        yield Question("capability")  # elsewhere it is what the sides were matched on


def adjusted(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Return comparisons with Holm's adjustment over those of each family that have a p-value."""
    families: dict[str, list[int]] = {}
    for index, each in enumerate(comparisons):
        if each.p is not None:
            families.setdefault(each.family, []).append(index)
    result = list(comparisons)
    for members in families.values():
        p_values = [p for i in members if (p := comparisons[i].p) is not None]
        for index, p in zip(members, holm(p_values), strict=True):
            result[index] = replace(result[index], p_adjusted=p, family_size=len(members))
    return result


# --- one comparison ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pairs:
    """The same rows on both sides of a contrast, seed by seed.

    Attributes:
        first: For each seed one value a row; NaN where it is open, or the seed is not there.
        second: The same of the other side.
        groups: Group of each row.
        items: Id of each row.
        seeds: The seeds.
    """

    first: tuple[FloatArray, ...]
    second: tuple[FloatArray, ...]
    groups: tuple[str, ...]
    items: tuple[str, ...]
    seeds: tuple[int, ...]


def pair(contrast: Contrast, benchmark: str, question: Question) -> Pairs | None:
    """Return the rows of a benchmark on both sides of a contrast; None if nothing was measured."""
    before, after = contrast.first.cells(benchmark), contrast.second.cells(benchmark)
    group_of = {
        item: group
        for cell in (*before.values(), *after.values())
        for item, group in zip(cell.items, cell.groups, strict=True)
    }
    if not group_of:
        return None
    items, seeds = tuple(group_of), contrast.seeds

    def side(cells: Mapping[int, Cell]) -> tuple[FloatArray, ...]:
        told = [question.values(cells[seed]) if seed in cells else {} for seed in seeds]
        return tuple(np.array([t.get(item, math.nan) for item in items], dtype=np.float64) for t in told)

    return Pairs(side(before), side(after), tuple(group_of.values()), items, seeds)


def difference(pairs: Pairs) -> PairedDifference:
    """Return the paired difference of rows, second side minus first."""
    return paired_difference(pairs.first, pairs.second, pairs.groups, pairs.items)


def compare(contrast: Contrast, benchmark: str, question: Question, *, flips: bool = True) -> Comparison:
    """Return one comparison, not yet adjusted; its conclusion only says what makes it inconclusive.

    Args:
        contrast: What is compared with what.
        benchmark: Name of the benchmark.
        question: What is asked of each answer.
        flips: Whether to list what flipped.
    """
    pairs = pair(contrast, benchmark, question)
    measured = None if pairs is None or contrast.is_refused else difference(pairs)
    doubts = _doubts(contrast, benchmark, question, pairs)
    interval = measured.interval if measured else None
    return Comparison(
        metric=question.metric,
        benchmark=benchmark,
        judge=question.judge,
        goal=contrast.goal.name if contrast.goal else "",
        first=contrast.first.side,
        second=contrast.second.side,
        # A mean over the seeds that got there would say nothing of the others.
        value=interval.value if interval and not contrast.shortfall else None,
        low=interval.low if interval else None,
        high=interval.high if interval else None,
        per_seed=_per_seed(measured),
        p=measured.p if measured and not doubts else None,
        p_adjusted=None,
        smallest_p=smallest_sign_flip_p(len(contrast.seeds)),
        family=f"{contrast.family}: {question.metric}" + (f" by {question.judge}" if question.judge else ""),
        family_size=0,
        capabilities=contrast.capabilities(),
        matched=not contrast.mismatch,
        undetermined=measured.undetermined if measured else 0,
        n=len(pairs.items) * len(pairs.seeds) if pairs else 0,
        seeds=len(contrast.seeds),
        method=_method(contrast, measured),
        status=Status.INCONCLUSIVE if doubts else Status.OK,
        conclusion="; ".join(doubts),
        flips=_flips(contrast, benchmark, question, measured) if measured and flips else (),
    )


def _per_seed(measured: PairedDifference | None) -> tuple[float, ...]:
    each = measured.per_seed if measured else ()
    return tuple(interval.value for interval in each if interval.value is not None)


def _method(contrast: Contrast, measured: PairedDifference | None) -> str:
    if measured is None:
        return "not compared"
    once = "; the untouched model is one measurement beside every seed"
    return measured.interval.method + (once if contrast.family is Family.BEFORE_AND_AFTER else "")


def _doubts(contrast: Contrast, benchmark: str, question: Question, pairs: Pairs | None) -> list[str]:
    """Return what keeps a comparison from being conclusive."""
    told = [why for why in (contrast.mismatch, contrast.shortfall) if why]
    if pairs is None:
        return [*told, f"{question.metric} was not measured"]
    if told:
        return told
    sides = [contrast.first.cells(benchmark), contrast.second.cells(benchmark)]
    if any(seed not in cells for cells in sides for seed in pairs.seeds):
        return [f"{question.metric} was not measured in every seed"]
    unscored = max(_unscored(cells, question) for cells in sides)
    if unscored > UNSCORED_LIMIT:
        told.append(f"{unscored:.0%} of the answers have no usable verdict (limit {UNSCORED_LIMIT:.0%})")
    unknown = [np.isnan(a) | np.isnan(b) for a, b in zip(pairs.first, pairs.second, strict=True)]
    if float(np.mean(unknown)) > 0.5:
        told.append("of most pairs it cannot be told")
    return told


def _unscored(cells: Mapping[int, Cell], question: Question) -> float:
    told = [lacks for cell in cells.values() for lacks in question.unscored(cell)]
    return sum(told) / len(told) if told else 0.0


def _flips(
    contrast: Contrast, benchmark: str, question: Question, measured: PairedDifference
) -> tuple[ItemFlip, ...]:
    if not question.judge:
        return ()
    before, after = contrast.first.cells(benchmark), contrast.second.cells(benchmark)
    seeds = contrast.seeds
    return tuple(
        ItemFlip(
            flip.item,
            seeds[flip.seed],
            _outcome(before[seeds[flip.seed]], flip.item, question),
            _outcome(after[seeds[flip.seed]], flip.item, question),
        )
        for flip in measured.flips
    )


def _outcome(cell: Cell, item: str, question: Question) -> Outcome:
    return question.outcomes(cell)[cell.items.index(item)]
