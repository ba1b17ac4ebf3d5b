"""A search as work for a worker: try after try, each journaled before the next."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from holdfast.auditing.execution.asking import Questionnaire
from holdfast.auditing.execution.executor import is_the_machine, ran_out_of_memory, told
from holdfast.auditing.execution.trial import Observe, Stopwatch, TrialResult, TrialTask
from holdfast.auditing.planner import resolve_pathway
from holdfast.auditing.search.examining import Examiner
from holdfast.auditing.search.journal import Journal, read_tries
from holdfast.auditing.search.outcome import try_record
from holdfast.auditing.search.prompts import search_prompts
from holdfast.auditing.search.sampling import propose
from holdfast.auditing.search.space import with_choice, written_choice
from holdfast.auditing.search.trying import SeedPath, Terms, follow
from holdfast.domain import (
    AuditSpec,
    Benchmark,
    JudgeContext,
    Objective,
    PathwaySpec,
    SearchSpec,
    SoundAnswer,
    TrialSpec,
    TryRecord,
)
from holdfast.judges import build_judges, form_panels, judge_digest
from holdfast.store import content_digest, content_key


@dataclass(frozen=True)
class SearchTask:
    """One search: a model, a pathway whose options are searched, and how.

    Attributes:
        model: Model name.
        audit: The audit.
        benchmarks: Its benchmarks by name.
        trial: The first trial that will run the winner: its key says what the search depends on.
        sound: Answers that coherence is calibrated on.
        journal: Where its tries are written.
        device: `cpu` or `cuda`.
    """

    model: str
    audit: AuditSpec
    benchmarks: Mapping[str, Benchmark]
    trial: TrialSpec
    sound: tuple[SoundAnswer, ...]
    journal: Path
    device: str

    @property
    def key(self) -> str:
        """What names it among the work of an executor."""
        return f"{self.model}/{self.trial.pathway}"

    @property
    def pathway(self) -> PathwaySpec:
        """The pathway, with its search."""
        return next(p for p in self.audit.pathways if p.name == self.trial.pathway)

    @property
    def search(self) -> SearchSpec:
        """The protocol."""
        search = self.pathway.search
        assert search is not None, f"{self.trial.pathway} has no search"
        return search

    @property
    def scratch(self) -> Path:
        """Where a try works; gone when it is over."""
        return self.journal.with_suffix(".scratch")

    def clear(self) -> None:
        """Delete what a try left, or a kill: tampered weights; that they cannot be deleted must be known."""
        if self.scratch.exists():
            shutil.rmtree(self.scratch)

    def run(self, observe: Observe) -> TrialResult:
        """Make the tries that are still missing.

        Args:
            observe: Called with the number of tries made, after each.

        Raises:
            HoldfastError: If the model cannot be loaded or asked, or the journal is damaged.
        """
        from holdfast.models import load_model  # imports torch

        watch = Stopwatch()
        with watch.part("start_up"):
            judges = build_judges(self.audit.judges, JudgeContext(dict(self.benchmarks), self.sound))
            prompts = search_prompts(self.audit, self.benchmarks)
            examiner = Examiner(prompts, form_panels(judges)[0])
            journal = Journal.open(self.journal, self._rests_on([judge_digest(judge) for judge in judges]))
            untouched = load_model(
                next(m for m in self.audit.models if m.name == self.model), device=self.device
            )
            asked = Questionnaire(self.audit, prompts.by_name, self.search.seeds[0], whole=True)
            useful = examiner.usefulness(untouched, asked)
            start = examiner.examine(0, untouched, asked, useful)
            digest = untouched.digest.digest
            del untouched  # one model is in memory
        terms = Terms(self.search, self.audit.break_rule, useful, start)
        tries = list(read_tries(self.journal))
        written = written_choice(self.pathway, resolve_pathway(self.pathway).config.model_dump(mode="json"))
        while len(tries) < self.search.tries:
            with watch.part("train"):
                options = propose(self.search, tries, written)
                record = self._attempt(len(tries) + 1, options, examiner, terms, _best_price(tries))
            journal.append(record)
            tries.append(record)
            observe(record.number)
        return TrialResult(digest, watch.seconds)

    def _rests_on(self, judges: Sequence[str]) -> str:
        return content_key({"trial": self.trial.key, "judges": judges, "sound": content_digest(self.sound)})

    def _attempt(
        self,
        number: int,
        options: Mapping[str, Any],
        examiner: Examiner,
        terms: Terms,
        best: float | None,
    ) -> TryRecord:
        """Run a try; whatever it raises fails the try, unless the machine is to blame."""
        paths: list[SeedPath] = []
        scratch = self.scratch
        self.clear()
        limit = best if terms.search.objective is Objective.BREAK else None
        try:
            tried = with_choice(self.pathway, options)
            resolve_pathway(tried)  # options that exclude each other fail the try before anything is paid
            for seed in self.search.seeds:
                paths.append(SeedPath())
                follow(self._trial(tried, seed, scratch / str(seed)), examiner, terms, limit, paths[-1])
                if _settled(paths[-1], terms):
                    break
        except Exception as error:  # any plug-in may raise anything; the try fails visibly
            if is_the_machine(error) and not ran_out_of_memory(error):
                raise
            return try_record(number, options, paths, terms, _in_a_line(error))
        finally:
            self.clear()
        return try_record(number, options, paths, terms)

    def _trial(self, tried: PathwaySpec, seed: int, scratch: Path) -> TrialTask:
        others = tuple(p for p in self.audit.pathways if p.name != tried.name)
        return TrialTask(
            trial=replace(self.trial, key=f"{self.key}/{seed}", seed=seed),
            audit=replace(self.audit, pathways=(*others, tried)),
            benchmarks=self.benchmarks,
            attempt=scratch,
            device=self.device,
        )


def _settled(path: SeedPath, terms: Terms) -> bool:
    """Return whether further seeds cannot change how a try ends."""
    if terms.search.objective is Objective.BREAK:
        return not path.broke
    return path.hopeless


def _best_price(tries: Sequence[TryRecord]) -> float | None:
    return min((each.price for each in tries if each.price is not None), default=None)


def _in_a_line(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"options that exclude each other: {'.'.join(map(str, first['loc']))}: {first['msg']}"
    return told(error).splitlines()[0]
