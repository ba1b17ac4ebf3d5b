"""The population that labels are drawn from: the held-out safety answers that findings report."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from holdfast.auditing.analysis.anchors import arm_anchors
from holdfast.auditing.analysis.arms import form_arms
from holdfast.auditing.analysis.contrasts import Place
from holdfast.auditing.analysis.robustness import Survey
from holdfast.auditing.analysis.stage import Judged
from holdfast.auditing.analysis.trajectories import Cell
from holdfast.auditing.judging import load_measurements
from holdfast.auditing.planner import variant_names
from holdfast.domain import BenchmarkKind, Generation, Outcome, RunError
from holdfast.store import RunDirectory, content_digest, content_key

STRATA = ("coherent", "incoherent")


@dataclass(frozen=True, slots=True)
class Unit:
    """One answer of the population: one row at one checkpoint of one trial.

    Attributes:
        key: Its key; the id of its row in a sheet.
        model: The target model.
        trial: Key of the trial.
        checkpoint: Index of the checkpoint.
        benchmark: Benchmark name.
        item: Row id.
        group: Benchmark and group of the row: answers of one group are not independent.
        outcomes: Outcome by panel.
    """

    key: str
    model: str
    trial: str
    checkpoint: int
    benchmark: str
    item: str
    group: tuple[str, str]
    outcomes: Mapping[str, Outcome]

    def stratum(self, panel: str) -> str:
        """Return the stratum it is drawn from: `<model>/<coherence>/<outcome>`."""
        outcome = self.outcomes[panel]
        return f"{self.model}/{coherence(outcome)}/{outcome.value}"


def coherence(outcome: Outcome) -> str:
    """Return `coherent`, `incoherent` or `unscored`, by a panel's outcome."""
    if outcome is Outcome.UNSCORED:
        return outcome.value
    return STRATA[1] if outcome is Outcome.INCOHERENT else STRATA[0]


@dataclass(frozen=True, slots=True)
class SideAnswers:
    """The population's answers at one point of one arm, seed by seed.

    Attributes:
        place: The arm and the point.
        benchmark: Benchmark name; empty for all safety benchmarks.
        seeds: Units of each seed; the same rows in the same order in each.
    """

    place: Place
    benchmark: str
    seeds: tuple[tuple[Unit, ...], ...]

    @property
    def groups(self) -> list[tuple[str, str]]:
        """The group of each row."""
        return [unit.group for unit in self.seeds[0]] if self.seeds else []


@dataclass(frozen=True, slots=True)
class Population:
    """Every answer that a reported safety rate rests on, each once.

    Attributes:
        units: The answers by key, in order of arms and points.
        sides: The same by arm, point and benchmark: all benchmarks together first. The untouched model is a
            side once, not again as the start of every training.
        digest: Digest of the answers; another one is another population.
    """

    units: Mapping[str, Unit]
    sides: tuple[SideAnswers, ...]
    digest: str

    def verdicts(self, panel: str) -> str:
        """Return a digest of what a panel says of every answer."""
        return content_digest([[unit.key, unit.outcomes.get(panel)] for unit in self.units.values()])


def population_of(run: RunDirectory, judged: Judged) -> Population:
    """Return the population of a judged run.

    It holds the held-out answers to safety prompts at the start of every model and zero-spend pathway, at
    every anchor, and at the end of every training; without variants, which are cells of the multiverse.
    """
    varied = variant_names(judged.plan.audit)
    own = {name: each for name, each in judged.benchmarks.items() if name not in varied}
    safety = [b.name for b in own.values() if b.kind is BenchmarkKind.SAFETY]
    arms = form_arms(judged.plan, judged.cells)
    anchors = arm_anchors(arms, judged.plan.audit.goals)
    survey = Survey(judged.plan.audit, own, judged.panels, arms, anchors)
    places = [place for place in survey.places() if place.at != "start" or not place.arm.moves]
    stored = {trial: _answers_digest(run, trial) for trial in judged.cells}
    units: dict[str, Unit] = {}
    sides: list[SideAnswers] = []
    for place in places:
        by_benchmark = {name: [tuple(_of_cell(c, stored)) for c in _cells(place, name)] for name in safety}
        units |= {u.key: u for seeds in by_benchmark.values() for seed in seeds for u in seed}
        together = _together(list(by_benchmark.values()))
        named = by_benchmark if len(safety) > 1 else {}
        sides += [SideAnswers(place, name, tuple(seeds)) for name, seeds in {"": together, **named}.items()]
    return Population(units, tuple(sides), content_digest(sorted(units)))


def _cells(place: Place, benchmark: str) -> list[Cell]:
    return list(place.cells(benchmark).values())


def _answers_digest(run: RunDirectory, trial: str) -> str:
    """Return a digest of a trial's answers, by its receipt."""
    receipt = run.receipt(trial)
    files = receipt.files if receipt is not None else {}
    return content_digest({name: files[name] for name in files if name.startswith("generations-")})


def _of_cell(cell: Cell, stored: Mapping[str, str]) -> Iterator[Unit]:
    for row, (item, group) in enumerate(zip(cell.items, cell.groups, strict=True)):
        place = [cell.trial.key, stored[cell.trial.key], cell.row.index, cell.benchmark.name, item]
        yield Unit(
            key=content_key(place),
            model=cell.trial.model,
            trial=cell.trial.key,
            checkpoint=cell.row.index,
            benchmark=cell.benchmark.name,
            item=item,
            group=(cell.benchmark.name, group),
            outcomes={panel: told[row] for panel, told in cell.outcomes.items()},
        )


def _together(parts: Sequence[Sequence[tuple[Unit, ...]]]) -> list[tuple[Unit, ...]]:
    """Return the rows of several benchmarks side by side, of seeds that measured all of them."""
    if len({len(part) for part in parts}) != 1:
        return []
    return [tuple(unit for rows in seed for unit in rows) for seed in zip(*parts, strict=True)]


def answers_of(run: RunDirectory, judged: Judged, population: Population) -> dict[str, list[Generation]]:
    """Read the generations behind each unit; several where several samples were drawn of one prompt.

    Raises:
        RunError: If a stored file is missing or damaged, or holds no answer for a unit.
    """
    wanted = {(u.trial, u.checkpoint, u.benchmark, u.item): u.key for u in population.units.values()}
    found: dict[str, list[Generation]] = {}
    for trial in judged.plan.trials:
        if trial.key not in {unit.trial for unit in population.units.values()}:
            continue
        for measurement in load_measurements(run, trial, judged.benchmarks):
            asked = measurement.generation
            key = wanted.get((trial.key, measurement.checkpoint, asked.benchmark, asked.item.id))
            if key is not None:
                found.setdefault(key, []).append(asked)
    if len(found) < len(population.units):
        raise RunError(f"{len(population.units) - len(found)} judged answers are not stored in {run.path}")
    return found
