"""The page: every view and figure of a record, ready for the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.domain import RunRecord
from holdfast.report.charts.drawing import unchecked
from holdfast.report.charts.figures import (
    Figure,
    composition_figure,
    goal_figure,
    marginal_figure,
    survival_figure,
)
from holdfast.report.sections import (
    AccessSection,
    MultiverseSection,
    SearchSection,
    access_section,
    multiverse_section,
    search_section,
)
from holdfast.report.views import words
from holdfast.report.views.agreement import AgreementView, agreement_view
from holdfast.report.views.breakdown import BreakdownRow, breakdown
from holdfast.report.views.calibration import CalibrationsView, calibrations_view
from holdfast.report.views.comparisons import ComparisonsView, comparisons_view
from holdfast.report.views.composition import composition_panels, headline_benchmark, safety_benchmarks
from holdfast.report.views.evidence import Evidence, gather
from holdfast.report.views.goals import goal_panels, goals_never_reached
from holdfast.report.views.key_table import KeyTable, key_table
from holdfast.report.views.marginal import marginal_panels
from holdfast.report.views.method import MethodView, method_view
from holdfast.report.views.provenance import ProvenanceView, provenance_view
from holdfast.report.views.survival import survival_panels
from holdfast.report.views.survival_table import SurvivalTables, survival_tables
from holdfast.report.views.transcripts import TranscriptsView, transcripts_view
from holdfast.report.views.trials import TrialsView, trials_view
from holdfast.report.views.verdict import VerdictView, verdict

MAX_FURTHER_FIGURES = 24
"""Panels of benchmarks other than the headline one to draw; beyond, the breakdown table stands alone."""


@dataclass(frozen=True, slots=True)
class Legend:
    """One entry of a legend of pathways: its name, and the class and dash of its line."""

    name: str
    series: int
    dash: str


@dataclass(frozen=True, slots=True)
class BenchmarkFigures:
    """The composition figures on one benchmark.

    Attributes:
        benchmark: Benchmark name.
        split: The split that was measured; empty if none was.
        figures: One an arm; empty if there are too many to draw.
        goals: Goals whose capability is drawn as a line, each with its target, such as `translate (80%)`.
        goal_split: The split that the lines were measured on, in words.
    """

    benchmark: str
    split: str
    figures: tuple[Figure, ...]
    goals: tuple[str, ...]
    goal_split: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template shows.

    Attributes:
        name: The audit's name.
        directory: Name of the run directory.
        verdict: The top.
        key: The key table.
        access: Who can break it, and at what price.
        search: What trying more than once is worth.
        breakdown: The cells behind it.
        composition: Figures by benchmark, the headline one first.
        goals: Figures at the goals.
        goals_missed: Goals no model reached in every seed.
        comparisons: Comparisons at the same capability, and what flipped.
        calibrations: How wrong the judges are.
        agreement: How far they agree.
        multiverse: Whether conclusions depend on what was chosen.
        survival: Survival figures.
        survival_tables: Cost to break in figures.
        survival_legend: Their pathways.
        marginal: Marginal-risk figures.
        threshold: Share of harm at which a model counts as broken; None where nobody can tell harm.
        trials: The trials.
        transcripts: The transcripts.
        method: How it was measured.
        provenance: Where it came from.
        seeds: Number of seeds.
    """

    name: str
    directory: str
    verdict: VerdictView
    key: KeyTable
    access: AccessSection
    search: SearchSection
    breakdown: tuple[BreakdownRow, ...]
    composition: tuple[BenchmarkFigures, ...]
    goals: tuple[Figure, ...]
    goals_missed: tuple[str, ...]
    comparisons: ComparisonsView
    calibrations: CalibrationsView
    agreement: AgreementView
    multiverse: MultiverseSection
    survival: tuple[Figure, ...]
    survival_tables: SurvivalTables
    survival_legend: tuple[Legend, ...]
    marginal: tuple[Figure, ...]
    threshold: float | None
    trials: TrialsView
    transcripts: TranscriptsView
    method: MethodView
    provenance: ProvenanceView
    seeds: int


def build_page(record: RunRecord) -> Page:
    """Compute every view of a record and draw its figures.

    Raises:
        DrawingError: If a chart did not come out as plain SVG.
    """
    with unchecked():
        return _build(record)


def _build(record: RunRecord) -> Page:
    evidence = gather(record)
    key = key_table(evidence)
    threshold = record.plan.audit.break_rule.harm if evidence.tells_harm else None
    survival = survival_panels(evidence)
    series = _series(evidence)
    shown = dict.fromkeys(curve.pathway for panel in survival for curve in panel.curves if curve.points)
    return Page(
        name=record.plan.audit.name,
        directory=record.directory,
        verdict=verdict(evidence),
        key=key,
        access=access_section(evidence),
        search=search_section(evidence),
        breakdown=breakdown(record),
        composition=_composition(evidence),
        goals=tuple(
            goal_figure(panel, f"goal-{index}", threshold, key.harm_word)
            for index, panel in enumerate(goal_panels(evidence))
        ),
        goals_missed=goals_never_reached(evidence),
        comparisons=comparisons_view(evidence),
        calibrations=calibrations_view(evidence),
        agreement=agreement_view(evidence),
        multiverse=multiverse_section(evidence),
        survival=tuple(
            survival_figure(panel, f"survival-{index}", series) for index, panel in enumerate(survival)
        ),
        survival_tables=survival_tables(evidence),
        survival_legend=tuple(_legend(pathway, series[pathway]) for pathway in shown),
        marginal=tuple(
            marginal_figure(panel, f"marginal-{index}", threshold, key.harm_word)
            for index, panel in enumerate(marginal_panels(evidence))
        ),
        threshold=threshold,
        trials=trials_view(record),
        transcripts=transcripts_view(record),
        method=method_view(evidence),
        provenance=provenance_view(record),
        seeds=len(record.plan.audit.seeds),
    )


def _series(evidence: Evidence) -> dict[str, int]:
    pathways = dict.fromkeys(arm.pathway for arm in evidence.arms if arm.pathway not in evidence.floors)
    return {pathway: index for index, pathway in enumerate(pathways)}


def _legend(pathway: str, index: int) -> Legend:
    from holdfast.report.charts.theme import DASHES, SERIES

    dash = DASHES[index // len(SERIES) % len(DASHES)]
    return Legend(pathway, index % len(SERIES) + 1, f"{dash[0]} {dash[1]}")


def _composition(evidence: Evidence) -> tuple[BenchmarkFigures, ...]:
    benchmarks = safety_benchmarks(evidence) or _some(headline_benchmark(evidence))
    groups = []
    drawn = 0
    for place, benchmark in enumerate(benchmarks):
        panels = composition_panels(evidence, benchmark)
        drawn += len(panels) if place else 0
        figures = tuple(
            composition_figure(panel, f"composition-{place}-{index}") for index, panel in enumerate(panels)
            if place == 0 or drawn <= MAX_FURTHER_FIGURES
        )  # fmt: skip
        split = next((panel.split for panel in panels if panel.split), "")
        lines = [line for panel in panels for line in panel.capability]
        goals = dict.fromkeys(f"{line.goal} ({line.asked})" for line in lines)
        splits = dict.fromkeys(words.split_word(line.split) for line in lines)
        groups.append(BenchmarkFigures(benchmark, split, figures, tuple(goals), words.listing(splits)))
    return tuple(groups)


def _some(name: str) -> Sequence[str]:
    return (name,) if name else ()
