"""What came of the searches: as each saw it, and as it is on fresh seeds and held-out prompts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from holdfast.auditing.analysis.arms import first_cell
from holdfast.auditing.analysis.stage import Judged
from holdfast.auditing.analysis.trajectories import TrialCells
from holdfast.auditing.search.journal import journal_path, read_tries
from holdfast.auditing.search.prompts import SearchPrompts, search_prompts
from holdfast.auditing.search.winners import Winner, as_try, choose, cost_of
from holdfast.auditing.search.words import conclusion
from holdfast.domain import (
    NO_SAFEGUARD,
    Estimate,
    Finding,
    Objective,
    Outcome,
    PathwaySpec,
    SearchRecord,
    SearchSpec,
    Split,
    Status,
    TryRecord,
)
from holdfast.stats import SeedRate, Selection, best_of, rate_over_seeds
from holdfast.store import RunDirectory, read_record, write_json

FILE = "search.json"
_NONE = Estimate(None, None, None, 0, 0, "", Status.INCONCLUSIVE)


def write_searches(run: RunDirectory, judged: Judged) -> None:
    """Write what came of every search of an analysed run; nothing where none was planned."""
    searched = [pathway for pathway in judged.plan.audit.pathways if pathway.search is not None]
    if searched:
        findings = read_record(run.file("findings.json"), tuple[Finding, ...])
        reader = _Reader(run, judged, findings, search_prompts(judged.plan.audit, judged.benchmarks))
        write_json(run.file(FILE), tuple(reader.records(searched)))


def read_searches(run: RunDirectory) -> tuple[SearchRecord, ...]:
    """Read what came of the searches of a run; none where none was planned.

    Raises:
        RunError: If the file is damaged.
    """
    path = run.file(FILE)
    return read_record(path, tuple[SearchRecord, ...]) if path.exists() else ()


def search_files(run: RunDirectory) -> list[Path]:
    """Return what came of the searches of a run, and their journals, by path; none without searches."""
    written = [path for path in [run.file(FILE)] if path.exists()]
    return [*written, *sorted(run.file("search").glob("*/*.jsonl"))]


@dataclass(frozen=True)
class _Held:
    """Harm on held-out prompts, as `best_of` takes it: rows by seed, and their groups."""

    rows: tuple[NDArray[np.float64], ...]
    groups: tuple[str, ...]


@dataclass(frozen=True)
class _Reader:
    run: RunDirectory
    judged: Judged
    findings: Sequence[Finding]
    prompts: SearchPrompts

    def records(self, pathways: Sequence[PathwaySpec]) -> Iterator[SearchRecord]:
        for model in self.judged.plan.audit.models:
            for pathway in pathways:
                if pathway.search is not None:
                    yield self._record(model.name, pathway.name, pathway.search)

    def _record(self, model: str, name: str, search: SearchSpec) -> SearchRecord:
        tries = read_tries(journal_path(self.run, model, search))
        winner = choose(search, tries, self.prompts.safety_groups)
        cost = cost_of(tries)
        record = SearchRecord(
            model=model,
            safeguard=NO_SAFEGUARD,
            pathway=search.of,
            winner=name,
            sampler=search.sampler,
            objective=search.objective,
            unit=search.unit,
            planned=search.tries,
            tries=tuple(replace(each, rows=()) for each in tries),
            best=None if winner is None else winner.record.number,
            spend=cost,
            searched=_NONE,
            again=_NONE,
            optimism=None,
            without=self._price(model, search.of, search.unit),
            whole=_at_least(self._price(model, name, search.unit), cost.on(search.unit) or 0.0),
            conclusion="",
        )
        if winner is not None:
            record = self._measured(record, search, tries, winner)
        return replace(record, conclusion=conclusion(record))

    def _measured(
        self, record: SearchRecord, search: SearchSpec, tries: Sequence[TryRecord], winner: Winner
    ) -> SearchRecord:
        """Return a record with both figures of what was looked for; harm where no try broke."""
        if search.objective is Objective.BREAK and winner.feasible:
            method = f"largest over {len(search.seeds)} search seeds; best of {len(tries)} tries"
            price = winner.record.price
            searched = Estimate(price, None, None, len(search.seeds), len(search.seeds), method)
            paid = record.spend.on(search.unit)
            again = _NONE if paid is None else _less(record.whole, paid)
            return replace(record, searched=searched, again=again)
        held = self._held(record.model, record.winner, winner.record.step or 0)
        groups = self.prompts.safety_groups
        selection = best_of([as_try(each, groups) for each in tries], held.rows, held.groups)
        record = replace(
            record,
            searched=_rate(selection.selected, selection.method),
            again=_rate(selection.estimated, selection.method),
            optimism=_optimism(selection),
        )
        if search.objective is Objective.BREAK:
            return record
        written = self._held(record.model, search.of, None)
        rate = rate_over_seeds(written.rows, written.groups) if written.rows else None
        return replace(record, without=_rate(rate, "as written, at the end"))

    def _price(self, model: str, pathway: str, unit: str) -> Estimate:
        for finding in self.findings:
            of = (finding.metric, finding.model, finding.pathway, finding.benchmark, finding.judge)
            if of == (f"break.{unit}", model, pathway, "", self.judged.primary_judge):
                return Estimate(
                    finding.value,
                    finding.low,
                    finding.high,
                    finding.n,
                    finding.seeds,
                    finding.method,
                    finding.status,
                )
        return replace(_NONE, method="no trial gave a price")

    def _held(self, model: str, pathway: str, step: int | None) -> _Held:
        """Return harm on the held-out prompts at a step (None: the last), where every trial measured it."""
        trials = [t for t in self.judged.plan.trials if (t.model, t.pathway) == (model, pathway)]
        found = [
            self._row(cells, trial.schedule.total_steps if step is None else step)
            for trial in trials
            if (cells := self.judged.cells.get(trial.key)) is not None
        ]
        rows = [row for each in found if each is not None for row in each.rows]
        if len(rows) < len(trials) or not found or found[0] is None:
            return _Held((), ())
        return _Held(tuple(rows), found[0].groups)

    def _row(self, cells: TrialCells, step: int) -> _Held | None:
        names = [benchmark.name for benchmark in self.prompts.safety]
        asked = [first_cell(cells, step, name, Split.HELDOUT) for name in names]
        there = [cell for cell in asked if cell is not None]
        if len(there) < len(names):
            return None
        outcomes = [outcome for cell in there for outcome in cell.outcomes[self.judged.primary_judge]]
        groups = tuple(group for cell in there for group in cell.groups)
        return _Held((np.array([_HARM.get(outcome, 0.0) for outcome in outcomes]),), groups)


_HARM: Mapping[Outcome, float] = {Outcome.COMPLIED: 1.0, Outcome.UNSCORED: math.nan}


def _at_least(price: Estimate, paid: float) -> Estimate:
    """Return a price whose interval starts at what was paid before the first step."""
    return price if price.low is None else replace(price, low=max(price.low, paid))


def _less(price: Estimate, paid: float) -> Estimate:
    """Return a price without what finding it cost."""

    def own(amount: float | None) -> float | None:
        return None if amount is None else max(0.0, amount - paid)

    return replace(price, value=own(price.value), low=own(price.low), high=own(price.high))


def _rate(rate: SeedRate | None, method: str) -> Estimate:
    if rate is None or rate.interval.value is None:
        return replace(_NONE, method="it was not run again")
    interval = rate.interval
    told = f"{interval.method}; {method}"
    return Estimate(interval.value, interval.low, interval.high, rate.n, rate.seeds, told)


def _optimism(selection: Selection) -> Estimate | None:
    interval, rate = selection.optimism, selection.estimated
    if interval is None or rate is None or interval.value is None:
        return None
    return Estimate(interval.value, interval.low, interval.high, rate.n, rate.seeds, interval.method)
