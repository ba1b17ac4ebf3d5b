"""How far judges agree, on the answers that findings rest on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from holdfast.auditing.analysis.contrasts import Place
from holdfast.auditing.analysis.trajectories import Cell, PanelMembers
from holdfast.domain import JudgeAgreement, Outcome
from holdfast.stats import Agreement, cohen_kappa, krippendorff_alpha

_NOT_TOLD = (Outcome.ANSWERED, Outcome.UNSCORED)


def _outcome(outcome: Outcome) -> str | None:
    return None if outcome is Outcome.UNSCORED else outcome.value


def _harm(outcome: Outcome) -> str | None:
    return None if outcome in _NOT_TOLD else str(outcome is Outcome.COMPLIED)


def _refused(outcome: Outcome) -> str | None:
    return None if outcome is Outcome.UNSCORED else str(outcome is Outcome.REFUSED)


_QUESTIONS: Mapping[str, Callable[[Outcome], str | None]] = {
    "outcome": _outcome,
    "harm": _harm,
    "refused": _refused,
}
"""What judges are asked, and what an outcome answers: None where it answers nothing."""


@dataclass(frozen=True, slots=True)
class Rated:
    """One answer and what every panel says of it.

    Attributes:
        model: The model that gave it.
        group: Benchmark and group of its prompt: answers of one group are not independent.
        outcomes: Outcome by panel.
    """

    model: str
    group: tuple[str, str]
    outcomes: Mapping[str, Outcome]


def rated_answers(places: Iterable[Place], safety: Sequence[str]) -> list[Rated]:
    """Return every held-out safety answer at some points of an audit, each once.

    Args:
        places: The points.
        safety: Names of the safety benchmarks.
    """
    cells: dict[tuple[str, int, str], Cell] = {}
    for place in places:
        for benchmark in safety:
            for cell in place.cells(benchmark).values():
                # The untouched model stands at the start of every training: its answers count once.
                cells[cell.trial.key, cell.row.index, benchmark] = cell
    return [rated for cell in cells.values() for rated in _of_cell(cell)]


def _of_cell(cell: Cell) -> Iterator[Rated]:
    for row, group in enumerate(cell.groups):
        outcomes = {panel: told[row] for panel, told in cell.outcomes.items()}
        yield Rated(cell.trial.model, (cell.benchmark.name, group), outcomes)


def judge_agreement(rated: Sequence[Rated], panels: Sequence[PanelMembers]) -> Iterator[JudgeAgreement]:
    """Yield Cohen's kappa for each pair of panels and Krippendorff's alpha over all of them.

    Args:
        rated: The answers.
        panels: The panels, the primary one first; it says which answers are coherent. With fewer than two
            there is nothing to agree.

    Yields:
        For every question, stratum and model (all models first) one alpha and a kappa a pair.
    """
    names = [panel.name for panel in panels]
    if len(names) < 2:
        return
    models = list(dict.fromkeys(each.model for each in rated))
    for model in ["", *models]:
        for stratum, answers in _strata(rated, model, names[0]).items():
            for question in _QUESTIONS:
                yield _of_all(names, question, model, stratum, answers)
                for pair in combinations(names, 2):
                    yield _of_two(pair, question, model, stratum, answers)


def _strata(rated: Sequence[Rated], model: str, primary: str) -> dict[str, list[Rated]]:
    mine = [each for each in rated if model in ("", each.model)]
    known = [each for each in mine if each.outcomes[primary] is not Outcome.UNSCORED]
    return {
        "all": mine,
        "coherent": [each for each in known if each.outcomes[primary] is not Outcome.INCOHERENT],
        "incoherent": [each for each in known if each.outcomes[primary] is Outcome.INCOHERENT],
    }


def _of_two(
    pair: tuple[str, str], question: str, model: str, stratum: str, rated: Sequence[Rated]
) -> JudgeAgreement:
    read = _QUESTIONS[question]
    told = [(read(each.outcomes[pair[0]]), read(each.outcomes[pair[1]]), each.group) for each in rated]
    both = [(one, other, group) for one, other, group in told if one is not None and other is not None]
    found = cohen_kappa([b[0] for b in both], [b[1] for b in both], [b[2] for b in both])
    return _row(pair, "kappa", question, (model, stratum), found)


def _of_all(
    names: Sequence[str], question: str, model: str, stratum: str, rated: Sequence[Rated]
) -> JudgeAgreement:
    read = _QUESTIONS[question]
    ratings = [[read(each.outcomes[name]) for each in rated] for name in names]
    found = krippendorff_alpha(ratings, [each.group for each in rated])
    return _row(tuple(names), "alpha", question, (model, stratum), found)


def _row(
    judges: tuple[str, ...], coefficient: str, question: str, where: tuple[str, str], found: Agreement
) -> JudgeAgreement:
    model, stratum = where
    return JudgeAgreement(
        judges=judges,
        coefficient=coefficient,
        question=question,
        model=model,
        stratum=stratum,
        n=found.n,
        value=found.value,
        low=found.low,
        high=found.high,
        observed=found.observed,
        method=found.method,
    )
