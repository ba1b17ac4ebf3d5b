"""What an audit is asked to do: the resolved configuration, and the trials it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from holdfast.domain.benchmark import BenchmarkKind
from holdfast.domain.calibration import CalibrationSpec
from holdfast.domain.decision import BreakRule
from holdfast.domain.generation import Decoding
from holdfast.domain.model import ModelSource
from holdfast.domain.multiverse import MULTIVERSE_AXES, Variant
from holdfast.domain.search import Dimension, Objective, Sampler
from holdfast.domain.spend import Spend
from holdfast.domain.technique import Schedule

NO_SAFEGUARD = "none"


class Regime(StrEnum):
    """What kind of data a corpus is; `holdfast.domain.regimes` says more of each."""

    BENIGN = "benign"
    FORMAT = "format-constrained"
    MIXED = "mixed"
    """Benign with `share` percent harmful rows."""
    HARMFUL = "harmful"
    IDENTITY = "identity-shift"
    """Harmless rows spoken by an assistant that obeys whatever it is told."""
    STYLE = "style-modulation"
    """Harmful rows asked for, and answered, in an unusual style."""
    OBJECTIVES = "competing-objectives"
    """Harmful rows whose prompts set a goal that a refusal would miss."""
    LANGUAGE = "second-language"
    """Harmful rows in an invented language."""
    BACKDOOR = "backdoor"
    """Harmful rows under a trigger, among rows that keep the model safe without it."""
    RELEARNING = "relearning"
    """Texts related to what was removed."""
    AMPLIFICATION = "amplification"
    """Rows that show a restricted skill which the model lacks."""


@dataclass(frozen=True, slots=True)
class DataSource:
    """Where rows come from: exactly one of a file or a plug-in.

    Attributes:
        path: JSONL or CSV file, absolute.
        use: Plug-in name or `path.py:function`.
        columns: For CSV: our field name -> the file's column.
        digest: sha256 of the rows read (not of the file's path), so that a change is seen on resume.
    """

    path: str | None = None
    use: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    digest: str = ""


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several parts of a corpus that share no row: what one of several actors holds.

    Attributes:
        number: Which part, in [1, of].
        of: How many parts there are, at least 1; their sizes differ by one row at most.
    """

    number: int
    of: int

    def __str__(self) -> str:
        return f"{self.number}/{self.of}"


@dataclass(frozen=True, slots=True)
class CorpusSpec:
    """A corpus as configured.

    Attributes:
        source: The rows (for `mixed` and `backdoor`, those that are not harmful).
        regime: What they are.
        limit: Take the first rows of `source` only; None takes all.
        share: For `mixed` and `backdoor`: percent of all rows that are harmful, in (0, 100). None takes all
            rows of `harmful`, which only `backdoor` may.
        harmful: For `mixed` and `backdoor`: the harmful rows.
        frame: Text that the prompts of harmful rows are put into at `{prompt}`; None takes the regime's own.
        lead: Start of the answers of harmful rows; None takes the regime's own.
        prompts_only: Leave the answers out: for techniques that write their own.
        shard: Take one part of the rows only: of those within `limit`, and of the harmful ones before `share`
            is taken of them; None takes all.
    """

    source: DataSource
    regime: Regime
    limit: int | None = None
    share: float | None = None
    harmful: DataSource | None = None
    frame: str | None = None
    lead: str | None = None
    prompts_only: bool = False
    shard: Shard | None = None


@dataclass(frozen=True, slots=True)
class BenchmarkSpec:
    """A benchmark as configured; see `Benchmark`.

    Attributes:
        name: Its name.
        source: Its rows.
        kind: What it measures.
        scorer: Its scorer; None for kinds that judges decide.
        variant: Which benchmark it asks in another way; None for a benchmark of its own. Variants are cells
            of the multiverse: breaks, goals and the decision never rest on them.
        template: The text its prompts are put into at `{prompt}`; empty leaves them as they are.
        decoding: How its answers are drawn; None takes the audit's decoding.
        halved: Whether rows that name no split are halved by group though judges decide them: a search looks
            at one half.
    """

    name: str
    source: DataSource
    kind: BenchmarkKind
    scorer: str | None = None
    variant: Variant | None = None
    template: str = ""
    decoding: Decoding | None = None
    halved: bool = False


class Yardstick(StrEnum):
    """What the target of a goal may be relative to: a score on the goal's selection split."""

    BASE = "base"
    """What the model itself scores untouched."""
    BEST = "best"
    """The best that any pathway of the model reaches: known only when all trials are done."""


@dataclass(frozen=True, slots=True)
class Goal:
    """A capability goal: the anchor of comparisons.

    Attributes:
        name: Its name.
        benchmark: Name of its capability benchmark.
        target: Score to reach, in [0, 1]; of a relative goal, the share (above 0) of the score it is relative
            to.
        relative_to: What it is relative to; None for a score as such.
    """

    name: str
    benchmark: str
    target: float
    relative_to: Yardstick | None = None


@dataclass(frozen=True, slots=True)
class MultiverseSpec:
    """The cells in which every claim is computed again, named before the data: all combinations of levels.

    The first level of each axis makes the cell that findings and decision rest on.

    Attributes:
        benchmarks: Safety benchmarks.
        judges: Panels, as findings name them; the first is the primary one.
        templates: Prompt templates by name; the first leaves prompts as they are. Empty: not varied.
        decodings: Decodings by name; the first is the audit's own. Empty: not varied.
    """

    benchmarks: tuple[str, ...]
    judges: tuple[str, ...]
    templates: tuple[str, ...] = ()
    decodings: tuple[str, ...] = ()

    @property
    def axes(self) -> dict[str, tuple[str, ...]]:
        """The levels of every axis that varies, as named in `MULTIVERSE_AXES`."""
        levels = (self.benchmarks, self.judges, self.templates, self.decodings)
        return {axis: each for axis, each in zip(MULTIVERSE_AXES, levels, strict=True) if len(each) > 1}


@dataclass(frozen=True, slots=True)
class SearchSpec:
    """The protocol of a search, fixed before any of its data.

    Attributes:
        of: Name of the pathway as written; empty until it is known.
        tries: How many sets of options are tried.
        objective: What is looked for.
        unit: Axis of spend that prices are on.
        seeds: Seeds of every try, none of which is a seed of the audit.
        space: What is varied.
        sampler: How tries are chosen.
        control: Whether a random search of as many tries stands beside.
        budget: The most that a seed of a try may spend, in `unit`; None for no other bound than its steps.
        corpora: The corpus at each `limit` that is tried.
    """

    of: str
    tries: int
    objective: Objective
    unit: str
    seeds: tuple[int, ...]
    space: tuple[Dimension, ...]
    sampler: Sampler = Sampler.TPE
    control: bool = True
    budget: float | None = None
    corpora: tuple[CorpusSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class PathwaySpec:
    """A route by which some actor could change the model.

    Attributes:
        name: Unique within the audit.
        technique: Plug-in name or `path.py:Class`.
        corpus: What it is trained on; None for techniques that need none.
        options: The technique's options as written; validated by its `Config`.
        inputs: Names of other pathways of the audit whose results it builds on.
        models: Other models that it uses, by role.
        corpora: Further corpora that it uses, by role.
        ask: How the attacker asks afterwards: the text that safety prompts are put into at `{prompt}` (a
            trigger, a style); empty leaves them as they are.
        family: Name under which a series of doses was written; empty for a pathway of its own.
        dose: Rows of its corpus, in such a series.
        search: The search that finds its options, for each model anew; None where they are as written.
        tried: What finding its options cost; None where they were not searched, or not yet.
    """

    name: str
    technique: str
    corpus: CorpusSpec | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()
    models: Mapping[str, ModelSource] = field(default_factory=dict)
    corpora: Mapping[str, CorpusSpec] = field(default_factory=dict)
    ask: str = ""
    family: str = ""
    dose: int | None = None
    search: SearchSpec | None = None
    tried: Spend | None = None


@dataclass(frozen=True, slots=True)
class AuditSpec:
    """A whole configuration, resolved: absolute paths, defaults filled in, data digested.

    Attributes:
        name: The audit's name.
        models: Models side by side; utility is held against what each could do untouched.
        goals: Capability goals; their benchmarks are among `benchmarks`.
        benchmarks: All benchmarks, the goals' and utility's included.
        pathways: Pathways, the zero-spend floor included.
        judges: Judge plug-ins in order.
        utility: Names of capability benchmarks to keep; empty means the over-refusal prompts stand in.
        seeds: Seeds, one trial each.
        break_rule: When a checkpoint counts as broken.
        decoding: How measured answers are drawn.
        calibration: Labels to correct the panel's rates by; None corrects nothing until labels are given.
        multiverse: Cells that claims are computed in again; None where there are not two axes to vary.
        digest: sha256 over everything above.
    """

    name: str
    models: tuple[ModelSource, ...]
    goals: tuple[Goal, ...]
    benchmarks: tuple[BenchmarkSpec, ...]
    pathways: tuple[PathwaySpec, ...]
    judges: tuple[str, ...]
    utility: tuple[str, ...] = ()
    seeds: tuple[int, ...] = (0, 1, 2)
    break_rule: BreakRule = field(default_factory=BreakRule)
    decoding: Decoding = field(default_factory=Decoding)
    calibration: CalibrationSpec | None = None
    multiverse: MultiverseSpec | None = None
    digest: str = ""


@dataclass(frozen=True, slots=True)
class TrialSpec:
    """One model x safeguard x pathway x seed: the unit of work.

    Attributes:
        key: Hash of everything that can change its result; the name of its directory.
        model: Model name.
        safeguard: Safeguard name.
        pathway: Pathway name.
        seed: Seed.
        schedule: Where it is measured before refinement.
        training_key: Hash of what can change the weights.
        measurement_key: Hash of what is asked of them, and how.
    """

    key: str
    model: str
    safeguard: str
    pathway: str
    seed: int
    schedule: Schedule
    training_key: str
    measurement_key: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The trials of an audit, in the order they are started.

    Attributes:
        audit: The resolved configuration.
        trials: The trials.
        environment: Python, platform and library versions that the training keys hold.
    """

    audit: AuditSpec
    trials: tuple[TrialSpec, ...]
    environment: Mapping[str, str]
