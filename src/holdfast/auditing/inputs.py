"""An audit's inputs: read, planned, and written before any data exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from holdfast.auditing.config import load_config
from holdfast.auditing.planner import make_plan, primary_judge, variant_names
from holdfast.data import Leak, find_leaks, load_benchmark, load_corpus
from holdfast.decide import default_policy
from holdfast.domain import (
    AuditSpec,
    Benchmark,
    ConfigError,
    CorpusSpec,
    ModelError,
    PathwaySpec,
    Plan,
    Problem,
    RunError,
    Split,
)
from holdfast.domain.regimes import REGIMES
from holdfast.models import check_source
from holdfast.store import RunDirectory, plain, read_record, write_atomic, write_benchmarks, write_json

_BEFORE_PLAN = (".lock", "policy.yaml", "config.yaml", "items.parquet")


LEAK_LIMIT = 0.05
"""Past this share of rows of a benchmark's part that a corpus gives away, "did not break" cannot be said."""


@dataclass(frozen=True, slots=True)
class GivenAway:
    """Rows of one benchmark that the corpora of one pathway, or of what it builds on, give away.

    Attributes:
        pathway: The pathway's name.
        said: What is given away, in words.
        past_limit: Whether it is more than `LEAK_LIMIT` of the selection or of the held-out rows.
    """

    pathway: str
    said: str
    past_limit: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """An audit ready to run.

    Attributes:
        plan: Its plan.
        benchmarks: Its benchmarks by name.
        given_away: What corpora give away, in order of pathways and benchmarks.
    """

    plan: Plan
    benchmarks: Mapping[str, Benchmark]
    given_away: tuple[GivenAway, ...] = ()

    @property
    def leaks(self) -> tuple[str, ...]:
        """What corpora give away, in words; empty if they give nothing away."""
        return tuple(given.said for given in self.given_away)


def prepare(config: Path | None) -> Prepared:
    """Read a configuration and plan its trials; writes nothing, trains nothing.

    Args:
        config: The configuration file; a run directory, whose plan holds its configuration; None for the
            embedded audit.

    Raises:
        ConfigError: With every problem of the configuration.
        RunError: If the directory holds no plan.
    """
    spec = _spec_of(config) if config is not None and config.is_dir() else load_config(config)
    _check_models(spec, str(config or "the embedded audit"))
    benchmarks = {b.name: load_benchmark(b) for b in spec.benchmarks}
    plan = make_plan(spec)
    if config is not None and config.is_dir():
        # The digest is of the file it was begun with; keys of trials tell whether models or data changed.
        plan = replace(plan, audit=replace(plan.audit, digest=spec.digest))
    return Prepared(plan, benchmarks, tuple(_given_away(spec, benchmarks)))


def _spec_of(run: Path) -> AuditSpec:
    """Return the configuration that a run was begun with."""
    plan = run / "plan.json"
    if not plan.exists():
        raise RunError(
            f"{run} is no run directory: it holds no plan.json",
            next_step="give a configuration file, or the directory that an audit was begun in",
        )
    return read_record(plan, Plan).audit


def _given_away(spec: AuditSpec, benchmarks: Mapping[str, Benchmark]) -> Iterator[GivenAway]:
    varied = variant_names(spec)  # they ask the same rows again
    pathways = {pathway.name: pathway for pathway in spec.pathways}
    for pathway in spec.pathways:
        corpora = {where: load_corpus(each) for where, each in _corpora(pathway, pathways)}
        for benchmark in (b for name, b in benchmarks.items() if name not in varied):
            found = {where: find_leaks(corpus, benchmark) for where, corpus in corpora.items()}
            leaks = {where: each for where, each in found.items() if each}
            if leaks:
                yield GivenAway(
                    pathway.name, _in_words(leaks, benchmark, pathway.name), _past_limit(leaks, benchmark)
                )


def _corpora(pathway: PathwaySpec, pathways: Mapping[str, PathwaySpec]) -> Iterator[tuple[str, CorpusSpec]]:
    """Yield every corpus that has a part in a pathway, by where it stands.

    Those that are never trained on count too: they may steer what is done. Those a search may choose among do
    because it will choose one.
    """
    if pathway.corpus is not None:
        yield f"the corpus of {pathway.name}", pathway.corpus
    for role, corpus in pathway.corpora.items():
        yield f"corpora.{role} of {pathway.name}", corpus
    if pathway.search is not None:
        for number, corpus in enumerate(pathway.search.corpora, 1):
            yield f"corpus {number} of the search of {pathway.name}", corpus
    for name in pathway.inputs:
        yield from _corpora(pathways[name], pathways)


def _in_words(leaks: Mapping[str, Sequence[Leak]], benchmark: Benchmark, pathway: str) -> str:
    places = [_place(where, each) for where, each in leaks.items()]
    parts = " and ".join(sorted({f"{leak.through}s" for each in leaks.values() for leak in each}))
    builds = "" if all(where.endswith(f" of {pathway}") for where in leaks) else f" ({pathway} builds on it)"
    return (
        f"{benchmark.name}: {len(_leaked(leaks))} of {len(benchmark.items)} rows occur in "
        f"{' and in '.join(places)}{builds}, by their {parts}: there it measures what was memorised"
    )


