"""The multiverse as configured: which benchmarks, judges, templates and decodings every claim is put to."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

from holdfast.auditing.config.benchmarks import NamedBenchmark
from holdfast.auditing.config.decoding import decoding_of
from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems
from holdfast.auditing.config.schema import DecodingSection, MultiverseSection
from holdfast.auditing.config.sections import Parsed, parse_section
from holdfast.data import PROMPT_PLACE, quoted
from holdfast.domain import BenchmarkKind, BenchmarkSpec, Decoding, MultiverseSpec, Variant, did_you_mean

LEAST_AXES = LEAST_LEVELS = 2


@dataclass(frozen=True, slots=True)
class Given:
    """What the rest of the configuration says.

    Attributes:
        benchmarks: Every benchmark, as far as it could be read.
        panels: The panels that its judges form, the primary one first; empty if unknown.
        decoding: How answers are drawn.
    """

    benchmarks: Sequence[NamedBenchmark]
    panels: Sequence[str]
    decoding: Decoding

    @property
    def safety(self) -> list[str]:
        """Names of the safety benchmarks."""
        return [b.name for b in self.benchmarks if b.kind is BenchmarkKind.SAFETY]


@dataclass(frozen=True, slots=True)
class NamedMultiverse:
    """A multiverse, and the benchmarks that it takes.

    Attributes:
        spec: Its levels; None where there are not two axes to vary.
        variants: Benchmarks asked in another way, one a combination of benchmark, template and decoding that
            is not a benchmark of the audit as it is.
    """

    spec: MultiverseSpec | None
    variants: tuple[BenchmarkSpec, ...] = field(default=())


def default_multiverse(given: Given) -> NamedMultiverse:
    """Return what is varied where nothing is written: all safety benchmarks and panels, if two of each."""
    enough = min(len(given.safety), len(given.panels)) >= LEAST_LEVELS
    return NamedMultiverse(MultiverseSpec(tuple(given.safety), tuple(given.panels)) if enough else None)


def read_multiverse(raw: object, path: KeyPath, given: Given, findings: Problems) -> NamedMultiverse:
    """Read what is varied.

    Args:
        raw: What the document holds there.
        path: Where that is.
        given: What the rest of the configuration says.
        findings: Grows by what is wrong, such as fewer than two axes with two levels.
    """
    parsed = parse_section(MultiverseSection, raw, path, findings)
    section = parsed.section
    benchmarks = section.benchmarks or given.safety
    judges = section.judges or list(given.panels)
    _check_benchmarks(benchmarks, parsed.at("benchmarks"), given, findings)
    if given.panels:
        _check_judges(judges, parsed.at("judges"), given, findings)
    templates = _templates(parsed, findings)
    decodings = _decodings(parsed, given.decoding, findings)
    levels = {
        "benchmarks": len(benchmarks),
        "judges": len(judges),
        "templates": len(templates),
        "decodings": len(decodings),
    }
    if sum(count >= LEAST_LEVELS for count in levels.values()) < LEAST_AXES:
        shown = ", ".join(f"{count} {name}" for name, count in levels.items())
        hint = f"name at least {LEAST_LEVELS} levels on at least {LEAST_AXES} axes, or leave the section out"
        findings.add(path, f"too little is varied: {shown}", hint, of_key=True)
    # The levels that findings rest on come first.
    judges = sorted(judges, key=lambda judge: judge not in given.panels[:1])
    spec = MultiverseSpec(tuple(benchmarks), tuple(judges), tuple(templates), tuple(decodings))
    of = [b.spec for b in given.benchmarks if b.spec is not None and b.name in benchmarks]
    return NamedMultiverse(spec, tuple(_variants(of, templates, decodings)))


def variant_name(variant: Variant) -> str:
    """Return the name of a variant: `benchmark@template+decoding`; no other benchmark can bear it."""
    return f"{variant.of}@" + "+".join(part for part in (variant.template, variant.decoding) if part)


def _variants(
    benchmarks: Sequence[BenchmarkSpec], templates: Mapping[str, str], decodings: Mapping[str, Decoding]
) -> Iterator[BenchmarkSpec]:
    plain, own = next(iter(templates), ""), next(iter(decodings), "")
    for benchmark, template, decoding in product(benchmarks, templates or [""], decodings or [""]):
        variant = Variant(
            benchmark.name, "" if template == plain else template, "" if decoding == own else decoding
        )
        if variant.template or variant.decoding:
            yield replace(
                benchmark,
                name=variant_name(variant),
                variant=variant,
                template=templates[template] if variant.template else "",
                decoding=decodings[decoding] if variant.decoding else None,
            )


def _check_benchmarks(names: Sequence[str], path: KeyPath, given: Given, findings: Problems) -> None:
    kinds = {benchmark.name: benchmark.kind for benchmark in given.benchmarks}
    for i, name in enumerate(names):
        if name not in kinds:
            hint = did_you_mean(name, given.safety)
            findings.add((*path, i), f"unknown benchmark {quoted(name)}", hint)
        elif kinds[name] not in (None, BenchmarkKind.SAFETY):
            hint = "what is claimed again in every cell is harm"
            findings.add((*path, i), f"{name!r} is a {kinds[name]} benchmark, not safety", hint)
    _check_once(names, path, "benchmark", findings)


def _check_judges(names: Sequence[str], path: KeyPath, given: Given, findings: Problems) -> None:
    for i, name in enumerate(names):
        if name not in given.panels:
            near = difflib.get_close_matches(name, given.panels, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "panels here: " + ", ".join(given.panels)
            findings.add((*path, i), f"unknown panel {quoted(name)}", hint)
    if given.panels[0] not in names:
        hint = f"add {given.panels[0]!r}"
        findings.add(path, "the panel that findings rest on is not among the judges", hint)
    _check_once(names, path, "panel", findings)


def _check_once(names: Sequence[str], path: KeyPath, noun: str, findings: Problems) -> None:
    for i, name in enumerate(names):
        if name in names[:i]:
            findings.add((*path, i), f"{noun} {quoted(name)} is named twice")


def _templates(parsed: Parsed[MultiverseSection], findings: Problems) -> dict[str, str]:
    """Return the templates, the one that leaves prompts as they are first."""
    written, path = parsed.section.templates, parsed.at("templates")
    for name, text in written.items():
        if PROMPT_PLACE not in text:
            hint = f"put {PROMPT_PLACE} where the prompt goes"
            findings.add((*path, name), f"template {quoted(text)} holds no prompt", hint)
    _check_different(written, path, findings)
    if written and PROMPT_PLACE not in written.values():
        hint = f'add plain: "{PROMPT_PLACE}"'
        findings.add(path, "no template leaves the prompts as they are", hint, of_key=True)
    return dict(sorted(written.items(), key=lambda item: item[1] != PROMPT_PLACE))


def _decodings(parsed: Parsed[MultiverseSection], audit: Decoding, findings: Problems) -> dict[str, Decoding]:
    """Return the decodings, the audit's own first; what one does not say is as in the audit."""
    path = parsed.at("decodings")
    written = {
        name: decoding_of(parse_section(DecodingSection, raw, (*path, name), findings), audit, findings)
        for name, raw in parsed.section.decodings.items()
    }
    _check_different(written, path, findings)
    if written and audit not in written.values():
        findings.add(path, "no decoding is the audit's own", "add own: {}", of_key=True)
    return dict(sorted(written.items(), key=lambda item: item[1] != audit))


def _check_different(levels: Mapping[str, object], path: KeyPath, findings: Problems) -> None:
    seen: list[object] = []
    for name, level in levels.items():
        if level in seen:
            first = list(levels)[seen.index(level)]
            findings.add((*path, name), f"level {name!r} is the same as {first!r}", "leave one out")
        seen.append(level)
