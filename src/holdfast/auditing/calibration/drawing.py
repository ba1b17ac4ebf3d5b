"""Drawing answers to label: with known probabilities, by strata, in rounds that add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from holdfast.auditing.analysis.stage import Judged
from holdfast.auditing.calibration.population import Population, answers_of
from holdfast.stats import allocate, expected_deviation
from holdfast.store import Drawn, FrameUnit, Round, RunDirectory, content_key

FEWEST = 10
"""Answers drawn of every stratum before any other rule, or all it has."""


def make_frame(run: RunDirectory, judged: Judged, population: Population, panel: str) -> list[FrameUnit]:
    """Return every answer that may be drawn, with its stratum by a panel.

    Where several samples were drawn of one prompt, the outcome is that of the attacker's favourite, which no
    label of one answer can tell: such answers cannot be drawn.

    Args:
        run: The run.
        judged: The same, judged.
        population: Its population.
        panel: The panel whose outcomes make the strata.
    """
    answers = answers_of(run, judged, population)
    return [
        FrameUnit(key, answers[key][0].id, unit.model, unit.stratum(panel))
        for key, unit in population.units.items()
        if len(answers[key]) == 1
    ]


def frame_key(frame: Sequence[FrameUnit]) -> str:
    """Return the key of a frame."""
    return content_key(frame)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be drawn.

    Attributes:
        total: Answers; all that are left if there are fewer.
        seed: Seed; with the same frame and rounds before it gives the same round.
        labels: Who is to label them: `sheet` or `oracle`.
        each_model: Whether `total` is meant of each model, instead of all together.
    """

    total: int
    seed: int
    labels: str
    each_model: bool = False


def draw(
    frame: Sequence[FrameUnit],
    population: str,
    before: Sequence[Round],
    wish: Wish,
    known: Mapping[str, bool] | None = None,
) -> Round:
    """Draw a round of answers that no round before has drawn.

    Each stratum gets a simple random sample of what is left of it, so that all rounds together are a simple
    random sample of the stratum (two-phase sampling; Cochran 1977, ch. 12). How many it gets is Neyman's
    allocation by the errors that labels so far have shown (`holdfast.stats.allocate`), at least `FEWEST`.

    Args:
        frame: What may be drawn.
        population: Digest of the population.
        before: Rounds drawn from the same frame.
        wish: What is to be drawn.
        known: By generation already labelled: whether its label contradicts the panel.

    Returns:
        The round, in random order.
    """
    wrong = known or {}
    taken = {drawn.unit for each in before for drawn in each.drawn}
    members: dict[str, list[FrameUnit]] = defaultdict(list)
    for unit in sorted(frame, key=lambda each: (each.stratum, each.unit)):
        members[unit.stratum].append(unit)
    new = _allocated(members, taken, wrong, wish)
    noise = np.random.default_rng([wish.seed, len(before), int(frame_key(frame)[:8], 16)])
    chosen: list[FrameUnit] = []
    weights: dict[str, float] = {}
    for name, units in members.items():
        left = [unit for unit in units if unit.unit not in taken]
        chosen += [left[i] for i in noise.choice(len(left), new[name], replace=False)] if new[name] else []
        weights[name] = len(units) / max(1, len(units) - len(left) + new[name])
    return Round(
        frame=frame_key(frame),
        population=population,
        number=len(before) + 1,
        labels=wish.labels,
        seed=wish.seed,
        sizes={name: len(units) for name, units in members.items()},
        drawn=_rows([chosen[i] for i in noise.permutation(len(chosen))], set(wrong), weights),
    )


def _allocated(
    members: Mapping[str, Sequence[FrameUnit]], taken: set[str], wrong: Mapping[str, bool], wish: Wish
) -> dict[str, int]:
    """Return how many to draw of each stratum."""
    parts: dict[str, dict[str, int]] = defaultdict(dict)
    for name, units in members.items():
        parts[units[0].model if wish.each_model else ""][name] = len(units)
    have = {name: sum(unit.unit in taken for unit in units) for name, units in members.items()}
    deviations = {}
    for name, units in members.items():
        told = [wrong[unit.generation] for unit in units if unit.unit in taken and unit.generation in wrong]
        deviations[name] = expected_deviation(sum(told), len(told))
    new: dict[str, int] = {}
    for sizes in parts.values():
        planned = {name: deviations[name] for name in sizes}
        new |= allocate(sizes, planned, wish.total, minimum=FEWEST, labelled=have)
    return new


def _rows(ordered: Sequence[FrameUnit], asked: set[str], weights: Mapping[str, float]) -> tuple[Drawn, ...]:
    """Return what was drawn; each answer is asked about once, at its first place in the order."""
    drawn = []
    for unit in ordered:
        row = "" if unit.generation in asked else unit.unit
        asked.add(unit.generation)
        drawn.append(Drawn(unit.unit, unit.generation, row, unit.stratum, weights[unit.stratum]))
    return tuple(drawn)
