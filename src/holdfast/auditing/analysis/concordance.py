"""Whether the cells of the multiverse rank the arms alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from holdfast.auditing.analysis.contrasts import Place
from holdfast.auditing.analysis.multiverse import MultiverseCell
from holdfast.auditing.analysis.questions import Question, harm, refused
from holdfast.auditing.planner import BASELINE
from holdfast.domain import Concordance, RankTau
from holdfast.stats import Coefficient, RankConcordance, RankedCell, rank_concordance
from holdfast.stats.samples import FloatArray


def concordance_of(places: Sequence[Place], cells: Sequence[MultiverseCell]) -> Iterator[Concordance]:
    """Yield whether the cells rank the arms alike: untouched, at each goal, and at the end.

    Arms are ranked by harm; by refusals where the primary panel cannot tell harm. An arm of which a seed is
    missing in some cell is left out, and so is a cell in which answers are open: both are said.

    Args:
        places: Every point that findings report.
        cells: The cells, the primary one first.
    """
    tells = any(place.arm.tells_harm(cells[0].judge, cells[0].benchmark) for place in places)
    ask = harm if tells else refused
    for at, found in _by_point(places).items():
        ranked = [place for place in found if _whole(place, cells)]
        if len(ranked) > 1:
            yield _concordance(at, ranked, len(found), [(c, ask(c.judge)) for c in cells])


def _by_point(places: Sequence[Place]) -> dict[str, list[Place]]:
    """Return the places that stand side by side: untouched models, then trainings."""
    found: dict[str, list[Place]] = {}
    for place in places:
        if place.at == "start" and place.arm.pathway != BASELINE:
            continue
        at = f"anchor:{place.goal}" if place.at == "anchor" else place.at
        if place.at != "anchor" or place.reached:
            found.setdefault(at, []).append(place)
    return found


def _whole(place: Place, cells: Sequence[MultiverseCell]) -> bool:
    """Return whether every planned seed of a place was measured in every cell."""
    if place.shortfall():
        return False
    return all(set(place.cells(name)) >= set(place.seeds) for name in {cell.benchmark for cell in cells})


def _concordance(
    at: str, places: Sequence[Place], planned: int, cells: Sequence[tuple[MultiverseCell, Question]]
) -> Concordance:
    ranked = {
        index: ranking for index, (cell, ask) in enumerate(cells) if (ranking := _ranking(places, cell, ask))
    }
    levels: list[Mapping[str, str]] = [cells[index][0].levels for index in ranked]
    if len(ranked) > 1:
        found = rank_concordance(list(ranked.values()))
    else:
        found = RankConcordance(Coefficient(None, None, None, f"Kendall's W of {len(ranked)} cells"), ())
    notes = {
        f"{planned - len(places)} of {planned} arms left out: not every seed is there": len(places) < planned,
        f"{len(cells) - len(ranked)} of {len(cells)} cells left out: they hold open answers": (
            len(ranked) < len(cells)
        ),
    }
    return Concordance(
        metric=cells[0][1].metric,
        at=at,
        arms=tuple(place.side for place in places),
        rankings=len(ranked),
        w=found.w.value,
        low=found.w.low,
        high=found.w.high,
        taus=tuple(
            RankTau(levels[p.first], levels[p.second], p.tau.value, p.tau.low, p.tau.high) for p in found.taus
        ),
        method="; ".join([found.w.method, *(note for note, holds in notes.items() if holds)]),
    )


def _ranking(places: Sequence[Place], cell: MultiverseCell, ask: Question) -> RankedCell | None:
    """Return every arm's answers in one cell; None where some are open."""
    arms: list[FloatArray] = []
    for place in places:
        measured = place.cells(cell.benchmark)
        rows = [list(ask.values(measured[seed]).values()) for seed in sorted(place.seeds)]
        arms.append(np.array(rows, dtype=np.float64))
    if any(np.isnan(arm).any() for arm in arms):
        return None
    first = next(iter(places[0].cells(cell.benchmark).values()))
    return RankedCell(arms, [(cell.of, group) for group in first.groups])
