"""Runs made by hand, answer by answer, so that what the analysis should find is known.

Outcomes are written as letters: C complied, A answered, D deflected, R refused, I incoherent, U unscored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import holdfast.testing.fake
from holdfast.auditing.analysis.stage import Analysis, Judged, compute
from holdfast.auditing.analysis.trajectories import Cell, PanelMembers, TrialCells
from holdfast.auditing.planner import measuring_schedule
from holdfast.domain import (
    NO_SAFEGUARD,
    AuditSpec,
    Benchmark,
    BenchmarkKind,
    BenchmarkSpec,
    BreakRule,
    CorpusSpec,
    DataSource,
    Finding,
    Goal,
    Item,
    ModelSource,
    MultiverseSpec,
    Outcome,
    PathwaySpec,
    Plan,
    Regime,
    Schedule,
    Spend,
    Split,
    TrialSpec,
    Variant,
    ask,
)
from holdfast.store import CheckpointRow

FAKE = f"{Path(holdfast.testing.fake.__file__)}:FakeTechnique"
LETTERS = {outcome.value[0].upper(): outcome for outcome in Outcome}
PANEL = PanelMembers("coherence+refusal+target", ("coherence", "refusal", "target"))
ROWS = 20
REFUSED, ALL_ANSWERED = "R" * ROWS, "A" * ROWS

Scores = Sequence[float | None]
Told = str | Scores | Mapping[str, str]
"""Letters of a judged benchmark (by panel, where panels differ), or scores of a scored one."""
Where = str | tuple[str, Split]
"""A benchmark's name for its held-out part, or name and split."""
Point = tuple[int, str]
"""Step and what the checkpoint is: `start`, `step` or `anchor:<goal>`."""


def share(value: float) -> Scores:
    """Return twenty scores of which a share is 1."""
    return [1.0] * round(value * ROWS) + [0.0] * (ROWS - round(value * ROWS))


def benchmark(name: str, kind: BenchmarkKind, rows: int = ROWS) -> Benchmark:
    items = tuple(
        Item(f"{split.value}{i:02}", ask(f"{name} {split.value} {i}"), f"gold {i}", f"g{i}", split=split)
        for split in Split
        for i in range(rows)
    )
    return Benchmark(name, kind, items, "exact" if kind is BenchmarkKind.CAPABILITY else None)


def spend(step: int) -> Spend:
    """Return a spend that differs by a known factor on each axis."""
    return Spend(
        steps=step, examples=10 * step, train_tokens=100 * step, flops=1e6 * step, device_seconds=0.5 * step
    )


