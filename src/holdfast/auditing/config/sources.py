"""Where rows come from: the file or plug-in that a section names, found or missed with a did-you-mean."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems
from holdfast.auditing.config.schema import BenchmarkSection, SourceSection
from holdfast.auditing.config.sections import Parsed
from holdfast.data import quoted, resolve_use
from holdfast.domain import DataSource, did_you_mean


def find_source(
    parsed: Parsed[BenchmarkSection] | Parsed[SourceSection], fields: Sequence[str], findings: Problems
) -> DataSource | None:
    """Find the data a section names.

    Args:
        parsed: A section with `path`, `use` and `columns`.
        fields: Fields a row may hold, which `columns` may name.
        findings: Grows by what is wrong.

    Returns:
        The source, its path absolute, without a digest; None if there is none to read.
    """
    section = parsed.section
    for ours in section.columns:
        if ours not in fields:
            hint = did_you_mean(ours, fields)
            findings.add((*parsed.at("columns"), ours), f"no field is called {ours!r}", hint, of_key=True)
    if parsed.has("path") and parsed.has("use"):
        findings.add(parsed.path, "names both `path` and `use`", "keep one of the two", of_key=True)
        return None
    if section.use is not None:
        if parsed.has("columns"):
            findings.add(
                parsed.at("columns"), "only files have columns", "leave it out beside `use`", of_key=True
            )
        return DataSource(use=resolve_use(section.use, findings.root))
    if section.path is None:
        if not {"path", "use"} & set(parsed.written):
            hint = "path: a .jsonl or .csv file, or use: a plug-in"
            findings.add(parsed.path, "key 'path' or 'use' is missing", hint, of_key=True)
        return None
    file = find_file(section.path, parsed.at("path"), findings)
    known = {ours: theirs for ours, theirs in section.columns.items() if ours in fields}
    return None if file is None else DataSource(path=str(file), columns=known)


def find_file(written: str, path: KeyPath, findings: Problems) -> Path | None:
    """Return the file a configuration names, absolute; None, with a finding, if there is no such file."""
    file = (findings.root / written).resolve()
    if file.is_file():
        return file
    if file.is_dir():
        findings.add(path, f"{quoted(written)} is a directory", "name a file")
        return None
    findings.add(path, f"no file {quoted(written)} in {findings.root}", nearest_sibling(file, written))
    return None


def nearest_sibling(path: Path, written: str) -> str:
    """Return a did-you-mean for a path that does not exist, as it would have been written; may be empty."""
    parent = path.parent
    if not parent.is_dir():
        return f"there is no directory {parent}"
    near = difflib.get_close_matches(path.name, [p.name for p in parent.iterdir()], n=1)
    return f"did you mean {str(Path(written).with_name(near[0]))!r}?" if near else ""
