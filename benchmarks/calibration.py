"""How often corrected intervals hold the truth, on a run whose every answer the oracle has judged.

Usage: python benchmarks/calibration.py RUN [labels of each model] [drawings]
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.auditing.analysis.stage import load_judged
from holdfast.auditing.calibration.desk import Desk, open_desk
from holdfast.auditing.calibration.drawing import Wish, draw, make_frame
from holdfast.auditing.calibration.labels import labels_of_oracle
from holdfast.auditing.calibration.population import Unit
from holdfast.auditing.calibration.questions import QUESTIONS
from holdfast.auditing.calibration.rates import Asking, corrected_rates
from holdfast.auditing.record import open_run
from holdfast.domain import ORACLE_LABELS, CorrectedRate, Plan, Side
from holdfast.store import read_benchmarks, read_record

Place = tuple[str, Side, str, str]
"""Metric, side, goal and benchmark of a rate."""


@dataclass
class Tally:
    """How the intervals of one kind fared."""

    rates: int = 0
    corrected: int = 0
    raw: int = 0
    width: float = 0.0
    without: int = 0

    def add(self, rate: CorrectedRate, truth: float) -> None:
        """Book one rate."""
        if rate.value is None or rate.low is None or rate.high is None:
            self.without += 1
            return
        self.rates += 1
        self.corrected += rate.low - 1e-9 <= truth <= rate.high + 1e-9
        if rate.raw_low is not None and rate.raw_high is not None:
            self.raw += rate.raw_low - 1e-9 <= truth <= rate.raw_high + 1e-9
        self.width += rate.high - rate.low


def truths(desk: Desk) -> Iterator[tuple[Place, float]]:
    for side in desk.population.sides:
        units = [unit for seed in side.seeds for unit in seed]
        for question in QUESTIONS if units else ():
            place = (question.metric, side.place.side, side.place.goal, side.benchmark)
            yield place, share(units, question.metric)


def share(units: Sequence[Unit], metric: str) -> float:
    question = next(each for each in QUESTIONS if each.metric == metric)
    return sum(question.answer(unit.outcomes[ORACLE_LABELS]) for unit in units) / len(units)


def estimator(rate: CorrectedRate) -> str:
    known = [name for name in ("PPI++", "Rogan-Gladen") if name in rate.method]
    return known[0] if known else "not corrected"


def main(path: str, labels: str = "200", drawings: str = "3") -> None:
    run = open_run(Path(path))
    plan = read_record(run.file("plan.json"), Plan)
    desk = open_desk(run, load_judged(run, plan, read_benchmarks(run.file("items.parquet"))))
    frame = make_frame(run, desk.judged, desk.population, desk.panels[0])
    known = dict(truths(desk))
    found: dict[tuple[str, str, str, str], Tally] = defaultdict(Tally)
    for seed in range(int(drawings)):
        drawn = draw(frame, desk.population.digest, (), Wish(int(labels), seed, ORACLE_LABELS, True))
        told = labels_of_oracle(desk.population, drawn)
        for panel in desk.panels:
            if panel == ORACLE_LABELS:
                continue
            asking = Asking(panel, frozenset(unit.unit for unit in frame))
            for rate in corrected_rates(desk.population, told, asking):
                place = (rate.metric, rate.side, rate.goal, rate.benchmark)
                if place in known:
                    kind = "single" if rate.benchmark else "all"
                    found[panel, rate.metric, kind, estimator(rate)].add(rate, known[place])
    print("| panel | rate | benchmarks | estimator | held the truth | raw did | mean width | no value |")
    print("|---|---|---|---|---|---|---|---|")
    for labelled, tally in sorted(found.items()):
        if tally.rates:
            held = f"{tally.corrected} of {tally.rates} | {tally.raw} | {tally.width / tally.rates:.2f}"
            print("| " + " | ".join(labelled) + f" | {held} | {tally.without} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
