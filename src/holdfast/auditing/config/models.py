"""Models as configured: a directory, a hub id with its revision, or a plug-in that knows a directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems
from holdfast.auditing.config.schema import ModelSection
from holdfast.auditing.config.sections import Parsed, parse_section
from holdfast.auditing.config.sources import nearest_sibling
from holdfast.data import quoted, resolve_use
from holdfast.domain import HoldfastError, ModelSource, PluginError, plugins

_SOURCES = ("path", "hub", "use")


def read_model(raw: object, path: KeyPath, findings: Problems) -> ModelSource:
    """Read one model.

    Args:
        raw: What the document holds there.
        path: Where that is.
        findings: Grows by what is wrong.

    Returns:
        The model, its directories absolute; not to be used if anything was found.
    """
    parsed = parse_section(ModelSection, raw, path, findings)
    section = parsed.section
    written = [name for name in _SOURCES if parsed.has(name)]
    if isinstance(raw, dict) and len(written) != 1:
        what = "names " + " and ".join(f"`{name}`" for name in written) if written else "names no weights"
        findings.add(path, what, "give one of path, hub (with revision) and use", of_key=True)
    if parsed.has("hub") and not parsed.has("revision"):
        hint = "a commit or tag, so that the audit can be repeated"
        findings.add(parsed.at("hub"), "a hub model needs a `revision`", hint)
    if parsed.has("revision") and not parsed.has("hub"):
        findings.add(parsed.at("revision"), "only hub models have a revision", "leave it out", of_key=True)
    model = ModelSource(
        section.name,
        hub=section.hub,
        revision=section.revision,
        dtype=section.dtype,
        allow_pickle=section.allow_pickle,
        trust_remote_code=section.trust_remote_code,
    )
    if section.adapter is not None:
        model = replace(model, adapter=_directory(section.adapter, "adapter", parsed, findings))
    if section.path is not None:
        return replace(model, path=_directory(section.path, "path", parsed, findings))
    return _of_plugin(model, section.use, parsed, findings) if section.use is not None else model


def _directory(written: str, key: str, parsed: Parsed[ModelSection], findings: Problems) -> str:
    directory = (findings.root / written).resolve()
    needed = "adapter_config.json" if key == "adapter" else "config.json"
    if not directory.exists():
        hint = nearest_sibling(directory, written)
        if key == "path" and "did you mean" not in hint and written.count("/") == 1:
            hint = f"for a model of the hub write hub: {written} and a revision"
        findings.add(parsed.at(key), f"no directory {quoted(written)} in {findings.root}", hint)
    elif not directory.is_dir():
        findings.add(parsed.at(key), f"{quoted(written)} is a file", "name the directory that holds it")
    elif not (directory / needed).is_file():
        hint = "save the model there with `save_pretrained`"
        if key == "path" and (directory / "adapter_config.json").is_file():
            hint = "it holds an adapter: name the base model as path, and this as adapter"
        findings.add(parsed.at(key), f"directory {quoted(written)} holds no {needed}", hint)
    return str(directory)


def _of_plugin(model: ModelSource, use: str, parsed: Parsed[ModelSection], findings: Problems) -> ModelSource:
    try:
        found = _call(resolve_use(use, findings.root))
    except HoldfastError as error:
        findings.add(parsed.at("use"), error.args[0], error.next_step)
        return model
    if isinstance(found, ModelSource):
        return replace(found, name=model.name)
    return replace(model, path=str(Path(found).resolve()))


def _call(use: str) -> ModelSource | Path:
    function: Callable[[], Any] = plugins.load(plugins.MODELS, use)
    try:
        found = function()
    except HoldfastError:
        raise
    except Exception as error:
        raise PluginError(f"{use!r} fails: {type(error).__name__}: {error}") from error
    if not isinstance(found, ModelSource | Path):
        raise PluginError(f"{use!r} must return a directory (Path) or a ModelSource, got {quoted(found)}")
    return found
