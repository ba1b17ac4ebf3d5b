"""One trial: run the technique, measure along the way, refine the anchors, score under the reference."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from holdfast.auditing.execution.anchoring import AnchorSearch, goal_target
from holdfast.auditing.execution.asking import Questionnaire, SelectionScores
from holdfast.auditing.execution.checks import require_finite_loss
from holdfast.auditing.execution.contributions import contributions
from holdfast.auditing.execution.sound import gold_answers
from holdfast.auditing.planner import BASELINE, ResolvedPathway, measures_model, resolve_pathway
from holdfast.data import load_corpus
from holdfast.domain import (
    JUDGED_KINDS,
    AuditSpec,
    Benchmark,
    Checkpoint,
    Contribution,
    Example,
    Generation,
    Goal,
    ModelSource,
    Schedule,
    Snapshot,
    Spend,
    Split,
    TrialContext,
    TrialError,
    TrialSpec,
    Yardstick,
)
from holdfast.spend import in_sequence
from holdfast.store import (
    CheckpointRow,
    write_checkpoints,
    write_generations,
    write_reference,
    write_sound,
)


@dataclass(frozen=True)
class TrialTask:
    """What a worker needs to run one trial.

    Attributes:
        trial: The trial.
        audit: The audit it belongs to.
        benchmarks: Every benchmark by name.
        attempt: Directory to write into; becomes the trial's result when the parent commits it.
        device: `cpu` or `cuda`.
    """

    trial: TrialSpec
    audit: AuditSpec
    benchmarks: Mapping[str, Benchmark]
    attempt: Path
    device: str

    @property
    def key(self) -> str:
        """The trial's key."""
        return self.trial.key

    @property
    def model(self) -> ModelSource:
        """The model the trial starts from."""
        return next(m for m in self.audit.models if m.name == self.trial.model)

    @property
    def pathway(self) -> ResolvedPathway:
        """The pathway, with its technique loaded."""
        return resolve_pathway(next(p for p in self.audit.pathways if p.name == self.trial.pathway))

    @property
    def is_baseline(self) -> bool:
        """Whether the trial measures the untouched model, for all of that model's trajectories."""
        return self.trial.pathway == BASELINE

    def run(self, observe: Observe) -> TrialResult:
        """Run it; see `run_trial`."""
        return run_trial(self, observe)


@dataclass(frozen=True, slots=True)
class TrialResult:
    """What a worker reports of a finished trial, beside the files it left.

    Attributes:
        model_digest: Digest of the loaded model.
        seconds: Wall clock by part.
    """

    model_digest: str
    seconds: Mapping[str, float]


Observe = Callable[[int], None]
"""Told the step reached, each time a checkpoint has been measured."""


