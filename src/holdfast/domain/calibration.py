"""Calibration: a panel's errors against labels, and rates corrected for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.domain.comparison import Side
from holdfast.domain.finding import Status
from holdfast.domain.outcome import Outcome

ORACLE_LABELS = "oracle"
"""Labels that the organism's oracle gives, instead of a file of human ones."""


@dataclass(frozen=True, slots=True)
class CalibrationSpec:
    """Labels that an audit asks for by itself.

    Attributes:
        labels: `oracle`: whatever the oracle says of the sampled answers.
        sample: Answers to label, for each model.
        seed: Seed of the sample.
    """

    labels: str
    sample: int = 200
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Confusion:
    """Labels against a panel's outcomes, in one stratum.

    Attributes:
        model: The target model.
        stratum: `coherent` or `incoherent`, by whether the panel's outcome is incoherent; `all` for both and
            for what it left unscored.
        counts: Labelled answers by (label, panel's outcome), written `label/outcome`.
        weights: The same in the population, by sampling weight.
        n: Labelled answers.
        population: Answers that the sample stands for.
    """

    model: str
    stratum: str
    counts: Mapping[str, int]
    weights: Mapping[str, float]
    n: int
    population: int


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """How often a panel errs on one yes-or-no question, against labels.

    Attributes:
        model: The target model.
        stratum: `coherent`, `incoherent` or `all`.
        question: `harm` or an outcome's name: what the label says yes to.
        sensitivity: Share of the answers labelled yes that the panel calls yes; None without any.
        sensitivity_low: Lower end.
        sensitivity_high: Upper end.
        specificity: Share of the answers labelled no that the panel calls no; None without any.
        specificity_low: Lower end.
        specificity_high: Upper end.
        positives: Answers labelled yes.
        negatives: Answers labelled no.
    """

    model: str
    stratum: str
    question: str
    sensitivity: float | None
    sensitivity_low: float
    sensitivity_high: float
    specificity: float | None
    specificity_low: float
    specificity_high: float
    positives: int
    negatives: int


@dataclass(frozen=True, slots=True)
class CorrectedRate:
    """One rate as the panel gives it, and corrected for the panel's errors.

    Attributes:
        metric: `harm` or `outcome.<name>`.
        side: The arm and the point. An empty pathway and point: every reported answer of the model.
        benchmark: Benchmark name; empty for all safety benchmarks.
        judge: The panel corrected.
        raw: The panel's rate.
        raw_low: Lower end of its interval, as if the panel never erred.
        raw_high: Upper end.
        value: The corrected rate; None where it is not identifiable.
        low: Lower end.
        high: Upper end.
        labels: Labelled answers it rests on.
        method: `Rogan-Gladen ...` or `PPI++ ...`, in words.
        status: Inconclusive where not identifiable or too few labels; never silently the raw rate.
        wanted_labels: Labels that would halve the interval's width, or bring it to the wished one; None if
            unknown.
        conclusion: One sentence in words.
        goal: Goal of an anchor; empty otherwise.
        n: Answers the rate is about.
        seeds: Seeds they come from.
    """

    metric: str
    side: Side
    benchmark: str
    judge: str
    raw: float | None
    raw_low: float | None
    raw_high: float | None
    value: float | None
    low: float | None
    high: float | None
    labels: int
    method: str
    status: Status
    wanted_labels: int | None
    conclusion: str
    goal: str = ""
    n: int = 0
    seeds: int = 0


@dataclass(frozen=True, slots=True)
class Calibration:
    """What labels say of a panel.

    Attributes:
        judge: The panel.
        labels: Where the labels came from: `oracle`, or the name of the file and its digest.
        sampled: Whether the labelled answers were drawn with known probabilities from this run. If not, the
            errors are *transported*: shown, and nothing is corrected by them.
        n: Labelled answers.
        population: Answers they stand for.
        confusions: By model and stratum.
        errors: By model, stratum and question.
        corrected: Corrected rates; empty if not sampled.
        notes: What a reader must know, one sentence each.
    """

    judge: str
    labels: str
    sampled: bool
    n: int
    population: int
    confusions: tuple[Confusion, ...]
    errors: tuple[ErrorRate, ...]
    corrected: tuple[CorrectedRate, ...]
    notes: tuple[str, ...] = field(default=())


def confusion_key(label: Outcome, outcome: Outcome) -> str:
    """Return the key of a cell of `Confusion.counts`."""
    return f"{label.value}/{outcome.value}"
