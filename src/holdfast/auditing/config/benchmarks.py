"""Benchmarks, goals and utility as configured: resolved, and their rows read once to see that they hold."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace

from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems
from holdfast.auditing.config.schema import (
    BenchmarkSection,
    GoalSection,
    RelativeGoalSection,
    TargetSection,
)
from holdfast.auditing.config.sections import Parsed, enum_member, missing, parse_section
from holdfast.auditing.config.sources import find_source
from holdfast.data import (
    BENCHMARK_FIELDS,
    SCORERS,
    load_benchmark,
    plugin_benchmark,
    quoted,
    rows_digest,
)
from holdfast.domain import (
    Benchmark,
    BenchmarkKind,
    BenchmarkSpec,
    DataError,
    DataSource,
    Goal,
    PluginError,
    Yardstick,
    did_you_mean,
)

CAPABILITY = BenchmarkKind.CAPABILITY


@dataclass(frozen=True, slots=True)
class NamedBenchmark:
    """A benchmark somewhere in the configuration.

    Attributes:
        name: Its name; empty if it has none.
        path: Where it is.
        kind: Its kind; None if unknown.
        spec: The resolved benchmark, its rows digested; None if something is wrong with it.
        loaded: Its rows; None if they cannot be read.
    """

    name: str
    path: KeyPath
    kind: BenchmarkKind | None = None
    spec: BenchmarkSpec | None = None
    loaded: Benchmark | None = None


def read_benchmark(
    raw: object,
    path: KeyPath,
    findings: Problems,
    *,
    default_name: str = "",
    default_kind: BenchmarkKind | None = None,
) -> NamedBenchmark:
    """Read one benchmark and its rows.

    Args:
        raw: What the document holds there.
        path: Where that is.
        findings: Grows by what is wrong.
        default_name: Its name where none is written; empty requires one.
        default_kind: Its kind where none is written; None requires one of files.

    Returns:
        The benchmark, as far as it could be resolved.
    """
    parsed = parse_section(BenchmarkSection, raw, path, findings)
    name = parsed.section.name or default_name
    if not name and isinstance(raw, dict) and not parsed.has("name"):
        missing("name", raw, path, findings)
    source = find_source(parsed, BENCHMARK_FIELDS, findings)
    kind = _kind(parsed, source, default_kind, findings)
    scorer = _scorer(parsed, findings)
    if source is None or kind is None:
        return NamedBenchmark(name, path, kind)
    spec = BenchmarkSpec(name, source, kind, scorer)
    try:
        loaded = load_benchmark(spec)
    except DataError as error:
        findings.add_data(error, parsed.at("path") if parsed.has("path") else path)
        return NamedBenchmark(name, path, kind)
    except PluginError as error:
        findings.add_plugin(parsed.at("use"), error)
        return NamedBenchmark(name, path, kind)
    digested = replace(source, digest=rows_digest(loaded.items))
    return NamedBenchmark(name, path, kind, replace(spec, source=digested, scorer=loaded.scorer), loaded)


def read_goal(raw: object, path: KeyPath, benchmarks: list[NamedBenchmark], findings: Problems) -> Goal:
    """Read one goal; a benchmark written in place joins `benchmarks` under the goal's name.

    Args:
        raw: What the document holds there.
        path: Where that is.
        benchmarks: Benchmarks so far.
        findings: Grows by what is wrong.
    """
    relative = isinstance(raw, dict) and isinstance(raw.get("target"), dict)
    if relative:
        parsed: Parsed[GoalSection | RelativeGoalSection] = parse_section(
            RelativeGoalSection, raw, path, findings
        )
    else:
        parsed = parse_section(GoalSection, raw, path, findings)
    section, name = parsed.section, ""
    if parsed.has("benchmark"):
        place = parsed.at("benchmark")
        name = capability_name(section.benchmark, place, benchmarks, findings, default_name=section.name)
    if not relative:
        return Goal(section.name, name, section.target)
    target = parse_section(TargetSection, section.target, parsed.at("target"), findings)
    yardstick = _yardstick(target, findings)
    return Goal(section.name, name, target.section.share, yardstick)


def _yardstick(target: Parsed[TargetSection], findings: Problems) -> Yardstick | None:
    written, share = target.section.relative_to, target.section.share
    if written is None:
        return None
    yardstick = enum_member(written, Yardstick, target.at("relative_to"), findings)
    if yardstick is Yardstick.BEST and share > 1:
        findings.add(target.at("share"), f"must be at most 1, got {share:g}", "nothing is above the best")
    return yardstick


def capability_name(
    raw: object,
    path: KeyPath,
    benchmarks: list[NamedBenchmark],
    findings: Problems,
    *,
    default_name: str = "",
) -> str:
    """Return the name of a capability benchmark that is named, or written in place and so joins `benchmarks`.

    Args:
        raw: A name or a section.
        path: Where it is.
        benchmarks: Benchmarks so far.
        findings: Grows if it is unknown, or measures no capability.
        default_name: Its name where it is written in place without one.
    """
    if isinstance(raw, str):
        known = {b.name: b for b in benchmarks if b.name}
        if raw not in known:
            findings.add(path, f"unknown benchmark {quoted(raw)}", did_you_mean(raw, known))
            return raw
        benchmark = known[raw]
    else:
        benchmark = read_benchmark(raw, path, findings, default_name=default_name, default_kind=CAPABILITY)
        benchmarks.append(benchmark)
    if benchmark.kind not in (None, CAPABILITY):
        hint = "only capability benchmarks have scores"
        findings.add(path, f"{benchmark.name!r} is a {benchmark.kind} benchmark, not capability", hint)
    return benchmark.name


def _kind(
    parsed: Parsed[BenchmarkSection],
    source: DataSource | None,
    default: BenchmarkKind | None,
    findings: Problems,
) -> BenchmarkKind | None:
    if parsed.section.kind is not None:
        return enum_member(parsed.section.kind, BenchmarkKind, parsed.at("kind"), findings)
    if source is not None and source.use is not None:
        try:
            return plugin_benchmark(source.use).kind
        except PluginError as error:
            findings.add_plugin(parsed.at("use"), error)
            return None
    if default is None and not parsed.has("kind") and not parsed.has("use"):
        hint = "one of " + ", ".join(BenchmarkKind)
        findings.add(parsed.path, "key 'kind' is missing", hint, of_key=True)
    return default


def _scorer(parsed: Parsed[BenchmarkSection], findings: Problems) -> str | None:
    written = parsed.section.scorer
    if written is None or written in SCORERS:
        return written
    findings.add(parsed.at("scorer"), f"unknown scorer {quoted(written)}", did_you_mean(written, SCORERS))
    # Any scorer will do to look at the rows: which one was meant decides nothing any more.
    return (difflib.get_close_matches(written, SCORERS, n=1) or ["exact"])[0]