@dataclass
class Stopwatch:
    """Wall clock by part of a trial."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        """Book the time of the block under `name`."""
        begin = time.perf_counter()
        try:
            yield
        finally:
            passed = max(0.0, time.perf_counter() - begin)  # no clock is trusted to go forward
            self.seconds[name] = self.seconds.get(name, 0.0) + passed


def run_trial(task: TrialTask, observe: Observe) -> TrialResult:
    """Run a trial and leave its files in `task.attempt`.

    Args:
        task: What to run.
        observe: Called with the step after each measured checkpoint.

    Returns:
        The model's digest and where the time went.

    Raises:
        HoldfastError: If the model, the corpus or the training gives no usable result.
    """
    from holdfast.models import load_model  # imports torch

    watch = Stopwatch()
    scratch = task.attempt / "scratch"
    scratch.mkdir()
    with watch.part("train"):
        inputs = contributions(task, scratch)
    with watch.part("start_up"):
        model = load_model(task.model, device=task.device)
        corpus = _corpus(task)
    digest = model.digest.digest
    trial = _Measuring(task, model, corpus, inputs, watch, observe)
    trial.run()
    with watch.part("start_up"):
        # The reference is the untouched model: loaded again only now, so that one model is in memory.
        trial.model = model = None  # type: ignore[assignment]  # frees the weights
        reference = load_model(task.model, device=task.device)
    with watch.part("reference"):
        trial.score_reference(reference)
    shutil.rmtree(trial.scratch)  # tampered weights: if they cannot be deleted, that must be known
    return TrialResult(digest, watch.seconds)


def _corpus(task: TrialTask) -> Sequence[Example]:
    spec = task.pathway.spec.corpus
    return load_corpus(spec) if spec else ()


@dataclass
class _Measuring:
    task: TrialTask
    model: Any
    corpus: Sequence[Example]
    inputs: Mapping[str, Contribution]
    watch: Stopwatch
    observe: Observe
    rows: list[CheckpointRow] = field(default_factory=list)
    judged: dict[str, Generation] = field(default_factory=dict)
    snapshots: dict[int, Snapshot] = field(default_factory=dict)
    heldout_at: set[int] = field(default_factory=set)
    varied_at: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.pathway = self.task.pathway
        self.moves = self.task.trial.schedule.total_steps > 0
        seed, whole = self.task.trial.seed, measures_model(self.pathway)
        self.asked = Questionnaire(self.task.audit, self.task.benchmarks, seed, whole, self.pathway.spec.ask)
        self.searches: dict[str, AnchorSearch] = {}
        self.scratch = self.task.attempt / "scratch"
        self.corpora = {role: load_corpus(spec) for role, spec in self.pathway.spec.corpora.items()}

    def run(self) -> None:
        schedule = self.task.trial.schedule
        for checkpoint in self._checkpoints(schedule, start=None):
            with self.watch.part("generate"):
                scores = self.asked.selection(checkpoint.subject)
            self._watch_goals(checkpoint.step, scores)
            self._measure(checkpoint, scores, "start" if checkpoint.step == 0 else "step")
            self._keep_snapshot(checkpoint)
            self.observe(checkpoint.step)
        self._require_whole(schedule)
        if self.moves:
            for goal in self.asked.goals:
                self._refine(goal)
        with self.watch.part("store"):
            write_checkpoints(self.task.attempt / "spend.parquet", self.rows)

    def _require_whole(self, schedule: Schedule) -> None:
        measured = tuple(row.step for row in self.rows)
        if measured != schedule.measure_at:
            raise TrialError(
                f"technique {self.pathway.spec.technique!r} gave checkpoints at steps {list(measured)}, "
                f"not at {list(schedule.measure_at)}",
                next_step="its `run` must yield one at each step of `trial.schedule.measure_at`",
            )

    def _checkpoints(self, schedule: Schedule, start: Snapshot | None) -> Iterator[Checkpoint]:
        context = TrialContext(
            model=self.model,
            corpus=self.corpus,
            config=self.pathway.config,
            seed=self.task.trial.seed,
            schedule=schedule,
            scratch=self.scratch,
            start=start,
            inputs=self.inputs,
            models=self.pathway.spec.models,
            corpora=self.corpora,
        )
        with closing(self.pathway.technique.run(context)) as checkpoints:
            while True:
                with self.watch.part("train"):
                    checkpoint = next(checkpoints, None)
                if checkpoint is None:
                    return
                yield checkpoint

    def _watch_goals(self, step: int, scores: SelectionScores) -> None:
        """Book the scores of one more step; the first, of the untouched model, says what relative goals ask.

        A goal relative to the best of all pathways has no search: its target is known when all trials are.
        """
        for goal in self.asked.goals:
            score = scores.value(goal)
            if step == 0 and (target := goal_target(goal, base=score)) is not None:
                self.searches[goal.name] = AnchorSearch(target)
            if goal.name in self.searches:
                self.searches[goal.name].add(step, score)

    def _measure(self, checkpoint: Checkpoint, scores: SelectionScores, at: str) -> None:
        generations = list(scores.generations)
        # The untouched model is measured once, by the baseline trial: a training's start only looks at goals.
        if not (self.moves and checkpoint.step == 0):
            step = checkpoint.step
            last = step == self.task.trial.schedule.total_steps or self._anchors_unknown
            near_goal = any(search.scores[step] >= search.target for search in self.searches.values())
            is_anchor = any(search.anchor() == step for search in self.searches.values())
            generations += self._ask(checkpoint, self.asked.everywhere)
            if last or near_goal:
                generations += self._ask(checkpoint, self.asked.at_goals)
                self.heldout_at.add(step)
            if last or is_anchor:
                generations += self._ask(checkpoint, self.asked.variants)
                self.varied_at.add(step)
        self._store(checkpoint, generations, at)

    @property
    def _anchors_unknown(self) -> bool:
        return any(goal.relative_to is Yardstick.BEST for goal in self.asked.goals)

    def _ask(self, checkpoint: Checkpoint, benchmarks: Sequence[Benchmark]) -> list[Generation]:
        with self.watch.part("generate"):
            return self.asked.ask(checkpoint.subject, benchmarks, Split.HELDOUT)

    def _store(self, checkpoint: Checkpoint, generations: Sequence[Generation], at: str) -> None:
        require_finite_loss(checkpoint)
        index = len(self.rows)
        spend = checkpoint.attack_spend() if checkpoint.attack_spend else checkpoint.spend
        if self.pathway.spec.tried is not None:  # whoever searched has paid for every try
            spend = in_sequence([self.pathway.spec.tried, spend])
        self.rows.append(CheckpointRow(index, checkpoint.step, at, checkpoint.loss, _forward(spend)))
        self.judged.update((g.id, g) for g in generations if g.kind in JUDGED_KINDS)
        with self.watch.part("store"):
            write_generations(self.task.attempt / f"generations-{index:03d}.parquet", index, generations)

    # --- anchors -------------------------------------------------------------------------------------

    def _keep_snapshot(self, checkpoint: Checkpoint) -> None:
        if not self.searches or checkpoint.snapshot is None:
            return
        with self.watch.part("store"):
            directory = self.scratch / f"step-{checkpoint.step}"
            self.snapshots[checkpoint.step] = checkpoint.snapshot(directory)
            # Refinement only ever restarts from the left end of a bracket.
            needed = min(search.restart_from() for search in self.searches.values())
            for step in [s for s in self.snapshots if s < needed]:
                shutil.rmtree(self.snapshots.pop(step).directory)

    def _refine(self, goal: Goal) -> None:
        search = self.searches.get(goal.name)
        if search is None:
            return
        while (probe := search.next_probe()) is not None:
            self._probe(goal, probe)
        anchor = search.anchor()
        if anchor is not None and anchor > 0 and anchor not in self.heldout_at & self.varied_at:
            self._probe(goal, anchor)

    def _probe(self, goal: Goal, step: int) -> None:
        start = self.snapshots[max(s for s in self.snapshots if s < step)]
        total = self.task.trial.schedule.total_steps
        for checkpoint in self._checkpoints(Schedule(total, (step,)), start):
            with self.watch.part("generate"):
                scores = self.asked.selection(checkpoint.subject)
            self.searches[goal.name].add(step, scores.value(goal))
            if self.searches[goal.name].anchor() == step:
                self._measure_anchor(checkpoint, scores, goal)
            else:  # it is kept all the same: the bracket's left end is known from it
                self._store(checkpoint, scores.generations, f"anchor:{goal.name}")
            self._keep_snapshot(checkpoint)

    def _measure_anchor(self, checkpoint: Checkpoint, scores: SelectionScores, goal: Goal) -> None:
        generations = [*scores.generations]
        for benchmarks in (self.asked.everywhere, self.asked.at_goals, self.asked.variants):
            generations += self._ask(checkpoint, benchmarks)
        self.heldout_at.add(checkpoint.step)
        self.varied_at.add(checkpoint.step)
        self._store(checkpoint, generations, f"anchor:{goal.name}")

    # --- the reference -------------------------------------------------------------------------------

    def score_reference(self, reference: Any) -> None:
        """Write the likelihood, under the untouched model, of every judged answer (and of sound ones)."""
        # The same answer to the same prompt at several checkpoints, or among samples, is scored once.
        asked = list(dict.fromkeys((g.item.messages, g.answer.text) for g in self.judged.values()))
        found = reference.score([messages for messages, _ in asked], [text for _, text in asked])
        logprobs = dict(zip(asked, found, strict=True))
        write_reference(
            self.task.attempt / "reference.parquet",
            {key: logprobs[g.item.messages, g.answer.text] for key, g in self.judged.items()},
        )
        if self.task.is_baseline:
            answers, prompts = gold_answers(self.task.audit, self.task.benchmarks)
            scored = reference.score(prompts, [a.text for a in answers])
            write_sound(
                self.task.attempt / "sound.parquet",
                [replace(a, reference_logprob=s) for a, s in zip(answers, scored, strict=True)],
            )


def _forward(spend: Spend) -> Spend:
    """Return a spend whose time, and the money for it, is not below 0: no clock is trusted to go forward."""
    usd = None if spend.usd is None else max(0.0, spend.usd)
    return replace(spend, device_seconds=max(0.0, spend.device_seconds), usd=usd)
