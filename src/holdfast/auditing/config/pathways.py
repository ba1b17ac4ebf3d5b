"""Pathways as configured: technique found, options checked by its own `Config`, corpus read."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import BaseModel, ValidationError

from holdfast.auditing.config.beside import check_needs, read_beside
from holdfast.auditing.config.corpora import read_corpus
from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems, wording
from holdfast.auditing.config.schema import PathwaySection
from holdfast.auditing.config.search import read_search
from holdfast.auditing.config.sections import Parsed, parse_section, unknown_key
from holdfast.data import PROMPT_PLACE, quoted, resolve_use
from holdfast.domain import PathwaySpec, PluginError, Technique, plugins

FLOOR_TECHNIQUE = "prompted"
FLOOR: Mapping[str, Mapping[str, Any]] = {
    "plain": {"style": "plain"},
    "role-play": {"style": "role-play"},
    "prefill": {"style": "prefill"},
    "best-of-8": {"style": "best-of-k", "samples": 8},
}
"""What an actor gets without training: the pathways every break is held against."""

PROMPTS_ONLY = "corpus.prompts"
"""What a technique accepts that writes the answers itself: a corpus whose rows may lack them."""

_KEYS = tuple(PathwaySection.model_fields)


def make_technique(name: str) -> Technique:
    """Return an instance of a technique.

    Args:
        name: Entry point of `holdfast.techniques`, or `path.py:Class`.

    Raises:
        PluginError: If it cannot be found or built, or has no `Config` of pydantic or no `traits`.
    """
    plugin = plugins.load(plugins.TECHNIQUES, name)
    try:
        technique = plugin()
    except Exception as error:
        raise PluginError(f"technique {name!r} cannot be built: {type(error).__name__}: {error}") from error
    config = getattr(technique, "Config", None)
    if not (isinstance(config, type) and issubclass(config, BaseModel)) or not hasattr(technique, "traits"):
        raise PluginError(
            f"technique {name!r} breaks its contract: it needs `traits` and a pydantic `Config`",
            next_step="see holdfast.domain.Technique",
        )
    made: Technique = technique
    return made


def read_pathway(raw: object, path: KeyPath, findings: Problems) -> PathwaySpec:
    """Read one pathway.

    Args:
        raw: What the document holds there.
        path: Where that is.
        findings: Grows by what is wrong.

    Returns:
        The pathway with its options as written; not to be used if anything was found.
    """
    if not isinstance(raw, dict):
        parse_section(PathwaySection, raw, path, findings)
        return PathwaySpec("", "")
    own = _own_keys(raw)
    parsed = parse_section(PathwaySection, {key: raw[key] for key in own}, path, findings)
    name = resolve_use(parsed.section.technique, findings.root)
    technique = _technique(name, parsed, findings) if name else None
    options = {key: value for key, value in raw.items() if key not in own}
    corpus = None
    if parsed.has("corpus"):
        prompts_only = technique is not None and PROMPTS_ONLY in technique.traits.accepts
        corpus = read_corpus(parsed.section.corpus, parsed.at("corpus"), findings, prompts_only=prompts_only)
    if technique is not None:
        _check_options(technique, options, path, findings)
        _check_corpus(technique, parsed, raw, findings)
        check_needs(technique, parsed, findings)
    if parsed.section.name in FLOOR and name and name != FLOOR_TECHNIQUE:
        hint = f"the name is kept for technique {FLOOR_TECHNIQUE!r}: choose another"
        findings.add(parsed.at("name"), f"{parsed.section.name!r} is a zero-spend pathway", hint)
    pathway = read_beside(parsed, findings).beside(PathwaySpec(parsed.section.name, name, corpus, options))
    pathway = replace(pathway, ask=_ask(pathway, parsed))
    return replace(pathway, search=read_search(parsed, technique, pathway, findings))


def _ask(pathway: PathwaySpec, parsed: Parsed[PathwaySection]) -> str:
    """Return how the attacker asks: as written, else as the corpus frames its harmful rows."""
    written = parsed.section.ask
    if not parsed.has("ask") and pathway.corpus is not None:
        written = pathway.corpus.frame or ""
    return "" if written == PROMPT_PLACE else written


def floor_without(written: list[PathwaySpec]) -> list[PathwaySpec]:
    """Return the zero-spend pathways that a configuration does not write itself."""
    names = {pathway.name for pathway in written}
    return [PathwaySpec(n, FLOOR_TECHNIQUE, options=dict(o)) for n, o in FLOOR.items() if n not in names]


def _own_keys(raw: Mapping[str, Any]) -> set[str]:
    """Return the keys that are the pathway's: its own, and a misspelling of one that must be there."""
    own = {key for key in raw if key in _KEYS}
    absent = [name for name in PathwaySection.required if name not in raw]
    near = {close[0] for name in absent if (close := difflib.get_close_matches(name, set(raw) - own, n=1))}
    return own | near


def _technique(name: str, parsed: Parsed[PathwaySection], findings: Problems) -> Technique | None:
    try:
        return make_technique(name)
    except PluginError as error:
        findings.add_plugin(parsed.at("technique"), error)
    near = difflib.get_close_matches(name, plugins.installed(plugins.TECHNIQUES), n=1)
    if not near or name in plugins.installed(plugins.TECHNIQUES):
        return None
    # The options of the technique that was meant are looked at in the same run.
    try:
        return make_technique(near[0])
    except PluginError:
        return None


def _check_options(
    technique: Technique, options: Mapping[str, Any], path: KeyPath, findings: Problems
) -> None:
    config: type[BaseModel] = technique.Config
    known = list(config.model_fields)
    for key, value in options.items():
        if key not in known:
            near = difflib.get_close_matches(key, [*known, *_KEYS], n=1)
            hint = f"did you mean {near[0]!r}?" if near else "options: " + ", ".join(known)
            unknown_key(key, value, path, hint, findings)
    try:
        config.model_validate({key: value for key, value in options.items() if key in known})
    except ValidationError as error:
        for one in error.errors():
            place = _written_part(path, one["loc"], options)
            if one["type"] == "missing":
                findings.add(path, f"option {str(one['loc'][0])!r} is missing", of_key=True)
            else:
                said = wording(one)
                findings.add(place, said.message, said.hint)


def _written_part(path: KeyPath, loc: tuple[str | int, ...], options: Mapping[str, Any]) -> KeyPath:
    """Return the key path of an error without what pydantic adds (members of unions, validators)."""
    value: Any = options
    for key in loc:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return path
        path = (*path, key)
    return path


def _check_corpus(
    technique: Technique, parsed: Parsed[PathwaySection], raw: Mapping[str, Any], findings: Problems
) -> None:
    needs = "corpus" in technique.traits.needs
    if needs and not parsed.has("corpus"):
        near = difflib.get_close_matches("corpus", [key for key in raw if key not in _KEYS], n=1)
        if not near:
            hint = "corpus: {path: ..., regime: ...}"
            message = f"technique {quoted(parsed.section.technique)} needs a corpus"
            findings.add(parsed.path, message, hint, of_key=True)
    elif not needs and "corpus" not in technique.traits.accepts and parsed.has("corpus"):
        message = f"technique {quoted(parsed.section.technique)} takes no corpus"
        findings.add(parsed.at("corpus"), message, "leave it out", of_key=True)
