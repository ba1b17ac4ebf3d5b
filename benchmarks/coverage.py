"""Measures how often intervals of `holdfast.stats` hold the truth. Prints the tables of `docs/coverage.md`.

    python benchmarks/coverage.py                          # every setting, 2,000 audits each
    python benchmarks/coverage.py --processes 2 --write    # the same, and writes docs/coverage.md
    python benchmarks/coverage.py --quick                  # a subset, in about a minute

Exits with 1 if an interval that must cover does not, by more than the simulation's own error.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import product
from pathlib import Path
from typing import TypeVar

import numpy as np
from coverage_anchored import AnchoredWorld, Harm
from coverage_judged import CorrectedWorld, Judge
from coverage_stopping import ERROR, StoppingResult, StoppingWorld, measure_stopping
from coverage_worlds import Crowd, DifferenceWorld, RateWorld, World
from scipy import stats

A = TypeVar("A")
B = TypeVar("B")

PAGE = Path(__file__).parents[1] / "docs" / "coverage.md"
RUNS = 2_000
QUICK_RUNS = 250
REPORTED = 25

REQUIRED = 0.94
"""Least coverage with at least 5 seeds whose logits differ by an sd of up to 0.5."""
CLAIMED = 0.93
"""Least coverage of what calls itself a 95 % interval, however much seeds differ."""
SEEDS_REQUIRED = 5
SEEDS_CLAIMED = 6
SURE = 0.01
"""A setting misses if coverage this low or lower had at most this chance, were the requirement just met."""

SEEDS = (3, 5, 10)
PROMPTS = (50, 200)
SPREADS = (0.0, 0.5, 1.0, 1.5)
RATES = (0.02, 0.1, 0.5, 0.9)
DIFFERENCES = ((0.1, 0.1, 0.9), (0.02, 0.1, 0.5), (0.1, 0.5, 0.5), (0.3, 0.6, 0.9))
JUDGES = (Judge(0.9, 0.95), Judge(0.7, 0.9), Judge(0.99, 0.7), Judge(0.8, 0.99))
HARMS = (Harm(-3.0, 0.6), Harm(-5.0, 1.5))
UNJUDGED = "at the passage"
"""A figure that is shown and held against nothing: no search can know the steps it is about."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How one setting came out.

    Attributes:
        world: The setting.
        covered: Audits whose interval holds the truth, of those that give a value.
        given: Audits that give a value.
        runs: Audits.
        width: Mean width.
        known: Width of an interval that knows the estimate's variance: 2 * 1.96 standard deviations of the
            values over all audits.
    """

    world: World
    covered: int
    given: int
    runs: int
    width: float
    known: float

    @property
    def share(self) -> float:
        """Coverage; NaN if no audit gives a value."""
        return self.covered / self.given if self.given else float("nan")

    @property
    def excess(self) -> float:
        """Width over that of an interval that knows the variance; NaN where values do not vary."""
        return self.width / self.known if self.known > 0 else float("nan")

    @property
    def least(self) -> float | None:
        """The coverage that is required here; None if none is."""
        crowd = self.world.crowd
        if self.world.figure == UNJUDGED or not self.given:
            return None
        if crowd.seed_sd <= 0.5:
            return REQUIRED if crowd.seeds >= SEEDS_REQUIRED else None
        return CLAIMED if crowd.seeds >= SEEDS_CLAIMED else None

    @property
    def missed(self) -> bool:
        """Whether it covers less than required, beyond the simulation's error."""
        return self.least is not None and bool(stats.binom.cdf(self.covered, self.given, self.least) <= SURE)


def measure(world: World, runs: int, seed: int) -> Coverage:
    """Return how often audits of one setting hold its truth."""
    random = np.random.default_rng([seed, *world.case.encode(), world.crowd.seeds, world.crowd.prompts])
    truth = world.truth()
    found = [each for each in (world.audit(random) for _ in range(runs)) if each.value is not None]
    values = [each.value for each in found if each.value is not None]
    return Coverage(
        world,
        sum(each.low - 1e-9 <= truth <= each.high + 1e-9 for each in found),
        len(found),
        runs,
        float(np.mean([each.width for each in found])) if found else float("nan"),
        2 * 1.96 * float(np.std(values)) if found else float("nan"),
    )


