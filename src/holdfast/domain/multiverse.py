"""The multiverse: one conclusion recomputed in every benchmark x judge x template x decoding cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from holdfast.domain.comparison import Side
from holdfast.domain.finding import Status

MULTIVERSE_AXES = ("benchmark", "judge", "template", "decoding")
"""What may vary from cell to cell."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A benchmark asked in another way, as a level of the multiverse.

    Attributes:
        of: Name of the benchmark it varies.
        template: Name of the prompt template; empty for the prompts as they are.
        decoding: Name of the decoding; empty for the audit's own.
    """

    of: str
    template: str = ""
    decoding: str = ""


@dataclass(frozen=True, slots=True)
class Universe:
    """One cell: the difference that a claim is about, under one choice on every axis.

    Attributes:
        levels: Level by axis.
        value: The difference there; None where it could not be measured.
        low: Lower end.
        high: Upper end.
        significant: Whether the interval excludes 0.
        status: What the cell is worth.
        primary: Whether it is the cell that findings and decision rest on.
    """

    levels: Mapping[str, str]
    value: float | None
    low: float | None
    high: float | None
    significant: bool
    status: Status
    primary: bool = False


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What remains of a claim when one level of one axis is left out.

    Attributes:
        axis: The axis.
        level: The level left out.
        same_sign: Share of the remaining cells with the sign of the primary cell.
        median: Median difference over the remaining cells; None where none could be measured.
        holds: Whether the median keeps the primary cell's sign, missing cells counted against it.
    """

    axis: str
    level: str
    same_sign: float
    median: float | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Multiverse:
    """One claim over all cells.

    Attributes:
        claim: The claim in words, of the form "second - first".
        metric: What is compared.
        goal: The goal at which both sides are compared; empty for the untouched models.
        first: The side subtracted.
        second: The side it is subtracted from.
        axes: Levels by axis, as named before the data; only axes with at least two.
        cells: Every cell.
        same_sign: Share of the cells with the sign of the primary one; None where that is inconclusive.
        significant: Share of the cells with that sign whose interval excludes 0.
        left_out: One a level of each axis; empty where the primary cell is inconclusive.
        status: Inconclusive if a cell is missing, or there are fewer than two axes with two levels.
        conclusion: One sentence in words.
    """

    claim: str
    metric: str
    goal: str
    first: Side
    second: Side
    axes: Mapping[str, tuple[str, ...]]
    cells: tuple[Universe, ...]
    same_sign: float | None
    significant: float | None
    left_out: tuple[LeftOut, ...]
    status: Status
    conclusion: str


@dataclass(frozen=True, slots=True)
class RankTau:
    """How far two cells rank the same arms alike.

    Attributes:
        first: Levels of one cell.
        second: Levels of the other.
        tau: Kendall's tau-b, in [-1, 1]; None where it is not defined.
        low: Lower end of its interval; None where there is none.
        high: Upper end.
    """

    first: Mapping[str, str]
    second: Mapping[str, str]
    tau: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Concordance:
    """Whether the cells rank the arms alike.

    Attributes:
        metric: What arms are ranked by.
        at: The point they are ranked at: `start`, `end`, or `anchor:<goal>`.
        arms: The arms ranked.
        rankings: Number of cells that rank them.
        w: Kendall's W with correction for ties, in [0, 1]; None where it is not defined.
        low: Lower end of its interval; None where there is none.
        high: Upper end.
        taus: Every pair of cells.
        method: The estimator and the kind of interval, in words.
    """

    metric: str
    at: str
    arms: tuple[Side, ...]
    rankings: int
    w: float | None
    low: float | None
    high: float | None
    taus: tuple[RankTau, ...] = field(default=())
    method: str = ""
