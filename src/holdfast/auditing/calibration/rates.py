"""Corrected rates of every reported side of an audit, and of each model as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.auditing.calibration.errors import models_of
from holdfast.auditing.calibration.evidence import Evidence, Seeds
from holdfast.auditing.calibration.labels import Labels
from holdfast.auditing.calibration.model_errors import by_model_errors
from holdfast.auditing.calibration.own_labels import by_own_labels
from holdfast.auditing.calibration.population import Population, SideAnswers
from holdfast.auditing.calibration.questions import QUESTIONS
from holdfast.auditing.calibration.reporting import Subject, rate_row
from holdfast.domain import NO_SAFEGUARD, CorrectedRate, Side
from holdfast.stats import Corrected
from holdfast.stats.corrected import not_identified


@dataclass(frozen=True, slots=True)
class Asking:
    """How corrected rates are asked for.

    Attributes:
        panel: The panel to correct.
        drawable: Units that could be drawn; others are the favourite of several samples.
        width: Wished width of the intervals, in (0, 1]; None for half of what they are.
    """

    panel: str
    drawable: frozenset[str]
    width: float | None = None


def corrected_rates(population: Population, labels: Labels, asking: Asking) -> Iterator[CorrectedRate]:
    """Yield every corrected rate: each model as a whole, then its sides, question by question.

    A side is corrected by its own labels where these identify its rate, else by the model's errors, which
    takes for granted that they are the same everywhere. Rates of anything else than the sampled population
    are never corrected.

    Args:
        population: The population.
        labels: Labels sampled from it.
        asking: How they are asked for.
    """
    for model in models_of(population):
        mine = {each.unit.key: each for each in labels.asked if each.unit.model == model}
        whole = [u for u in population.units.values() if u.model == model and u.key in asking.drawable]
        sides = [side for side in population.sides if side.place.arm.model == model]
        for question in QUESTIONS:
            evidence = Evidence(asking.panel, question, mine)
            subject = Subject(Side(model, NO_SAFEGUARD, "", ""), "", "", [whole])
            yield rate_row(subject, evidence, by_own_labels([whole], evidence), asking.width)
            for side in sides:
                yield _of_side(side, evidence, asking)


def _of_side(side: SideAnswers, evidence: Evidence, asking: Asking) -> CorrectedRate:
    place = side.place
    subject = Subject(place.side, place.goal, side.benchmark, side.seeds)
    reason = place.shortfall()
    if not reason and not any(side.seeds):
        reason = "it was not measured here"
    if not reason and any(unit.key not in asking.drawable for seed in side.seeds for unit in seed):
        reason = "its outcomes are those of the favourite of several samples, which no label of one can tell"
    if reason:
        nothing = not_identified(reason, "not corrected", None, 0)
        return rate_row(subject, evidence, nothing, asking.width, labels_help=False)
    return rate_row(subject, evidence, _corrected(side.seeds, evidence), asking.width)


def _corrected(seeds: Seeds, evidence: Evidence) -> Corrected:
    own = by_own_labels(seeds, evidence)
    return own if own.identified else by_model_errors(seeds, evidence)
