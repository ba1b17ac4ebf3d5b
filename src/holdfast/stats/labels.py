"""How many more labels a wished interval takes, and where to spend them."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.stats.corrected import Corrected
from holdfast.stats.samples import SampleError


@dataclass(frozen=True, slots=True)
class LabelPlan:
    """Labels that bring an interval to a wished width.

    Attributes:
        labels: Labels to add to those there are, of the same design; None where `reachable` is not true.
        reachable: Whether labels can do it; None where nothing is identified yet, so that nobody can tell.
        floor_width: Width that remains with every answer labelled: seeds and prompts make it.
        from_labels: Share of the present squared width that is due to labels, in [0, 1].
    """

    labels: int | None
    reachable: bool | None
    floor_width: float
    from_labels: float


def labels_needed(current: Corrected, width: float, *, unlabelled: int | None = None) -> LabelPlan:
    """Return how many more labels bring a corrected rate's interval to a width.

    The squared half width splits into a part from answers, which labels do not touch, and a part from labels,
    which shrinks with their number (both estimators of `Corrected` add squares; PPI++ section 6 of
    Angelopoulos, Duchi and Zrnic 2023). Where errors were never seen the width shrinks faster than that, so
    that the number is on the safe side.

    Args:
        current: What the labels so far give.
        width: Wished distance between the ends, in (0, 1].
        unlabelled: Answers that can still be labelled; a plan that takes more is out of reach. None if
            there is no limit.

    Returns:
        The plan.

    Raises:
        SampleError: If the width is not in (0, 1], or there are fewer than no unlabelled answers.
    """
    if not 0.0 < width <= 1.0:
        raise SampleError(f"a wished width of {width!r} is not in (0, 1]")
    if unlabelled is not None and unlabelled < 0:
        raise SampleError(f"{unlabelled} unlabelled answers is no count")
    now, floor = current.interval.width, min(current.floor.width, current.interval.width)
    if not current.identified:
        return LabelPlan(None, None, floor, 0.0)
    part = (now**2 - floor**2) / now**2 if now else 0.0
    if now <= width:
        return LabelPlan(0, True, floor, part)
    if width <= floor:
        return LabelPlan(None, False, floor, part)
    wanted = current.labels * (now**2 - floor**2) / (width**2 - floor**2)
    more = max(1, math.ceil(wanted - current.labels))
    if unlabelled is not None and more > unlabelled:
        return LabelPlan(None, False, floor, part)
    return LabelPlan(more, True, floor, part)


def expected_deviation(errors: int, labels: int) -> float:
    """Return the standard deviation to plan with, of whether a label contradicts the judge.

    Args:
        errors: Labels so far that do.
        labels: Labels so far, of the same stratum.

    Returns:
        sqrt(p (1 - p)) at Laplace's p = (errors + 1) / (labels + 2), in (0, 0.5]: never 0, because a stratum
        in which no error was seen may still hold some.

    Raises:
        SampleError: If there are more errors than labels, or fewer than none.
    """
    if not 0 <= errors <= labels:
        raise SampleError(f"{errors} errors among {labels} labels is no count")
    share = (errors + 1) / (labels + 2)
    return math.sqrt(share * (1 - share))


def allocate(
    sizes: Mapping[str, int],
    deviations: Mapping[str, float],
    total: int,
    *,
    minimum: int = 5,
    labelled: Mapping[str, int] | None = None,
) -> dict[str, int]:
    """Return how many labels to spend in each stratum.

    Neyman's allocation (1934, J. Royal Statistical Society 97:558) in whole labels: one after the other goes
    where it lowers the variance of the stratified mean most, which is the exact optimum (Wright 2012, The
    American Statistician 66:217). The minimum comes first, evenly, and never more than a stratum has.

    Args:
        sizes: Answers by stratum.
        deviations: Expected standard deviation by stratum, >= 0 (`expected_deviation`).
        total: Labels to spend.
        minimum: Labels that each stratum gets before any other rule, those it has included.
        labelled: Labels that strata have already; None for none.

    Returns:
        New labels by stratum, in the order of `sizes`; they add up to `total`, or to all that is unlabelled.

    Raises:
        SampleError: If `sizes` and `deviations` do not have the same strata.
        SampleError: If a size, deviation, number of labels, the total or the minimum is negative.
        SampleError: If a stratum has more labels than answers.
    """
    have = {name: (labelled or {}).get(name, 0) for name in sizes}
    _check_strata(sizes, deviations, have, min(total, minimum))
    queue = [
        (_gain(sizes[name], deviations[name], count, minimum), order, name)
        for order, (name, count) in enumerate(have.items())
        if count < sizes[name]
    ]
    heapq.heapify(queue)
    added = dict.fromkeys(sizes, 0)
    for _ in range(total):
        if not queue:
            break
        _, order, name = queue[0]
        added[name] += 1
        count = have[name] + added[name]
        if count == sizes[name]:
            heapq.heappop(queue)
        else:
            heapq.heapreplace(queue, (_gain(sizes[name], deviations[name], count, minimum), order, name))
    return added


def _gain(size: int, deviation: float, count: int, minimum: int) -> tuple[int, float]:
    """Return the rank of a stratum's next label, the smallest first."""
    if count < minimum:
        return (count - minimum, -float(size))
    return (0, -size * deviation / math.sqrt(max(count, 0.5) * (count + 1)))


def _check_strata(
    sizes: Mapping[str, int], deviations: Mapping[str, float], have: Mapping[str, int], least: int
) -> None:
    if set(sizes) != set(deviations):
        odd = sorted(set(sizes) ^ set(deviations))
        raise SampleError(f"sizes and deviations differ in their strata: {', '.join(odd)}")
    if least < 0:
        raise SampleError("neither the total nor the minimum of labels can be negative")
    for name, size in sizes.items():
        if not 0 <= have[name] <= size:
            raise SampleError(f"stratum {name!r}: {have[name]} labels among {size} answers is no count")
        if not 0 <= deviations[name] < math.inf:
            raise SampleError(f"stratum {name!r}: deviation {deviations[name]!r} is not finite and positive")
