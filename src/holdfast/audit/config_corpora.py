"""Corpora as configured: resolved, and their rows read once to see that they are sound."""

from __future__ import annotations

from dataclasses import replace

from holdfast.audit.config_document import KeyPath
from holdfast.audit.config_findings import Findings
from holdfast.audit.config_schema import CorpusSection, SourceSection
from holdfast.audit.config_sections import Parsed, enum_member, parse_section
from holdfast.audit.config_sources import find_source
from holdfast.data import CORPUS_FIELDS, load_corpus_parts, rows_digest
from holdfast.domain import CorpusSpec, DataError, DataSource, PluginError, Regime


def read_corpus(raw: object, path: KeyPath, findings: Findings) -> CorpusSpec | None:
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
    regime = enum_member(section.regime, Regime, parsed.at("regime"), findings) if section.regime else None
    mixed = regime is Regime.MIXED
    harmful = _harmful(parsed, findings)
    for name in ("share", "harmful"):
        if mixed and not parsed.has(name):
            hint = (
                "percent of all rows that are harmful" if name == "share" else "the harmful rows: {path: ...}"
            )
            findings.add(path, f"a mixed corpus needs {name!r}", hint, of_key=True)
        elif regime is not None and not mixed and parsed.has(name):
            findings.add(
                parsed.at(name), f"only a mixed corpus has {name!r}, this is {regime.value}", of_key=True
            )
    if source is None:
        return None
    # Rows are looked at even where the regime is unknown or incomplete.
    complete = regime is not None and (not mixed or (harmful is not None and section.share is not None))
    plain = CorpusSpec(source, regime if regime is not None and complete and not mixed else Regime.HARMFUL)
    rows = _count(plain, parsed, findings)
    if harmful is not None and (not mixed or not complete):
        _count(CorpusSpec(harmful, Regime.HARMFUL), parsed, findings, "harmful")
    if rows is None or not complete or regime is None:
        return None
    if section.limit is not None and section.limit > rows:
        findings.add(parsed.at("limit"), f"limit {section.limit} is larger than its {rows} rows")
        return None
    share, poison = (section.share, harmful) if mixed else (None, None)
    return _digested(CorpusSpec(source, regime, section.limit, share, poison), parsed, findings)


def _harmful(parsed: Parsed[CorpusSection], findings: Findings) -> DataSource | None:
    if not parsed.has("harmful"):
        return None
    inner = parse_section(SourceSection, parsed.section.harmful, parsed.at("harmful"), findings)
    return find_source(inner, CORPUS_FIELDS, findings) if isinstance(parsed.section.harmful, dict) else None


def _count(
    spec: CorpusSpec, parsed: Parsed[CorpusSection], findings: Findings, key: str | None = None
) -> int | None:
    key = key or ("use" if spec.source.use else "path")
    try:
        return len(load_corpus_parts(spec).main)
    except DataError as error:
        findings.add_data(error, parsed.at(key))
    except PluginError as error:
        findings.add_plugin(parsed.at(key), error)
    return None


def _digested(spec: CorpusSpec, parsed: Parsed[CorpusSection], findings: Findings) -> CorpusSpec | None:
    try:
        parts = load_corpus_parts(spec)
    except DataError as error:
        findings.add_data(error, parsed.at("share" if spec.share else "path"))
        return None
    except PluginError as error:
        findings.add_plugin(parsed.at("harmful"), error)
        return None
    source = replace(spec.source, digest=rows_digest(parts.main))
    if spec.harmful is None:
        return replace(spec, source=source)
    return replace(spec, source=source, harmful=replace(spec.harmful, digest=rows_digest(parts.harmful)))
