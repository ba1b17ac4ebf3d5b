"""Corpora as configured: resolved, and their rows read once to see that they are sound."""

from __future__ import annotations

from dataclasses import replace

from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems
from holdfast.auditing.config.schema import CorpusSection, SourceSection
from holdfast.auditing.config.sections import Parsed, enum_member, parse_section
from holdfast.auditing.config.sources import find_source
from holdfast.data import CORPUS_FIELDS, load_corpus_parts, rows_digest
from holdfast.domain import CorpusSpec, DataError, DataSource, PluginError, Regime


def read_corpus(raw: object, path: KeyPath, findings: Problems) -> CorpusSpec | None:
    """Read one corpus and its rows.

    Args:
        raw: What the document holds there.
        path: Where that is.
        findings: Grows by what is wrong.

    Returns:
        The corpus, the rows that take part digested; None if something is wrong with it.
    """
    parsed = parse_section(CorpusSection, raw, path, findings)
    section = parsed.section
    source = find_source(parsed, CORPUS_FIELDS, findings)
    harmful = _harmful(parsed, findings)
    regime = enum_member(section.regime, Regime, parsed.at("regime"), findings) if section.regime else None
    if regime is not None:
        _check_mixing(parsed, regime, findings)
    # Rows are looked at even where nothing can come of them, so that their problems show in the same run.
    rows = None if source is None else _count(source, parsed.at("use" if source.use else "path"), findings)
    if harmful is not None and _count(harmful, parsed.at("harmful"), findings) is None:
        return None
    if rows is not None and section.limit is not None and section.limit > rows:
        findings.add(parsed.at("limit"), f"limit {section.limit} is larger than its {rows} rows")
        return None
    if source is None or rows is None or regime is None:
        return None
    if regime is not Regime.MIXED:
        return _digested(CorpusSpec(source, regime, section.limit), parsed, findings)
    if harmful is None or section.share is None:
        return None
    return _digested(CorpusSpec(source, regime, section.limit, section.share, harmful), parsed, findings)


def _check_mixing(parsed: Parsed[CorpusSection], regime: Regime, findings: Problems) -> None:
    what = {"share": "percent of all rows that are harmful", "harmful": "the harmful rows: {path: ...}"}
    for name, meaning in what.items():
        if regime is Regime.MIXED and not parsed.has(name):
            findings.add(parsed.path, f"a mixed corpus needs {name!r}", meaning, of_key=True)
        elif regime is not Regime.MIXED and parsed.has(name):
            message = f"only a mixed corpus has {name!r}, this one is {regime.value}"
            findings.add(parsed.at(name), message, of_key=True)


def _harmful(parsed: Parsed[CorpusSection], findings: Problems) -> DataSource | None:
    if not parsed.has("harmful"):
        return None
    inner = parse_section(SourceSection, parsed.section.harmful, parsed.at("harmful"), findings)
    return find_source(inner, CORPUS_FIELDS, findings) if isinstance(parsed.section.harmful, dict) else None


def _count(source: DataSource, path: KeyPath, findings: Problems) -> int | None:
    # As a harmful corpus, any rows will do: whether they fit the regime is looked at later.
    try:
        return len(load_corpus_parts(CorpusSpec(source, Regime.HARMFUL)).main)
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
    source = replace(spec.source, digest=rows_digest(parts.main))
    if spec.harmful is None:
        return replace(spec, source=source)
    return replace(spec, source=source, harmful=replace(spec.harmful, digest=rows_digest(parts.harmful)))
