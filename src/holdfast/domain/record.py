"""A finished run as readers see it: what analysis left for decisions and reports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from holdfast.domain.agreement import JudgeAgreement
from holdfast.domain.audit import Plan
from holdfast.domain.calibration import Calibration
from holdfast.domain.comparison import Comparison
from holdfast.domain.decision import Decision
from holdfast.domain.finding import Finding, Status
from holdfast.domain.multiverse import Concordance, Multiverse
from holdfast.domain.outcome import Outcome
from holdfast.domain.search import SearchRecord
from holdfast.domain.spend import Spend
from holdfast.domain.survival import LogRank, Survival


class TrialStatus(StrEnum):
    """How a trial ended."""

    DONE = "done"
    FAILED = "failed"
    """An error; stays failed and visible."""
    LOST = "lost"
    """An infrastructure failure (worker killed, out of disk); tried again on resume."""


@dataclass(frozen=True, slots=True)
class TrialRecord:
    """One trial as it ended.

    Attributes:
        key: The trial's key.
        model: Model name.
        safeguard: Safeguard name.
        pathway: Pathway name.
        seed: Seed.
        status: How it ended.
        error: What went wrong; empty when done.
        model_digest: Digest of the model it started from; empty if it never loaded.
        seconds: Wall clock by part: start_up, train, generate, reference, store.
        versions: Library versions, device and dtype it ran with.
    """

    key: str
    model: str
    safeguard: str
    pathway: str
    seed: int
    status: TrialStatus
    error: str = ""
    model_digest: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrajectoryPoint:
    """What one judge (or scorer) says of one benchmark at one checkpoint of one trial.

    Attributes:
        trial: The trial's key.
        model: Model name.
        safeguard: Safeguard name.
        pathway: Pathway name.
        seed: Seed.
        step: Optimiser steps taken; 0 is the untouched model.
        at: `start`, `step`, or `anchor:<goal>` for a checkpoint added by refinement.
        split: `selection` or `heldout`.
        benchmark: Benchmark name.
        kind: Its kind.
        judge: Judge or panel; empty for scored benchmarks.
        n: Answers.
        shares: Share of each outcome; empty for scored benchmarks.
        score: Mean score, in [0, 1]; None for judged benchmarks.
        spend: Amount by spend unit; a missing unit is unknown.
    """

    trial: str
    model: str
    safeguard: str
    pathway: str
    seed: int
    step: int
    at: str
    split: str
    benchmark: str
    kind: str
    judge: str
    n: int
    shares: Mapping[Outcome, float] = field(default_factory=dict)
    score: float | None = None
    spend: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TrialBreak:
    """Where the break of one trial lies: in (`after`, `by`] on every axis of spend.

    Attributes:
        trial: The trial's key.
        model: Model name.
        safeguard: Safeguard name.
        pathway: Pathway name.
        seed: Seed.
        status: `ok` = broke; `censored` = unbroken up to the budget; `inconclusive` = cannot be said;
            `failed` = the trial gave no result.
        after: Spend by unit at the last checkpoint confidently unbroken; empty if there is none.
        by: Spend by unit at the first checkpoint confidently broken; empty unless it broke.
        reason: Why, where the status is neither ok nor censored.
    """

    trial: str
    model: str
    safeguard: str
    pathway: str
    seed: int
    status: Status
    after: Mapping[str, float] = field(default_factory=dict)
    by: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """One answer with what the judges said of it, for readers.

    Attributes:
        model: Model name.
        pathway: Pathway name.
        seed: Seed.
        step: Optimiser steps taken.
        benchmark: Benchmark name.
        item: Row id.
        prompt: The text of the last user turn. Untrusted and possibly harmful.
        answer: The answer. Untrusted and possibly harmful.
        outcomes: Outcome by judge.
        notes: Evidence by judge, safe to print.
    """

    model: str
    pathway: str
    seed: int
    step: int
    benchmark: str
    item: str
    prompt: str
    answer: str
    outcomes: Mapping[str, Outcome]
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Robustness:
    """What analysis says beside the findings: comparisons, agreement, multiverse, survival.

    Attributes:
        comparisons: Paired comparisons at the goals and at the start.
        agreement: How far the judges agree.
        multiverse: Claims recomputed in every cell.
        concordance: Whether the cells rank the arms alike.
        survival: Cost to break over seeds.
        log_rank: Arms against each other.
    """

    comparisons: tuple[Comparison, ...] = ()
    agreement: tuple[JudgeAgreement, ...] = ()
    multiverse: tuple[Multiverse, ...] = ()
    concordance: tuple[Concordance, ...] = ()
    survival: tuple[Survival, ...] = ()
    log_rank: tuple[LogRank, ...] = ()


@dataclass(frozen=True)
class RunRecord:
    """Everything a report shows.

    Attributes:
        directory: Name of the run directory (not its path).
        plan: What was asked.
        trials: How each trial ended, in plan order.
        trajectories: Every measured point.
        findings: The findings.
        decision: The decision.
        transcripts: A sample of answers.
        primary_judge: The judge or panel that breaks and decisions rest on.
        provenance: Digests, versions and the command to reproduce.
        breaks: Where each trial's break lies; survival curves are drawn from these.
        robustness: Comparisons, agreement, multiverse and survival.
        calibrations: What labels say of the judges; empty until there are any.
        ledgers: What a trial had spent at each of its checkpoints, in order of steps, by trial key; trials
            without a result are absent.
        searches: What came of every search; empty where none was planned.
    """

    directory: str
    plan: Plan
    trials: tuple[TrialRecord, ...]
    trajectories: tuple[TrajectoryPoint, ...]
    findings: tuple[Finding, ...]
    decision: Decision
    transcripts: tuple[Transcript, ...]
    primary_judge: str
    provenance: Mapping[str, str]
    breaks: tuple[TrialBreak, ...] = ()
    robustness: Robustness = field(default_factory=Robustness)
    calibrations: tuple[Calibration, ...] = ()
    ledgers: Mapping[str, tuple[Spend, ...]] = field(default_factory=dict)
    searches: tuple[SearchRecord, ...] = ()