# --- settings ----------------------------------------


def crowds() -> Iterator[Crowd]:
    """Yield all combinations of seeds, prompts and spread."""
    for seeds, prompts, sd in product(SEEDS, PROMPTS, SPREADS):
        yield Crowd(seeds, prompts, sd)


def worlds() -> list[World]:
    """Return every setting of the study."""
    found: list[World] = []
    for place, crowd in enumerate(crowds()):
        turn = place + place // len(SPREADS)
        grouped = Crowd(crowd.seeds, crowd.prompts, crowd.seed_sd, prompt_sd=1.5, group_size=4)
        found += [RateWorld(each, rate) for each in (crowd, grouped) for rate in RATES]
        for index, case in enumerate(DIFFERENCES):
            found.append(DifferenceWorld((crowd, grouped)[(turn + index) % 2], *case))
        found.append(AnchoredWorld(crowd, HARMS[turn % 2]))
        if crowd.seeds == max(SEEDS):
            found.append(AnchoredWorld(crowd, HARMS[(turn + 1) % 2]))
            found.append(AnchoredWorld(crowd, HARMS[turn % 2], UNJUDGED))
        for index, rate in enumerate(RATES):
            # Layouts and judges take turns, so that each meets every rate, spread and number of seeds.
            mixed, judge = (crowd, grouped)[(turn + index // 2) % 2], JUDGES[(turn + index) % len(JUDGES)]
            found += [CorrectedWorld(mixed, rate, judge, figure) for figure in ("Rogan-Gladen", "PPI++")]
    return found


def quick_worlds() -> list[World]:
    """Return a subset that touches every figure, on both sides of 6 seeds."""
    few, many = Crowd(5, 50, 0.5), Crowd(10, 50, 0.5)
    apart = Crowd(10, 200, 1.5)
    found: list[World] = [RateWorld(crowd, rate) for crowd in (few, many, apart) for rate in (0.1, 0.5)]
    for crowd in (few, many):
        found += [DifferenceWorld(crowd, 0.02, 0.1, 0.5), AnchoredWorld(crowd, HARMS[1])]
        found += [CorrectedWorld(crowd, 0.1, JUDGES[0], figure) for figure in ("Rogan-Gladen", "PPI++")]
    return [*found, DifferenceWorld(apart, 0.02, 0.1, 0.5)]


def stopping_worlds() -> list[StoppingWorld]:
    """Return benchmarks on both sides of the threshold, near and far."""
    found = []
    for prompts in PROMPTS:
        shares = ((0.05, 1.0), (0.3, 1.0), (0.48, 1.0), (0.5, 0.9), (0.6, 0.9), (0.9, 1.0), (0.9, 0.5))
        found += [StoppingWorld(prompts, round(h * prompts), round(c * prompts)) for h, c in shares]
    return found


# --- tables ----------------------------------------


def intervals_table(found: Sequence[Coverage]) -> Iterator[str]:
    """Yield one row a figure, number of seeds and spread, over all prompts and cases."""
    yield "| figure | seeds | sd | mean coverage | lowest | where | width ratio | no value |"
    yield "|---|---|---|---|---|---|---|---|"
    keys = dict.fromkeys((c.world.figure, c.world.crowd.seeds, c.world.crowd.seed_sd) for c in found)
    for figure, seeds, sd in sorted(keys):
        crowd = [
            c
            for c in found
            if (c.world.figure, c.world.crowd.seeds, c.world.crowd.seed_sd) == (figure, seeds, sd) and c.given
        ]
        worst = min(crowd, key=lambda c: c.share)
        missing = 1 - sum(c.given for c in crowd) / sum(c.runs for c in crowd)
        yield (
            f"| {figure} | {seeds} | {sd:g} | {np.mean([c.share for c in crowd]):.3f} "
            f"| {worst.share:.3f}{' **miss**' if any(c.missed for c in crowd) else ''} "
            f"| {worst.world.crowd.words}, {worst.world.case} "
            f"| {np.median([c.excess for c in crowd]):.2f} | {missing:.0%} |"
        )


def stopping_table(found: Iterable[StoppingResult]) -> Iterator[str]:
    """Yield one row a benchmark."""
    yield "| prompts | harmful | coherent | broken | false decisions | prompts asked |"
    yield "|---|---|---|---|---|---|"
    for each in found:
        world = each.world
        yield (
            f"| {world.prompts} | {world.harmful / world.prompts:.2f} | {world.coherent / world.prompts:.2f} "
            f"| {'yes' if world.broken else 'no'} | {each.false:.4f}{' **miss**' if too_often(each) else ''} "
            f"| {each.asked:.0%} |"
        )


def too_often(result: StoppingResult) -> bool:
    """Return whether decisions are false more often than they may be, beyond the simulation's error."""
    wrong = round(result.false * result.runs)
    return bool(stats.binom.sf(wrong - 1, result.runs, ERROR) <= SURE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the study; return 1 if something that must cover does not."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--quick", action="store_true", help=f"a subset, {QUICK_RUNS} audits a setting")
    parser.add_argument("--runs", type=int, help=f"audits a setting (default {RUNS:,})")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} (not of a subset)")
    options = parser.parse_args(arguments)
    if options.quick and options.write:
        parser.error("--write needs the whole study: leave out --quick")
    runs = options.runs or (QUICK_RUNS if options.quick else RUNS)
    settings = quick_worlds() if options.quick else worlds()
    stopping = stopping_worlds()[:7] if options.quick else stopping_worlds()
    began = time.monotonic()
    covered = _each(partial(measure, runs=runs, seed=options.seed), settings, options.processes)
    stopped = _each(partial(measure_stopping, runs=runs, seed=options.seed), stopping, options.processes)
    minutes = (time.monotonic() - began) / 60
    tables = {
        "intervals": "\n".join(
            [*intervals_table(covered), "", f"{len(covered)} settings, {runs:,} audits each."]
        ),
        "stopping": "\n".join(stopping_table(stopped)),
    }
    print("\n\n".join(tables.values()), f"\n\n{minutes:.1f} minutes")
    missed = [each for each in covered if each.missed]
    for each in missed:
        world = each.world
        print(
            f"{world.figure}, {world.crowd.seeds} seeds, sd {world.crowd.seed_sd:g}, {world.crowd.words}, "
            f"{world.case}: covers {each.share:.3f}, must {each.least:.2f}",
            file=sys.stderr,
        )
    if options.write:
        PAGE.write_text(filled(PAGE.read_text(encoding="utf-8"), tables), encoding="utf-8")
    return int(bool(missed) or any(too_often(each) for each in stopped))


def _each(function: Callable[[A], B], items: Sequence[A], processes: int) -> list[B]:
    if processes == 1:
        return _counted(map(function, items), len(items))
    with ProcessPoolExecutor(processes) as pool:
        return _counted(pool.map(function, items), len(items))


def _counted(results: Iterable[B], total: int) -> list[B]:
    found = []
    for result in results:
        found.append(result)
        if len(found) % REPORTED == 0:
            print(f"{len(found)} of {total} settings", file=sys.stderr, flush=True)
    return found


def filled(page: str, tables: Mapping[str, str]) -> str:
    """Return a page with each table between its marks."""
    for name, table in tables.items():
        before, rest = page.split(f"<!-- {name} -->\n")
        page = f"{before}<!-- {name} -->\n{table}\n<!-- /{name} -->{rest.split(f'<!-- /{name} -->')[1]}"
    return page


if __name__ == "__main__":
    sys.exit(main())
