"""Searches as configured: what is varied, checked against the technique's own options."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from holdfast.auditing.config.benchmarks import NamedBenchmark
from holdfast.auditing.config.beside import check_extra, check_fit, missing_packages
from holdfast.auditing.config.corpora import limited
from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems, wording
from holdfast.auditing.config.schema import PathwaySection, RangeSection, SearchSection
from holdfast.auditing.config.sections import Parsed, enum_member, parse_section
from holdfast.auditing.search.space import ASK, LIMIT, combinations
from holdfast.data import PROMPT_PLACE, load_benchmark, load_corpus_parts, quoted, rows_digest
from holdfast.domain import (
    BenchmarkKind,
    CorpusSpec,
    DataError,
    Dimension,
    Objective,
    PathwaySpec,
    Regime,
    Sampler,
    SearchSpec,
    Split,
    Technique,
    did_you_mean,
)
from holdfast.techniques.prompted import PromptedConfig

EXTRA = "search"
BUDGET = "steps"
"""The one option that is no choice of an attacker: what each try may take."""
UNITS = ("flops", "device_seconds", "steps", "examples", "tokens")
WINNERS = {Sampler.TPE: "searched", Sampler.RANDOM: "random"}
"""What the pathways that run winners are called: `<pathway>.<suffix>`."""

_RATE_FACTOR = 10.0
_USUAL: Mapping[str, tuple[Any, ...]] = {
    "schedule": ("constant", "linear", "cosine"),
    "warm_up": (0.0, 0.1),
    "optimizer": ("adamw", "adamw-8bit"),
    "batch_size": (4, 8, 16, 32),
    "rank": (4, 8, 16, 32),
}
"""What is varied where no space is written, beside the learning rate, of the options that a technique has.