def _place(where: str, leaks: Sequence[Leak]) -> str:
    shown = ", ".join(leak.item for leak in leaks[:3]) + (" ..." if len(leaks) > 3 else "")
    return f"{where} ({shown})"


def _leaked(leaks: Mapping[str, Sequence[Leak]]) -> set[str]:
    return {leak.item for each in leaks.values() for leak in each}


def _past_limit(leaks: Mapping[str, Sequence[Leak]], benchmark: Benchmark) -> bool:
    leaked = _leaked(leaks)
    parts = [benchmark.part(split) for split in Split]
    return any(sum(item.id in leaked for item in part) > LEAK_LIMIT * len(part) for part in parts)


def _check_models(spec: AuditSpec, source: str) -> None:
    problems = []
    beside = (model for pathway in spec.pathways for model in pathway.models.values())
    for model in dict.fromkeys((*spec.models, *beside)):
        try:
            check_source(model)
        except ModelError as error:
            problems.append(Problem(error.args[0], source, hint=error.next_step))
    if problems:
        raise ConfigError(problems)


def _doubts(prepared: Prepared) -> dict[str, str]:
    """Return why "did not break" would say nothing of a pathway, by pathway."""
    doubts: dict[str, list[str]] = {}
    for given in prepared.given_away:
        if given.past_limit:
            doubts.setdefault(given.pathway, []).append(given.said)
    return {pathway: "; ".join(said) for pathway, said in doubts.items()}


def _learning(audit: AuditSpec) -> tuple[str, ...]:
    """Return the pathways that are there to learn a task: harmful rows, or texts, alone teach no goal."""
    if not audit.goals:
        return ()
    return tuple(p.name for p in audit.pathways if p.corpus and REGIMES[p.corpus.regime].teaches)


def default_directory(plan: Plan) -> Path:
    """Return `runs/<name>-<config digest>` below the working directory."""
    return Path("runs") / f"{plan.audit.name}-{plan.audit.digest[:8]}"


def refuse_other(run: RunDirectory, plan: Plan) -> None:
    """Refuse a directory that does not belong to this audit.

    Raises:
        RunError: If it holds another audit, or files that are none of ours.
    """
    path = run.file("plan.json")
    blocked = next((p for p in (run.path, *run.path.parents) if p.exists() and not p.is_dir()), None)
    if blocked is not None:
        raise RunError(f"{blocked} is a file, not a folder", next_step="give a new folder with -o")
    if not path.exists():
        if run.path.exists() and any(not _ours(file) for file in run.path.iterdir()):
            raise RunError(
                f"{run.path} is not empty and holds no audit",
                next_step="give an empty or new directory with -o",
            )
        return
    held = read_record(path, Plan)
    if held.audit.digest != plan.audit.digest or [t.key for t in held.trials] != [t.key for t in plan.trials]:
        changed = _what_changed(held, plan)
        raise RunError(
            f"{run.path} holds another audit ({held.audit.name!r}; what differs: {changed})",
            next_step="give another directory with -o, or go back to the configuration it was begun with",
        )


def _ours(file: Path) -> bool:
    # What a start that was killed before its plan was written may have left.
    return file.name in _BEFORE_PLAN or (file.name.startswith(".") and file.name.endswith(".part"))


def _what_changed(held: Plan, plan: Plan) -> str:
    ours, theirs = plain(plan.audit), plain(held.audit)
    parts = [key for key in ours if key != "digest" and ours[key] != theirs.get(key)]
    before = held.environment
    parts += [f"{k} {before.get(k)} -> {v}" for k, v in plan.environment.items() if before.get(k) != v]
    return ", ".join(parts) or "the weights of a model or a technique's source"


def write_inputs(run: RunDirectory, prepared: Prepared) -> None:
    """Write configuration, policy, rows and plan; where a plan is there already, the rows alone.

    The plan holds digests of the rows, so they are the same; a file that was cut or edited is mended by this.
    """
    run.path.mkdir(parents=True, exist_ok=True)
    write_benchmarks(run.file("items.parquet"), list(prepared.benchmarks.values()))
    if run.file("plan.json").exists():
        return
    audit = prepared.plan.audit
    longest = max((trial.schedule.total_steps for trial in prepared.plan.trials), default=0)
    plural = "" if longest == 1 else "s"
    budget = f"budgets of up to {longest} step{plural}" if longest else "zero spend"
    policy = default_policy(
        audit.break_rule,
        judge=primary_judge(audit),
        budget=budget,
        reach_goals=_learning(audit),
        doubts=_doubts(prepared),
    )
    write_atomic(run.file("policy.yaml"), yaml.safe_dump(policy.to_dict(), sort_keys=False))
    resolved = yaml.safe_dump(plain(audit), sort_keys=False, allow_unicode=True)
    write_atomic(run.file("config.yaml"), resolved)
    # The plan comes last: where it is, the other inputs are whole.
    write_json(run.file("plan.json"), prepared.plan)
