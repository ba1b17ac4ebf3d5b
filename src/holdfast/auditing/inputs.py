"""An audit's inputs: read, planned, and written before any data exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from holdfast.auditing.config import load_config
from holdfast.auditing.planner import make_plan, primary_judge
from holdfast.data import find_leaks, load_benchmark, load_corpus
from holdfast.decide import default_policy
from holdfast.domain import (
    AuditSpec,
    Benchmark,
    ConfigError,
    ModelError,
    Plan,
    Problem,
    RunError,
)
from holdfast.models import check_source
from holdfast.store import RunDirectory, plain, read_record, write_atomic, write_benchmarks, write_json

_BEFORE_PLAN = (".lock", "policy.yaml", "config.yaml", "items.parquet")


@dataclass(frozen=True, slots=True)
class Prepared:
    """An audit ready to run.

    Attributes:
        plan: Its plan.
        benchmarks: Its benchmarks by name.
        leaks: Benchmark rows that a pathway's corpus gives away, in words; empty if there are none.
    """

    plan: Plan
    benchmarks: Mapping[str, Benchmark]
    leaks: tuple[str, ...] = ()


def prepare(config: Path | None) -> Prepared:
    """Read a configuration and plan its trials; writes nothing, trains nothing.

    Args:
        config: The configuration file; None for the embedded audit.

    Raises:
        ConfigError: With every problem of the configuration.
    """
    spec = load_config(config)
    _check_models(spec, str(config or "the embedded audit"))
    benchmarks = {b.name: load_benchmark(b) for b in spec.benchmarks}
    return Prepared(make_plan(spec), benchmarks, tuple(_leaks(spec, benchmarks)))


def _leaks(spec: AuditSpec, benchmarks: Mapping[str, Benchmark]) -> Iterator[str]:
    for pathway in spec.pathways:
        corpus = load_corpus(pathway.corpus) if pathway.corpus else ()
        for benchmark in benchmarks.values():
            found = find_leaks(corpus, benchmark)
            if found:
                shown = ", ".join(leak.item for leak in found[:3]) + (" ..." if len(found) > 3 else "")
                yield (
                    f"{benchmark.name}: {len(found)} of {len(benchmark.items)} rows occur in the corpus of "
                    f"{pathway.name} ({shown}): there it measures what was memorised"
                )


def _check_models(spec: AuditSpec, source: str) -> None:
    problems = []
    for model in spec.models:
        try:
            check_source(model)
        except ModelError as error:
            problems.append(Problem(error.args[0], source, hint=error.next_step))
    if problems:
        raise ConfigError(problems)


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
    """Write configuration, policy, rows and plan, unless a plan is there already."""
    if run.file("plan.json").exists():
        return
    audit = prepared.plan.audit
    longest = max((trial.schedule.total_steps for trial in prepared.plan.trials), default=0)
    plural = "" if longest == 1 else "s"
    budget = f"budgets of up to {longest} step{plural}" if longest else "zero spend"
    policy = default_policy(audit.break_rule, judge=primary_judge(audit), budget=budget)
    write_atomic(run.file("policy.yaml"), yaml.safe_dump(policy.to_dict(), sort_keys=False))
    resolved = yaml.safe_dump(plain(audit), sort_keys=False, allow_unicode=True)
    write_atomic(run.file("config.yaml"), resolved)
    write_benchmarks(run.file("items.parquet"), list(prepared.benchmarks.values()))
    # The plan comes last: where it is, the other inputs are whole.
    write_json(run.file("plan.json"), prepared.plan)