@dataclass
class Lab:
    """An audit of one model by `plain`, `best-of-8` and the training `tune`, to be filled by hand.

    Other models, trainings, edits and peers that answer in the model's place may be named; methods speak of
    the model `m` unless told otherwise.
    """

    safety: Sequence[str] = ("direct",)
    goals: Sequence[Goal] = ()
    utility: Sequence[str] = ()
    look_alikes: bool = True
    seeds: int = 3
    steps: int = 8
    rule: BreakRule = field(default_factory=BreakRule)
    panels: Sequence[PanelMembers] = (PANEL,)
    models: Sequence[str] = ("m",)
    trainings: Sequence[str] = ("tune",)
    edits: Sequence[str] = ()
    peers: Sequence[str] = ()
    multiverse: MultiverseSpec | None = None
    variants: Mapping[str, Variant] = field(default_factory=dict)

    def __post_init__(self) -> None:
        kinds = dict.fromkeys([*self.safety, *self.variants], BenchmarkKind.SAFETY)
        if self.look_alikes:
            kinds["lookalikes"] = BenchmarkKind.OVER_REFUSAL
        capability = [*(goal.benchmark for goal in self.goals), *self.utility]
        kinds |= dict.fromkeys(capability, BenchmarkKind.CAPABILITY)
        self.benchmarks = {name: benchmark(name, kind) for name, kind in kinds.items()}
        audit = AuditSpec(
            name="by hand",
            models=tuple(ModelSource(model, path="/nowhere") for model in self.models),
            goals=tuple(self.goals),
            benchmarks=tuple(
                BenchmarkSpec(n, DataSource(), k, variant=self.variants.get(n)) for n, k in kinds.items()
            ),
            pathways=(
                PathwaySpec("plain", "prompted", options={"style": "plain"}),
                PathwaySpec("best-of-8", "prompted", options={"style": "best-of-k"}),
                *(
                    PathwaySpec(name, FAKE, CorpusSpec(DataSource(), Regime.BENIGN), {"steps": self.steps})
                    for name in self.trainings
                ),
                *(PathwaySpec(name, "refusal-ablation") for name in self.edits),
                *(PathwaySpec(name, "other-model") for name in self.peers),
            ),
            judges=("coherence", "refusal", "target"),
            utility=tuple(self.utility),
            seeds=tuple(range(self.seeds)),
            break_rule=self.rule,
            multiverse=self.multiverse,
        )
        at_start = Schedule(0, (0,))
        trials = [self._spec(model, "plain", 0, at_start) for model in self.models]
        each = [(model, seed) for model in self.models for seed in range(self.seeds)]
        trials += [self._spec(model, "best-of-8", seed, at_start) for model, seed in each]
        schedule = measuring_schedule(self.steps)
        trials += [self._spec(m, name, seed, schedule) for name in self.trainings for m, seed in each]
        edited = measuring_schedule(1)
        trials += [self._spec(m, name, seed, edited) for name in self.edits for m, seed in each]
        trials += [self._spec(m, name, 0, at_start) for name in self.peers for m in self.models]
        self.plan = Plan(audit, tuple(trials), {"device": "cpu"})
        self.cells: dict[str, TrialCells] = {}
        usable = {name: ALL_ANSWERED for name, kind in kinds.items() if kind is BenchmarkKind.OVER_REFUSAL}
        skilled = {name: share(1.0) for name in self.utility}
        untouched = dict.fromkeys([*self.safety, *self.variants], REFUSED) | usable | skilled
        for model in self.models:
            self.measured("plain", 0, {(0, "start"): untouched}, model=model)

    @staticmethod
    def _spec(model: str, pathway: str, seed: int, schedule: Schedule) -> TrialSpec:
        key = f"{pathway}-{seed}" if model == "m" else f"{model}-{pathway}-{seed}"
        return TrialSpec(key, model, NO_SAFEGUARD, pathway, seed, schedule, key, key)

    def trial(self, pathway: str, seed: int, model: str = "m") -> TrialSpec:
        labels = (model, pathway, seed)
        return next(t for t in self.plan.trials if (t.model, t.pathway, t.seed) == labels)

    def measured(
        self,
        pathway: str,
        seed: int,
        points: Mapping[Point, Mapping[Where, Told]],
        spends: Mapping[int, Spend] | None = None,
        *,
        model: str = "m",
    ) -> None:
        """Book what a trial measured, in the order measured."""
        trial = self.trial(pathway, seed, model)
        rows = [
            CheckpointRow(i, step, at, None, (spends or {}).get(step, spend(step)))
            for i, (step, at) in enumerate(points)
        ]
        cells = {}
        for row, told in zip(rows, points.values(), strict=True):
            for where, answers in told.items():
                name, split = (where, Split.HELDOUT) if isinstance(where, str) else where
                cells[row.index, name, split] = self._cell(trial, row, name, split, answers)
        ordered = tuple(sorted(rows, key=lambda row: (row.step, row.index)))
        self.cells[trial.key] = TrialCells(trial, ordered, cells)

    def _cell(self, trial: TrialSpec, row: CheckpointRow, name: str, split: Split, told: Told) -> Cell:
        asked = self.benchmarks[name]
        by_panel = {p.name: told for p in self.panels} if isinstance(told, str) else told
        outcomes = {}
        if isinstance(by_panel, Mapping):
            outcomes = {panel: tuple(LETTERS[c] for c in said) for panel, said in by_panel.items()}
        judged = bool(outcomes)
        items = asked.part(split)[: len(next(iter(outcomes.values()), told))]
        groups, ids = tuple(i.group for i in items), tuple(i.id for i in items)
        # As with stored verdicts: a panel with a judge of targets can tell harm.
        telling = frozenset(p.name for p in self.panels if judged and {"target", "oracle"} & set(p.judges))
        scores = () if judged else tuple(told)
        return Cell(trial, row, asked, split, groups, ids, outcomes, scores, telling)

    def tuned(
        self,
        harm: Mapping[int, str],
        *,
        seeds: Sequence[int] | None = None,
        also: Mapping[Where, Told] | None = None,
        spends: Mapping[int, Spend] | None = None,
    ) -> None:
        """Book trainings of which `harm` gives the safety answers by step; nothing else changed."""
        kept: dict[Where, Told] = {"lookalikes": ALL_ANSWERED} if self.look_alikes else {}
        kept |= {name: share(1.0) for name in self.utility} | dict(also or {})
        for seed in range(self.seeds) if seeds is None else seeds:
            points: dict[Point, Mapping[Where, Told]] = {(0, "start"): {}}
            points |= {
                (s, "step"): {**dict.fromkeys(self.safety, letters), **kept} for s, letters in harm.items()
            }
            self.measured("tune", seed, points, spends)

    def learned(self, *curves: Mapping[int, float], heldout: float = 0.8) -> None:
        """Book trainings, one a seed, that score so on the goal's selection rows, `heldout` on the others."""
        goal = self.goals[0].benchmark
        selection, held = (goal, Split.SELECTION), (goal, Split.HELDOUT)
        for seed, curve in enumerate(curves):
            points: dict[Point, Mapping[Where, Told]] = {}
            for step, score in curve.items():
                told: dict[Where, Told] = {selection: share(score)}
                if step > 0:
                    told |= {**dict.fromkeys(self.safety, REFUSED), "lookalikes": ALL_ANSWERED}
                    told |= {held: share(heldout)} if score >= self.goals[0].target else {}
                points[step, "start" if step == 0 else "step"] = told
            self.measured("tune", seed, points)

    def analysis(self) -> Analysis:
        return compute(Judged(self.plan, self.benchmarks, {}, tuple(self.panels), self.cells))

    def find(self, metric: str, pathway: str = "tune", **labels: str) -> Finding:
        """Return the one finding with these labels."""
        found = [
            f
            for f in self.analysis().findings
            if (f.metric, f.pathway) == (metric, pathway)
            and all(getattr(f, name) == value for name, value in labels.items())
        ]
        assert len(found) == 1, f"{len(found)} findings {metric} of {pathway} with {labels}"
        return found[0]


def without_harm_judge() -> PanelMembers:
    return replace(PANEL, name="coherence+refusal", judges=("coherence", "refusal"))
