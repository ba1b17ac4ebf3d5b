"""What a pathway is given beside its corpus: results of other pathways, other models, further corpora."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import PackageNotFoundError, requires, version

from pydantic import BaseModel, ValidationError

from holdfast.auditing.config.corpora import read_corpus
from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.models import read_model
from holdfast.auditing.config.problems import Problems
from holdfast.auditing.config.schema import PathwaySection
from holdfast.auditing.config.sections import Parsed
from holdfast.data import PROMPT_PLACE, quoted
from holdfast.domain import (
    CorpusSpec,
    HoldfastError,
    ModelSource,
    PathwaySpec,
    PluginError,
    Technique,
    Traits,
    did_you_mean,
    plugins,
)

_EXTRA = re.compile(r"""^(?P<package>[\w.-]+).*;\s*extra\s*==\s*['"](?P<extra>[\w-]+)['"]""")


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a pathway's corpus.

    Attributes:
        inputs: Names of other pathways.
        models: Other models by role.
        corpora: Further corpora by role.
        ask: Text that safety prompts are put into; empty for none.
    """

    inputs: tuple[str, ...] = ()
    models: dict[str, ModelSource] = field(default_factory=dict)
    corpora: dict[str, CorpusSpec] = field(default_factory=dict)
    ask: str = ""

    def beside(self, pathway: PathwaySpec) -> PathwaySpec:
        """Return a pathway with all this in it."""
        return replace(pathway, inputs=self.inputs, models=self.models, corpora=self.corpora, ask=self.ask)


def read_beside(parsed: Parsed[PathwaySection], findings: Problems) -> Beside:
    """Read what is written beside a pathway's corpus.

    Args:
        parsed: The pathway.
        findings: Grows by what is wrong.
    """
    section = parsed.section
    inputs = []
    for i, name in enumerate(section.inputs):
        if not isinstance(name, str) or name in inputs:
            what = "is named twice" if isinstance(name, str) else "must be a pathway's name"
            findings.add((*parsed.at("inputs"), i), f"input {quoted(name)} {what}")
        else:
            inputs.append(name)
    if section.ask and PROMPT_PLACE not in section.ask:
        findings.add(parsed.at("ask"), f"must hold {PROMPT_PLACE} where the prompt goes")
    corpora = {
        r: read_corpus(raw, (*parsed.at("corpora"), r), findings) for r, raw in section.corpora.items()
    }
    return Beside(
        inputs=tuple(inputs),
        models={
            role: _model(role, raw, (*parsed.at("models"), role), findings)
            for role, raw in section.models.items()
        },
        corpora={role: corpus for role, corpus in corpora.items() if corpus is not None},
        ask=section.ask,
    )


def _model(role: str, raw: object, path: KeyPath, findings: Problems) -> ModelSource:
    # A role names its model; everything else is written as under `models`.
    return read_model({"name": role, **raw} if isinstance(raw, dict) else raw, path, findings)


def check_needs(technique: Technique, parsed: Parsed[PathwaySection], findings: Problems) -> None:
    """Compare what a technique needs and accepts, its corpus apart, with what is written.

    Args:
        technique: The technique.
        parsed: The pathway.
        findings: Grows by what is missing or not asked for.
    """
    section, traits = parsed.section, technique.traits
    who = f"technique {quoted(section.technique)}"
    written = {
        *(f"models.{role}" for role in section.models),
        *(f"corpora.{role}" for role in section.corpora),
        *(("inputs",) if section.inputs else ()),
    }
    known = {need for need in (*traits.needs, *traits.accepts) if need.partition(".")[0] != "corpus"}
    for need in traits.needs:
        kind, _, name = need.partition(".")
        if kind == "extra":
            check_extra(name, who, parsed.at("technique"), findings)
        elif need != "corpus" and need not in written:
            findings.add(parsed.path, f"{who} needs {need}", _HOW[kind].format(name), of_key=True)
    if "inputs" in traits.needs and 0 < len(section.inputs) < traits.actors:
        message = f"{who} needs {traits.actors} inputs or more, one an actor: {len(section.inputs)} is named"
        findings.add(parsed.at("inputs"), message, _HOW["inputs"])
    for given in sorted(written - known):
        kind, _, role = given.partition(".")
        path = (*parsed.at(kind), role) if role else parsed.at(kind)
        hint = did_you_mean(given, sorted(known)) if known else "leave it out"
        findings.add(path, f"{who} takes no {given}", hint, of_key=True)


_HOW = {
    "inputs": "inputs: [names of pathways above this one]",
    "models": "models: {{{}: {{path: ...}}}}",
    "corpora": "corpora: {{{}: {{path: ..., regime: ...}}}}",
}


def check_extra(name: str, who: str, path: KeyPath, findings: Problems) -> None:
    """Record the packages of an extra of Holdfast that are not installed.

    Args:
        name: The extra.
        who: Who needs it, in words.
        path: Where that is written.
        findings: Grows by every package that is missing.
    """
    if not packages_of(name):
        findings.add(path, f"{who} needs the extra {name!r}, which Holdfast does not have")
    for package in missing_packages(name):
        hint = f"pip install 'holdfast[{name}]'"
        findings.add(path, f"{who} needs the package {package}, which is not installed", hint)


def missing_packages(extra: str) -> list[str]:
    """Return the packages of an extra of Holdfast that are not installed."""
    return [package for package in packages_of(extra) if not _is_installed(package)]


def _is_installed(package: str) -> bool:
    try:
        version(package)
    except PackageNotFoundError:
        return False
    return True


def packages_of(extra: str) -> list[str]:
    """Return the packages that an extra of Holdfast brings; empty for an extra that there is not."""
    found = [_EXTRA.match(line) for line in requires("holdfast") or ()]
    return [match["package"] for match in found if match and match["extra"] == extra]


def check_inputs(written: Sequence[Sequence[PathwaySpec]], path: KeyPath, findings: Problems) -> None:
    """Make sure that inputs are pathways above (so there is no circle), pass weights on, and fit the options.

    Args:
        written: What each entry became: one pathway, or one a dose.
        path: Where the entries are.
        findings: Grows by every input that is not.
    """
    for i, (pathway, *_) in enumerate(written):
        above = {p.name: p for entry in written[:i] for p in entry}
        for j, name in enumerate(pathway.inputs):
            at = (*path, i, "inputs", j)
            if name not in above:
                hint = did_you_mean(name, list(above)) if above else "write that pathway above this one"
                findings.add(at, f"input {quoted(name)} is no pathway above {quoted(pathway.name)}", hint)
            elif not _passes_weights_on(above[name]):
                message = f"input {quoted(name)} ({above[name].technique}) leaves no weights to build on"
                hint = "take pathways that change the model's weights (full, lora and their kin)"
                findings.add(at, message, hint)
        config = _config_of(pathway)
        if config is not None:
            check_fit(config, pathway.inputs, (*path, i, "inputs"), findings)


def check_fit(config: BaseModel, inputs: Sequence[str], path: KeyPath, findings: Problems) -> None:
    """Ask a technique's options whether they fit the inputs; options that do not care have no `check_inputs`.

    Args:
        config: The options.
        inputs: Names of the inputs; none are checked elsewhere.
        path: Where what may be wrong is written.
        findings: Grows by what does not fit.
    """
    check = getattr(config, "check_inputs", None)
    if check is None or not inputs:
        return
    try:
        check(inputs)
    except HoldfastError as error:
        findings.add(path, str(error.args[0]), error.next_step)


def _config_of(pathway: PathwaySpec) -> BaseModel | None:
    """Return a pathway's options; None where they are wrong, which is told where they are written."""
    try:
        config: type[BaseModel] = plugins.load(plugins.TECHNIQUES, pathway.technique).Config
        return config.model_validate(dict(pathway.options))
    except (PluginError, AttributeError, ValidationError):
        return None


def _passes_weights_on(pathway: PathwaySpec) -> bool:
    try:
        traits: Traits = plugins.load(plugins.TECHNIQUES, pathway.technique).traits
    except (PluginError, AttributeError):
        return True  # told where the pathway is written
    return traits.mergeable
