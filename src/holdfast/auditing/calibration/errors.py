"""How often a panel errs: labels against outcomes, by target model and coherence."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Sequence

from holdfast.auditing.calibration.labels import Asked, Labels
from holdfast.auditing.calibration.population import STRATA, Population, coherence
from holdfast.auditing.calibration.questions import INCOHERENT, QUESTIONS, Question
from holdfast.domain import Confusion, ErrorRate, confusion_key
from holdfast.stats import ErrorRates, error_rates


def models_of(population: Population) -> list[str]:
    """Return the target models, in order of the arms."""
    return list(dict.fromkeys(unit.model for unit in population.units.values()))


def of_stratum(asked: Sequence[Asked], panel: str, model: str, stratum: str) -> list[Asked]:
    """Return what was asked of one model's answers in one stratum; `all` takes the unscored ones too."""
    mine = [each for each in asked if each.unit.model == model]
    return [e for e in mine if stratum in ("all", coherence(e.unit.outcomes[panel]))]


def confusions(population: Population, labels: Labels, panel: str) -> Iterator[Confusion]:
    """Yield labels against a panel's outcomes for each model, over all its answers and by coherence."""
    for model in models_of(population):
        for stratum in ("all", *STRATA):
            chosen = of_stratum(labels.known, panel, model, stratum)
            counts: dict[str, int] = defaultdict(int)
            weights: dict[str, float] = defaultdict(float)
            for each in chosen:
                if each.label is not None:
                    cell = confusion_key(each.label, each.unit.outcomes[panel])
                    counts[cell] += 1
                    weights[cell] += each.weight
            size = sum(
                unit.model == model and stratum in ("all", coherence(unit.outcomes[panel]))
                for unit in population.units.values()
            )
            yield Confusion(model, stratum, dict(counts), dict(weights), len(chosen), size)


def measured_errors(
    asked: Sequence[Asked], question: Question, panel: str, filled: float = math.nan
) -> ErrorRates:
    """Return a panel's errors on a question.

    Args:
        asked: Answers that labels were asked for.
        question: The question.
        panel: The panel; answers that it leaves open are not its errors.
        filled: What a missing label is taken for; NaN leaves the answer out.
    """
    told = []
    for each in asked:
        called, truth = question.answer(each.unit.outcomes[panel]), question.answer(each.label)
        truth = filled if math.isnan(truth) else truth
        if not math.isnan(called) and not math.isnan(truth):
            told.append((bool(called), bool(truth), each.weight, each.unit.group))
    return error_rates([t[0] for t in told], [t[1] for t in told], [t[2] for t in told], [t[3] for t in told])


def error_rows(population: Population, labels: Labels, panel: str) -> Iterator[ErrorRate]:
    """Yield a panel's errors by model, stratum and question.

    Among the answers that it calls incoherent a panel says no to every other question: there is a share that
    it misses (see the confusions), but no sensitivity.
    """
    for model in models_of(population):
        for question in QUESTIONS:
            for stratum in ("all",) if question is INCOHERENT else ("all", STRATA[0]):
                asked = of_stratum(labels.known, panel, model, stratum)
                yield _row(model, stratum, question, measured_errors(asked, question, panel))


def _row(model: str, stratum: str, question: Question, rates: ErrorRates) -> ErrorRate:
    sensitivity, specificity = rates.sensitivity, rates.specificity
    return ErrorRate(
        model=model,
        stratum=stratum,
        question=question.name,
        sensitivity=sensitivity.value if sensitivity else None,
        sensitivity_low=sensitivity.low if sensitivity else 0.0,
        sensitivity_high=sensitivity.high if sensitivity else 1.0,
        specificity=specificity.value if specificity else None,
        specificity_low=specificity.low if specificity else 0.0,
        specificity_high=specificity.high if specificity else 1.0,
        positives=rates.positives,
        negatives=rates.negatives,
    )
