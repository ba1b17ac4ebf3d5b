"""From `audit.yaml` to a resolved configuration, with every problem reported at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import TypeVar

from holdfast.auditing.config.benchmarks import NamedBenchmark, capability_name, read_benchmark, read_goal
from holdfast.auditing.config.beside import check_inputs
from holdfast.auditing.config.calibration import read_calibration
from holdfast.auditing.config.decoding import read_decoding
from holdfast.auditing.config.digest import audit_digest
from holdfast.auditing.config.document import KeyPath, read_document
from holdfast.auditing.config.doses import check_doses, read_doses
from holdfast.auditing.config.models import read_model
from holdfast.auditing.config.multiverse import (
    Given,
    NamedMultiverse,
    default_multiverse,
    read_multiverse,
)
from holdfast.auditing.config.pathways import floor_without, read_pathway
from holdfast.auditing.config.problems import Problems
from holdfast.auditing.config.schema import AuditSection, BreakSection
from holdfast.auditing.config.search import check_winners, halve_for_search, with_winners
from holdfast.auditing.config.sections import Named, Parsed, check_unique, named_entries, parse_section
from holdfast.auditing.planner import load_judge, panel_names
from holdfast.data import quoted, resolve_use
from holdfast.domain import AuditSpec, BenchmarkKind, BreakRule, PluginError

T = TypeVar("T")
_REFUSAL_STRINGS = "refusal-strings"


def load_config(path: Path | None) -> AuditSpec:
    """Read a configuration and all data it names; nothing is trained, loaded or written.

    Args:
        path: A YAML file; paths in it are relative to it. None reads the embedded audit.

    Returns:
        The configuration, resolved: paths absolute, defaults filled in, the zero-spend pathways added, data
        digested.

    Raises:
        ConfigError: If anything is wrong with the configuration or its data: every problem at once, with
            file, line, value and a did-you-mean.
    """
    if path is not None:
        return _load(path)
    with as_file(files("holdfast.auditing.config") / "embedded.yaml") as embedded:
        return _load(embedded)


def _load(path: Path) -> AuditSpec:
    findings = Problems(read_document(path))
    parsed = parse_section(AuditSection, findings.document.values, (), findings)
    section = parsed.section
    models = _each(section.models, parsed.at("models"), lambda raw, at: read_model(raw, at, findings))
    benchmarks = _each(
        section.benchmarks, parsed.at("benchmarks"), lambda raw, at: read_benchmark(raw, at, findings)
    )
    goals = _each(section.goals, parsed.at("goals"), lambda raw, at: read_goal(raw, at, benchmarks, findings))
    utility = _each(
        section.utility, parsed.at("utility"), lambda raw, at: capability_name(raw, at, benchmarks, findings)
    )
    written = _each(
        section.pathways, parsed.at("pathways"), lambda raw, at: read_doses(raw, at, findings, read_pathway)
    )
    check_inputs(written, parsed.at("pathways"), findings)
    pathways = check_doses(written, parsed.at("pathways"), findings)
    check_winners(written, parsed.at("pathways"), findings)
    if any(pathway.search for pathway in pathways):
        benchmarks = halve_for_search(benchmarks, utility, parsed.at("benchmarks"), findings)
    judges = _with_refusal_strings(_judges(section.judges, parsed.at("judges"), findings))
    seeds = _seeds(section.seeds, parsed.at("seeds"), findings)
    rule = _break_rule(parsed, findings)
    loaded = [b.loaded for b in benchmarks if b.loaded is not None]
    decoding = read_decoding(section.decoding, parsed.at("decoding"), loaded, findings)
    _check_names(parsed, benchmarks, utility, findings)
    specs = [b.spec for b in benchmarks if b.spec is not None]
    if specs and len(specs) == len(benchmarks) and all(s.kind is not BenchmarkKind.SAFETY for s in specs):
        hint = "add prompts that a safe model refuses, with kind: safety"
        findings.add(parsed.at("benchmarks"), "no benchmark has the kind safety", hint)
    if section.judges == [_REFUSAL_STRINGS]:
        hint = "judges: [coherence, refusal, target]"
        findings.add(parsed.at("judges"), f"{_REFUSAL_STRINGS} alone decides nothing", hint)
    panels = _panels(judges)
    multiverse = _multiverse(parsed, Given(benchmarks, panels, decoding), findings)
    calibration = None
    if parsed.has("calibration"):
        calibration = read_calibration(section.calibration, parsed.at("calibration"), panels, findings)
    findings.raise_if_any()
    spec = AuditSpec(
        name=section.name,
        models=tuple(models),
        goals=tuple(goals),
        benchmarks=(*(b.spec for b in benchmarks if b.spec is not None), *multiverse.variants),
        pathways=(*floor_without(pathways), *with_winners(pathways, seeds)),
        judges=tuple(judges),
        utility=tuple(utility),
        seeds=tuple(seeds),
        break_rule=rule,
        decoding=decoding,
        calibration=calibration,
        multiverse=multiverse.spec,
    )
    return replace(spec, digest=audit_digest(spec))


def _each(entries: Sequence[object], path: KeyPath, read: Callable[[object, KeyPath], T]) -> list[T]:
    return [read(entry, (*path, i)) for i, entry in enumerate(entries)]


def _with_refusal_strings(names: Sequence[str]) -> list[str]:
    # What the field's usual judge would have concluded stands beside every conclusion.
    return [*names] if _REFUSAL_STRINGS in names else [*names, _REFUSAL_STRINGS]


def _judges(written: Sequence[object], path: KeyPath, findings: Problems) -> list[str]:
    names: list[str] = []
    for i, entry in enumerate(written):
        at = (*path, i)
        if not isinstance(entry, str):
            findings.add(at, f"a judge must be a name, got {quoted(entry)}")
            continue
        name = resolve_use(entry, findings.root)
        if name in names:
            findings.add(at, f"judge {quoted(entry)} is named twice")
            continue
        names.append(name)
        try:
            load_judge(name)
        except PluginError as error:
            findings.add_plugin(at, error)
    return names


def _panels(judges: Sequence[str]) -> list[str]:
    """Return the panels that judges form; none where one of them cannot be used, which is said already."""
    try:
        return panel_names(judges)
    except PluginError:
        return []


def _multiverse(parsed: Parsed[AuditSection], given: Given, findings: Problems) -> NamedMultiverse:
    if not parsed.has("multiverse"):
        return default_multiverse(given)
    return read_multiverse(parsed.section.multiverse, parsed.at("multiverse"), given, findings)


def _seeds(written: object, path: KeyPath, findings: Problems) -> list[int]:
    if isinstance(written, int) and not isinstance(written, bool):
        if written >= 1:
            return list(range(written))
        findings.add(path, f"must be at least 1, got {written}", "a number of seeds, or a list of them")
        return []
    if isinstance(written, list) and written:
        seeds = [s for s in written if isinstance(s, int) and not isinstance(s, bool) and s >= 0]
        if len(seeds) == len(set(seeds)) == len(written):
            return seeds
    message = f"must be a number of seeds or a list of different whole numbers from 0, got {quoted(written)}"
    findings.add(path, message)
    return []


def _break_rule(parsed: Parsed[AuditSection], findings: Problems) -> BreakRule:
    if not parsed.has("break_"):
        return BreakRule()
    section = parse_section(BreakSection, parsed.section.break_, parsed.at("break_"), findings).section
    return BreakRule(section.harm, section.coherent, section.utility)


def _check_names(
    parsed: Parsed[AuditSection],
    benchmarks: Sequence[NamedBenchmark],
    utility: Sequence[str],
    findings: Problems,
) -> None:
    section = parsed.section
    for key, entries in (
        ("models", section.models),
        ("goals", section.goals),
        ("pathways", section.pathways),
    ):
        check_unique(named_entries(entries, parsed.at(key)), findings)
    # A benchmark in a goal bears the goal's name: where two goals share one, that is said already.
    goals = [named.name for named in named_entries(section.goals, parsed.at("goals"))]
    twice = {name for name in goals if goals.count(name) > 1}
    check_unique([Named(b.name, b.path) for b in benchmarks if b.name and b.name not in twice], findings)
    for i, name in enumerate(utility):
        if name and name in utility[:i]:
            findings.add((*parsed.at("utility"), i), f"benchmark {name!r} is named twice")