Rates of `sgd` are others, so no range around one rate holds both; target modules bear other names in every
architecture, and no configuration knows those of a model that is not at hand: a space has to name them.
"""
_PARTS = (10, 3, 1)
"""What the rows of a corpus are divided by, to see whether fewer are enough."""
_ROWS = ("actors", "keep")
"""Options that tell how many rows a technique cannot do without."""


@dataclass(frozen=True)
class _Options:
    """The options of a technique, as its pathway writes them."""

    config: type[BaseModel]
    written: Mapping[str, Any]
    inputs: tuple[str, ...] = ()

    def checked(self, name: str, value: object) -> BaseModel:
        """Return all options with one changed.

        Raises:
            ValidationError: If they are not allowed.
        """
        return self.config.model_validate({**self.written, name: value})


def read_search(
    parsed: Parsed[PathwaySection], technique: Technique | None, pathway: PathwaySpec, findings: Problems
) -> SearchSpec | None:
    """Read the search of a pathway.

    Args:
        parsed: The pathway's section.
        technique: Its technique; None if that cannot be found.
        pathway: The pathway as written.
        findings: Grows by what is wrong.

    Returns:
        The protocol, its seeds counted from 0; None without a search, or with one that cannot be read.
    """
    if not parsed.has("search"):
        return None
    path = parsed.at("search")
    own = parse_section(SearchSection, parsed.section.search, path, findings)
    check_extra(EXTRA, "a search", path, findings)
    section = own.section
    objective = enum_member(section.objective, Objective, own.at("objective"), findings)
    if section.unit not in UNITS:
        hint = did_you_mean(section.unit, UNITS)
        findings.add(own.at("unit"), f"unknown unit {quoted(section.unit)}", hint)
    if technique is None or objective is None:
        return None
    options = _Options(technique.Config, pathway.options, pathway.inputs)
    if objective is Objective.BREAK and not _moves(options):
        hint = "objective: harm"
        findings.add(own.at("objective"), "a pathway of one point has no price that could fall", hint)
    corpora: list[CorpusSpec] = []
    if own.has("space"):
        space = tuple(_space(own, options, pathway, corpora, findings))
    else:
        space = tuple(_usual_space(options))
        if space:
            space = (*space, *_usual_limits(options, pathway, corpora), _usual_templates(pathway))
        if not space:
            known = ", ".join(_searchable(options, pathway))
            findings.add(
                path, "nothing is varied by default here", f"write a space over: {known}", of_key=True
            )
    if space and section.tries > (most := combinations(space)) + 1:
        findings.add(own.at("tries"), f"{section.tries} tries of a space of {most:g} choices", "try fewer")
    return SearchSpec(
        of="",
        tries=section.tries,
        objective=objective,
        unit=section.unit,
        seeds=tuple(range(section.seeds)),
        space=space,
        control=section.control == "random",
        budget=section.budget,
        corpora=tuple(corpora),
    )


def with_winners(pathways: Sequence[PathwaySpec], seeds: Sequence[int]) -> list[PathwaySpec]:
    """Return the pathways with those that run the winners of their searches, after each that is searched.

    Args:
        pathways: Pathways as written.
        seeds: Seeds of the audit; those of searches come after them.
    """
    return [
        each for pathway in pathways for each in (replace(pathway, search=None), *_winners(pathway, seeds))
    ]


def check_winners(written: Sequence[Sequence[PathwaySpec]], path: KeyPath, findings: Problems) -> None:
    """Make sure that no pathway bears the name of one that runs a winner.

    Args:
        written: What each entry became.
        path: Where the entries are.
        findings: Grows by every name that is used twice.
    """
    taken = {pathway.name for entry in written for pathway in entry}
    for i, entry in enumerate(written):
        for pathway in entry:
            for winner in _winners(pathway, ()):
                if winner.name in taken:
                    message = f"its winner bears a name that is used already, {winner.name!r}"
                    findings.add((*path, i, "search"), message, "rename the other pathway", of_key=True)


def halve_for_search(
    benchmarks: Sequence[NamedBenchmark], utility: Sequence[str], path: KeyPath, findings: Problems
) -> list[NamedBenchmark]:
    """Return benchmarks with a part for searches to look at, halved by group where their rows name no split.

    Args:
        benchmarks: Every benchmark, as far as it could be read.
        utility: Names of the capability benchmarks to keep; look-alikes stand in where there are none.
        path: Where benchmarks are written.
        findings: Grows by benchmarks that cannot be halved, and where nothing tells utility.
    """
    looked_at = {BenchmarkKind.SAFETY} if utility else {BenchmarkKind.SAFETY, BenchmarkKind.OVER_REFUSAL}
    if not utility and not any(b.kind is BenchmarkKind.OVER_REFUSAL for b in benchmarks):
        hint = "name `utility:`, or add a benchmark of kind over_refusal"
        findings.add(path, "a search keeps utility, and nothing here tells it", hint)
    halved = [_halved(b, findings) if b.kind in looked_at else b for b in benchmarks]
    safety = [b.loaded for b in halved if b.kind is BenchmarkKind.SAFETY and b.loaded is not None]
    if safety and not any(b.part(Split.SELECTION) for b in safety):
        hint = "put some rows of a safety benchmark in split 'selection', or name no split"
        findings.add(path, "no row is left for a search to look at: all are held out", hint)
    return halved


def _winners(pathway: PathwaySpec, seeds: Sequence[int]) -> Iterator[PathwaySpec]:
    if pathway.search is None:
        return
    first = max(seeds, default=-1) + 1
    protocol = replace(
        pathway.search, of=pathway.name, seeds=tuple(first + seed for seed in pathway.search.seeds)
    )
    for sampler, suffix in WINNERS.items():
        if sampler is Sampler.TPE or protocol.control:
            search = replace(protocol, sampler=sampler)
            yield replace(pathway, name=f"{pathway.name}.{suffix}", search=search, family="", dose=None)


def _halved(benchmark: NamedBenchmark, findings: Problems) -> NamedBenchmark:
    spec, loaded = benchmark.spec, benchmark.loaded
    if spec is None or loaded is None or loaded.part(Split.SELECTION):
        return benchmark
    undigested = replace(spec, halved=True, source=replace(spec.source, digest=""))
    try:
        halved = load_benchmark(undigested)
    except DataError as error:
        findings.add_data(error, benchmark.path)
        return benchmark
    source = replace(spec.source, digest=rows_digest(halved.items))
    return replace(benchmark, spec=replace(undigested, source=source), loaded=halved)


def _moves(options: _Options) -> bool:
    try:
        config = options.config.model_validate(dict(options.written))
    except ValidationError:
        return True  # what is wrong is said already
    return getattr(config, "steps", 0) > 0


def _searchable(options: _Options, pathway: PathwaySpec) -> list[str]:
    beside = [ASK] if pathway.corpus is None else [ASK, LIMIT]
    return [*(name for name in options.config.model_fields if name != BUDGET), *beside]


def _usual_space(options: _Options) -> Iterator[Dimension]:
    fields = options.config.model_fields
    if "learning_rate" in fields:
        default = fields["learning_rate"].default
        rate = options.written.get("learning_rate", default)
        if isinstance(rate, int | float) and rate > 0:
            yield Dimension("learning_rate", low=rate / _RATE_FACTOR, high=rate * _RATE_FACTOR, log=True)
    for name, values in _USUAL.items():
        sound = tuple(value for value in values if name in fields and _is_sound(options, name, value))
        if len(sound) > 1 and (name != "optimizer" or _eight_bits_are_a_choice(options)):
            yield Dimension(name, sound)


def _eight_bits_are_a_choice(options: _Options) -> bool:
    return options.written.get("optimizer", "adamw") != "sgd" and not missing_packages("quantised")


def _usual_limits(options: _Options, pathway: PathwaySpec, corpora: list[CorpusSpec]) -> Iterator[Dimension]:
    """Yield a part of the rows, or all, as far as pathway and corpus allow; `corpora` grows by each."""
    if pathway.corpus is None:
        return
    found = []
    for rows in _usual_rows(options, pathway.corpus):
        try:
            found.append(limited(pathway.corpus, rows))
        except DataError:
            continue  # so few rows have no such share, or cannot be dealt to so many: not allowed here
    if len(found) > 1:
        corpora += found
        yield Dimension(LIMIT, tuple(each.limit for each in found))


def _usual_rows(options: _Options, corpus: CorpusSpec) -> list[int]:
    whole = CorpusSpec(corpus.source, Regime.HARMFUL, prompts_only=corpus.prompts_only)
    rows = corpus.limit or len(load_corpus_parts(whole).main)
    try:
        config = options.config.model_validate(dict(options.written))
    except ValidationError:
        return []  # what is wrong is said already
    fewest = max(getattr(config, name, 1) for name in _ROWS)
    return sorted({share for part in _PARTS if (share := math.ceil(rows / part)) >= fewest})


def _usual_templates(pathway: PathwaySpec) -> Dimension:
    return Dimension(ASK, (pathway.ask or PROMPT_PLACE, PromptedConfig().template))


def _is_sound(options: _Options, name: str, value: object) -> bool:
    try:
        options.checked(name, value)
    except ValidationError:
        return False
    return True


def _space(
    own: Parsed[SearchSection],
    options: _Options,
    pathway: PathwaySpec,
    corpora: list[CorpusSpec],
    findings: Problems,
) -> Iterator[Dimension]:
    """Yield what is varied as written; `corpora` grows by the corpus at each limit."""
    known = _searchable(options, pathway)
    for name, raw in (own.section.space or {}).items():
        path = (*own.at("space"), name)
        if name == BUDGET:
            hint = "write it beside `search`"
            findings.add(path, "`steps` is the budget of every try, not a choice", hint, of_key=True)
        elif name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else "can be varied: " + ", ".join(known)
            findings.add(path, f"there is no option {name!r} to vary", hint, of_key=True)
        elif isinstance(raw, list):
            if _check_choices(name, raw, path, options, findings) and (
                name != LIMIT or _limits(raw, path, pathway, corpora, findings)
            ):
                # The prompt as it is has one way of being written.
                yield Dimension(name, tuple((v or PROMPT_PLACE) if name == ASK else v for v in raw))
        elif name in (LIMIT, ASK):
            findings.add(path, f"must be a list of values, got {quoted(raw)}")
        else:
            yield from _range(name, raw, path, options, findings)


def _check_choices(name: str, raw: list[Any], path: KeyPath, options: _Options, findings: Problems) -> bool:
    before = len(findings.problems)
    if len(raw) < 2:
        findings.add(path, "must hold at least 2 values", "what does not vary stands beside `search`")
    for i, value in enumerate(raw):
        if value in raw[:i]:
            findings.add((*path, i), f"value {quoted(value)} is named twice")
        elif name == ASK:
            if not isinstance(value, str) or (value and PROMPT_PLACE not in value):
                findings.add((*path, i), f"must be a text that holds {PROMPT_PLACE}, got {quoted(value)}")
        elif name != LIMIT:
            _check_value(name, value, (*path, i), options, findings)
    return len(findings.problems) == before


def _check_value(name: str, value: object, path: KeyPath, options: _Options, findings: Problems) -> None:
    try:
        check_fit(options.checked(name, value), options.inputs, path, findings)
    except ValidationError as error:
        for one in error.errors():
            if one["loc"][:1] == (name,) or not one["loc"]:
                said = wording(one)
                findings.add(path, said.message, said.hint)


def _limits(
    raw: list[Any], path: KeyPath, pathway: PathwaySpec, corpora: list[CorpusSpec], findings: Problems
) -> bool:
    before = len(findings.problems)
    for i, value in enumerate(raw):
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            findings.add((*path, i), f"must be a whole number of rows from 1, got {quoted(value)}")
        elif pathway.corpus is not None:
            try:
                corpora.append(limited(pathway.corpus, value))
            except DataError as error:
                findings.add_data(error, (*path, i))
    return len(findings.problems) == before


def _range(
    name: str, raw: object, path: KeyPath, options: _Options, findings: Problems
) -> Iterator[Dimension]:
    if not isinstance(raw, dict):
        hint = "[4, 8, 16], or {low: 1e-4, high: 1e-2, log: true}"
        findings.add(path, f"must be a list of values or a range, got {quoted(raw)}", hint)
        return
    before = len(findings.problems)
    parsed = parse_section(RangeSection, raw, path, findings)
    low, high, log = parsed.section.low, parsed.section.high, parsed.section.log
    if len(findings.problems) > before:
        return
    whole = isinstance(low, int) and isinstance(high, int) and _is_whole(options, name, low)
    if low >= high:
        findings.add(parsed.at("low"), f"must be below `high` {high:g}, got {low:g}")
    if log and low <= 0:
        findings.add(parsed.at("low"), f"must be above 0 on a logarithmic scale, got {low:g}")
    for key, value in (("low", low), ("high", high)):
        _check_value(name, value if whole else float(value), parsed.at(key), options, findings)
    if len(findings.problems) == before:
        yield Dimension(name, low=float(low), high=float(high), log=log, whole=whole)


def _is_whole(options: _Options, name: str, value: int) -> bool:
    try:
        return isinstance(getattr(options.checked(name, value), name), int)
    except ValidationError:
        return True  # that it is not allowed is said where it is checked
