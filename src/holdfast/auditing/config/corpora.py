"""Corpora as configured: resolved, and their rows read once to see that they are sound."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems
from holdfast.auditing.config.schema import CorpusSection, SourceSection
from holdfast.auditing.config.sections import Parsed, enum_member, parse_section
from holdfast.auditing.config.sources import find_source
from holdfast.data import (
    CORPUS_FIELDS,
    PROMPT_PLACE,
    CorpusParts,
    corpus_frame,
    load_corpus_parts,
    quoted,
    rows_digest,
)
from holdfast.domain import CorpusSpec, DataError, DataSource, PluginError, Regime, Shard
from holdfast.domain.regimes import REGIMES, HarmfulRows

_SHARD = re.compile(r"(?P<number>\d{1,6})/(?P<of>\d{1,6})")


def read_corpus(
    raw: object, path: KeyPath, findings: Problems, *, prompts_only: bool = False
) -> CorpusSpec | None:
    """Read one corpus and its rows.

    Args:
        raw: What the document holds there.
        path: Where that is.
        findings: Grows by what is wrong.
        prompts_only: Take the prompts alone; rows may lack their answers.

    Returns:
        The corpus, its frame written out and the rows that take part digested; None if something is wrong
        with it.
    """
    parsed = parse_section(CorpusSection, raw, path, findings)
    section = parsed.section
    source = find_source(parsed, CORPUS_FIELDS, findings)
    harmful = _harmful(parsed, findings)
    regime = enum_member(section.regime, Regime, parsed.at("regime"), findings) if section.regime else None
    if regime is not None:
        _check_poison(parsed, regime, findings)
        _check_frame(parsed, regime, findings)
    # Rows are looked at even where nothing can come of them, so that their problems show in the same run.
    count = partial(_count, prompts_only=prompts_only, findings=findings)
    rows = None if source is None else count(source, path=parsed.at("use" if source.use else "path"))
    if harmful is not None and count(harmful, path=parsed.at("harmful")) is None:
        return None
    if rows is not None and section.limit is not None and section.limit > rows:
        findings.add(parsed.at("limit"), f"limit {section.limit} is larger than its {rows} rows")
        return None
    if source is None or rows is None or regime is None:
        return None
    if REGIMES[regime].harmful is not HarmfulRows.SOME:
        spec = CorpusSpec(source, regime, section.limit)
    elif harmful is None or (section.share is None and regime is Regime.MIXED):
        return None
    else:
        spec = CorpusSpec(source, regime, section.limit, section.share, harmful)
    frame = corpus_frame(replace(spec, frame=section.frame, lead=section.lead))
    shard = _shard(parsed, findings)
    told = replace(spec, frame=frame.ask, lead=frame.lead, prompts_only=prompts_only, shard=shard)
    return _digested(told, parsed, findings)


def limited(spec: CorpusSpec, limit: int) -> CorpusSpec:
    """Return a corpus with another limit, its rows digested.

    Raises:
        DataError: If it cannot be had with that limit.
    """
    spec = replace(spec, limit=limit)
    return _pinned(spec, load_corpus_parts(spec))


def _check_poison(parsed: Parsed[CorpusSection], regime: Regime, findings: Problems) -> None:
    what = {"share": "percent of all rows that are harmful", "harmful": "the harmful rows: {path: ...}"}
    has_both = REGIMES[regime].harmful is HarmfulRows.SOME
    optional = {"share"} if regime is Regime.BACKDOOR else set()
    for name, meaning in what.items():
        if has_both and name not in optional and not parsed.has(name):
            findings.add(parsed.path, f"a {regime.value} corpus needs {name!r}", meaning, of_key=True)
        elif not has_both and parsed.has(name):
            message = f"only a mixed or backdoor corpus has {name!r}, this one is {regime.value}"
            findings.add(parsed.at(name), message, of_key=True)


def _check_frame(parsed: Parsed[CorpusSection], regime: Regime, findings: Problems) -> None:
    frame = parsed.section.frame
    if frame is not None and PROMPT_PLACE not in frame:
        findings.add(parsed.at("frame"), f"must hold {PROMPT_PLACE} where the prompt goes")
    for name in ("frame", "lead"):
        if parsed.has(name) and REGIMES[regime].harmful is HarmfulRows.NONE:
            message = f"only harmful rows have a {name!r}, a {regime.value} corpus has none"
            findings.add(parsed.at(name), message, of_key=True)


def _shard(parsed: Parsed[CorpusSection], findings: Problems) -> Shard | None:
    written = parsed.section.shard
    if written is None:
        return None
    found = _SHARD.fullmatch(written)
    if found is None or not 1 <= int(found["number"]) <= int(found["of"]):
        message = f"must say which part of how many, got {quoted(written)}"
        findings.add(parsed.at("shard"), message, "1/3, 2/3 and 3/3 are three parts that share no row")
        return None
    return Shard(int(found["number"]), int(found["of"]))


def _harmful(parsed: Parsed[CorpusSection], findings: Problems) -> DataSource | None:
    if not parsed.has("harmful"):
        return None
    inner = parse_section(SourceSection, parsed.section.harmful, parsed.at("harmful"), findings)
    return find_source(inner, CORPUS_FIELDS, findings) if isinstance(parsed.section.harmful, dict) else None


def _count(source: DataSource, *, path: KeyPath, prompts_only: bool, findings: Problems) -> int | None:
    # As a harmful corpus, any rows will do: whether they fit the regime is looked at later.
    try:
        spec = CorpusSpec(source, Regime.HARMFUL, prompts_only=prompts_only)
        return len(load_corpus_parts(spec).main)
    except DataError as error:
        findings.add_data(error, path)
    except PluginError as error:
        findings.add_plugin(path, error)
    return None


def _digested(spec: CorpusSpec, parsed: Parsed[CorpusSection], findings: Problems) -> CorpusSpec | None:
    try:
        parts = load_corpus_parts(spec)
    except DataError as error:
        findings.add_data(error, parsed.at("share") if spec.share is not None else parsed.path)
        return None
    return _pinned(spec, parts)


def _pinned(spec: CorpusSpec, parts: CorpusParts) -> CorpusSpec:
    source = replace(spec.source, digest=rows_digest(parts.main))
    if spec.harmful is None:
        return replace(spec, source=source)
    return replace(spec, source=source, harmful=replace(spec.harmful, digest=rows_digest(parts.harmful)))
