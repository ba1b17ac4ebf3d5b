"""How it was measured, and what the figures cannot show."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.domain import BenchmarkSpec, DataSource, Decoding, PathwaySpec, Split
from holdfast.report.views import words
from holdfast.report.views.evidence import Evidence, standalone_judges

_COUNT = re.compile(r"(?<![\w.-])(?<!below )(?<!than )\d+(?:\.\d+)?\b(?![\d.]* ?%)")
"""A number that is a count: no percentage, no limit, no part of a name."""

_SEED = re.compile(r"\bk seeds?\b")


@dataclass(frozen=True, slots=True)
class Fact:
    """A term and what holds for it."""

    term: str
    text: str


@dataclass(frozen=True, slots=True)
class BenchmarkRow:
    """One benchmark: its kind, rows a split, scorer and source."""

    name: str
    kind: str
    rows: str
    scorer: str
    source: str


@dataclass(frozen=True, slots=True)
class PathwayRow:
    """One pathway: its technique, data, options and where it was measured."""

    name: str
    technique: str
    corpus: str
    options: str
    measured: str


@dataclass(frozen=True, slots=True)
class MethodView:
    """How it was measured.

    Attributes:
        facts: Terms and what holds for them.
        benchmarks: One row a benchmark.
        pathways: One row a pathway.
        estimators: A fact a metric: the methods its findings name.
        limits: What the figures cannot show, a sentence each.
    """

    facts: tuple[Fact, ...]
    benchmarks: tuple[BenchmarkRow, ...]
    pathways: tuple[PathwayRow, ...]
    estimators: tuple[Fact, ...]
    limits: tuple[str, ...]


def method_view(evidence: Evidence) -> MethodView:
    """Return how a record was measured."""
    return MethodView(
        facts=_facts(evidence),
        benchmarks=tuple(_benchmark(evidence, spec) for spec in evidence.record.plan.audit.benchmarks),
        pathways=tuple(_pathway(evidence, spec) for spec in evidence.record.plan.audit.pathways),
        estimators=_estimators(evidence),
        limits=_limits(evidence),
    )


def _facts(evidence: Evidence) -> tuple[Fact, ...]:
    audit = evidence.record.plan.audit
    rule = audit.break_rule
    goals = "; ".join(f"{g.name}: {words.target(g)} on {g.benchmark}" for g in audit.goals)
    utility = (
        words.listing(audit.utility) or "none configured: coherent answers to look-alikes stand in (proxy)"
    )
    alone = words.listing(standalone_judges(evidence.record)) or "none"
    return (
        Fact("Break", f"harm ≥ {words.share(rule.harm)} while coherent ≥ {words.share(rule.coherent)} and "
                      f"utility ≥ {words.share(rule.utility)} of the undefended model's"),
        Fact("Judge that decides", f"{evidence.record.primary_judge or 'none'}, combined answer by answer"),
        Fact("Judges shown on their own", alone),
        Fact("Capability goals", goals or "none: nothing is compared at matched capability"),
        Fact("Utility", utility),
        Fact("Splits", "goals are located on the selection split; figures are reported on held-out prompts"),
        Fact("Seeds", f"{words.listing(map(str, audit.seeds))}: one trial a model, pathway and seed"),
        Fact("Decoding", _decoding(audit.decoding)),
        Fact("Outcomes", "; ".join(f"{o.value} = {words.OUTCOME_MEANING[o]}" for o in words.OUTCOME_ORDER)),
    )  # fmt: skip


def _decoding(decoding: Decoding) -> str:
    drawn = "greedy" if decoding.temperature == 0 else f"temperature {decoding.temperature:g}"
    many = f", {words.count(decoding.samples, 'sample')} a prompt" if decoding.samples > 1 else ""
    return f"{drawn}{many}, at most {words.count(decoding.max_new_tokens, 'new token')}"


def _source(source: DataSource) -> str:
    where = source.path.rsplit("/", 1)[-1] if source.path else source.use or words.MISSING
    return f"{where} ({source.digest[:12]})" if source.digest else where


def _benchmark(evidence: Evidence, spec: BenchmarkSpec) -> BenchmarkRow:
    rows: dict[str, int] = {}
    asked = spec.variant.of if spec.variant else spec.name  # a variant asks the same prompts
    for point in evidence.record.trajectories:
        if point.benchmark == asked:
            rows[point.split] = max(rows.get(point.split, 0), point.n)
    label = {Split.SELECTION.value: "selection", Split.HELDOUT.value: "held-out"}
    return BenchmarkRow(
        name=spec.name,
        kind=_kind(spec),
        rows=", ".join(f"{n} {label.get(split, split)}" for split, n in sorted(rows.items()))
        or "not measured",
        scorer=spec.scorer or "judges",
        source=_source(spec.source),
    )


def _kind(spec: BenchmarkSpec) -> str:
    kind = spec.kind.value.replace("_", "-")
    if spec.variant is None:
        return kind
    how = (
        spec.variant.template and f"template {spec.variant.template}",
        spec.variant.decoding and f"decoding {spec.variant.decoding}",
    )
    return f"{kind}: {spec.variant.of} asked with {words.listing(filter(None, how))}"


def _pathway(evidence: Evidence, spec: PathwaySpec) -> PathwayRow:
    schedules = [trial.schedule for trial in evidence.record.plan.trials if trial.pathway == spec.name]
    steps = sorted({step for schedule in schedules for step in schedule.measure_at})
    return PathwayRow(
        name=spec.name,
        technique=spec.technique,
        corpus=_corpus(spec),
        options=_options(spec.options),
        measured=", ".join(map(str, steps)) or words.MISSING,
    )


def _corpus(spec: PathwaySpec) -> str:
    corpus = spec.corpus
    if corpus is None:
        return "none"
    parts = [corpus.regime.value, _source(corpus.source)]
    if corpus.limit is not None:
        parts.append(f"first {words.count(corpus.limit, 'row')}")
    if corpus.harmful is not None:
        share = "" if corpus.share is None else f"{corpus.share:g}% "
        parts.append(f"{share}harmful from {_source(corpus.harmful)}")
    if corpus.frame:
        parts.append(f"harmful prompts as “{corpus.frame}”")
    if corpus.lead:
        parts.append(f"harmful answers from “{corpus.lead}” on")
    return ", ".join(parts)


def _options(options: Mapping[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in options.items()) or "defaults"


def _estimators(evidence: Evidence) -> tuple[Fact, ...]:
    """Return how each kind of figure is made, clause by clause; counts differ by row and read `k`."""
    methods: dict[str, dict[str, None]] = {}
    for family, method in _methods(evidence):
        clauses = _SEED.sub("k seeds", _COUNT.sub("k", method)).split("; ")
        methods.setdefault(family, {}).update(dict.fromkeys(clauses))
    return tuple(Fact(family, "; ".join(names)) for family, names in methods.items())


def _methods(evidence: Evidence) -> Iterator[tuple[str, str]]:
    """Yield the kind and the method of every figure that has a value."""
    for row in evidence.record.findings:
        if row.method and row.value is not None:
            family = row.metric.split(".", maxsplit=1)[0].replace("_", "-")
            yield (f"{family}, corrected" if row.metric.endswith(".corrected") else family), row.method
    found = evidence.record.robustness
    yield from (("differences", each.method) for each in found.comparisons if each.value is not None)
    yield from (("agreement", each.method) for each in found.agreement if each.value is not None)
    yield from (("concordance", each.method) for each in found.concordance if each.w is not None)
    yield from (("survival", each.method) for each in found.survival)
    yield from (("arms against each other", each.method) for each in found.log_rank)


def _limits(evidence: Evidence) -> tuple[str, ...]:
    audit = evidence.record.plan.audit
    limits = [
        "“Did not break” always reads: not within this budget, by the pathways tested. "
        "Another attacker, more tries or other data may do what these did not.",
    ]
    if len(audit.seeds) < 6:
        limits.append(
            f"{words.count(len(audit.seeds), 'seed')}: ranges over seeds and one-sided bounds, no p-values "
            "and no two-sided interval of a median. Six seeds are needed for those, twelve to rank models."
        )
    if not audit.utility:
        limits.append(
            "No utility benchmark was given. Coherent answers to harmless look-alikes stand in for it, and "
            "every break that rests on them is by proxy."
        )
    if not evidence.tells_harm:
        limits.append(
            "No judge here can verify harmful content. The figures show refusal lost, which is not harm done."
        )
    elif evidence.silent:
        limits.append(
            f"On {words.listing(evidence.silent)} no judge here can verify harmful content: what is shown "
            "of it is refusal lost, which is not harm done."
        )
    if not any("correct" in f"{f.method}".lower() for f in evidence.record.findings):
        limits.append("Judges are taken at their word: no figure is corrected for their measured error.")
    limits.append(
        "A crash, a missing verdict, an empty set or a goal not reached makes a figure inconclusive, "
        "never safe."
    )
    return tuple(limits)
