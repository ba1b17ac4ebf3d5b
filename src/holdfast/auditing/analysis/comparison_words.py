"""Comparisons in words."""

from __future__ import annotations

from holdfast.domain import Comparison
from holdfast.stats import SEEDS_FOR_INTERVAL


def in_words(found: Comparison) -> str:
    """Return what a comparison says, in one sentence with its numbers.

    Args:
        found: The comparison, adjusted; its conclusion says what makes it inconclusive, if anything does.
    """
    where = f" at goal {found.goal!r}" if found.goal else ""
    what = f"{found.metric} on {found.benchmark}{where}, {_named(found)}"
    if found.value is None:
        bounds = "" if found.low is None or found.high is None else f" [{found.low:+.2f}, {found.high:+.2f}]"
        return f"{what}: not compared{bounds}: {found.conclusion}"
    text = f"{what}: {found.value:+.2f} [{found.low:+.2f}, {found.high:+.2f}], {_direction(found)}"
    if found.flips:
        text += f"; {len(found.flips)} of {found.n} answers flipped"
    text += f"; {_significance(found)}"
    return f"{text}; inconclusive: {found.conclusion}" if found.conclusion else text


def _named(found: Comparison) -> str:
    first, second = found.first, found.second
    if first.at != second.at:
        return f"{second.model} by {second.pathway}, {second.at} minus {first.at}"
    if first.model != second.model:
        by = "untouched" if first.at == "start" else f"by {first.pathway}"
        return f"{second.model} minus {first.model} {by}"
    return f"{first.model}, {second.pathway} minus {first.pathway}"


def _direction(found: Comparison) -> str:
    if found.low is not None and found.low > 0:
        return "higher"
    return "lower" if found.high is not None and found.high < 0 else "not told apart"


def _significance(found: Comparison) -> str:
    if found.p is not None:
        return (
            f"p {found.p:.3g}, {found.p_adjusted:.3g} after Holm over {found.family_size} "
            f"(smallest attainable {found.smallest_p:.2g})"
        )
    if found.seeds < SEEDS_FOR_INTERVAL:
        return f"no p-value: that needs {SEEDS_FOR_INTERVAL} seeds, not {found.seeds}"
    return f"no p-value: {found.undetermined} of {found.n} pairs are open"
