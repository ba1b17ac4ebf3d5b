"""Whether rows can be scored the way their benchmark asks."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.data.placed import PlacedItem
from holdfast.data.scorers import SCORERS, last_number
from holdfast.data.text import quoted
from holdfast.domain import JUDGED_KINDS, BenchmarkKind, Item, Problem, did_you_mean


def default_scorer(kind: BenchmarkKind, placed: Sequence[PlacedItem]) -> str | None:
    """Return `choice` for a scored benchmark whose rows all have choices, else None."""
    scored = kind not in JUDGED_KINDS
    return "choice" if scored and placed and all(row.item.choices for row in placed) else None


def check_scoring(
    placed: Sequence[PlacedItem], kind: BenchmarkKind, scorer: str | None, source: str
) -> list[Problem]:
    """Name what keeps a benchmark from being scored.

    Args:
        placed: Its rows.
        kind: What it measures.
        scorer: The scorer in force.
        source: Its name in problems.

    Returns:
        Problems: a scorer where judges decide, none or an unknown one where rows are scored, and rows the
        scorer can say nothing of.
    """
    if kind in JUDGED_KINDS:
        message = f"a {kind.value} benchmark takes no scorer, got {quoted(scorer)}"
        return [Problem(message, source, None, "judges decide its answers")] if scorer else []
    if scorer is None:
        known = ", ".join(SCORERS)
        return [Problem(f"a {kind.value} benchmark needs a scorer", source, None, f"known: {known}")]
    if scorer not in SCORERS:
        return [Problem(f"unknown scorer {quoted(scorer)}", source, None, did_you_mean(scorer, SCORERS))]
    problems = []
    for row in placed:
        wrong = _unscorable(row.item, scorer)
        if wrong:
            problems.append(Problem(wrong, source, row.line, f"scorer {scorer}"))
    return problems


def _unscorable(item: Item, scorer: str) -> str:
    if item.target is None:
        return "row without a target"
    if scorer == "choice" and not item.choices:
        return "row without choices"
    if item.choices and item.target not in item.choices:
        return f"target {quoted(item.target)} is none of the choices"
    if scorer == "last-number" and last_number(item.target) is None:
        return f"target {quoted(item.target)} holds no number"
    return ""
