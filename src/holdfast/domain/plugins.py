"""Finding plug-ins: by entry point name, or by `path.py:Name`. There is no central list."""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import sys
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from holdfast.domain.errors import PluginError, did_you_mean

TECHNIQUES = "holdfast.techniques"
JUDGES = "holdfast.judges"
BENCHMARKS = "holdfast.benchmarks"
CORPORA = "holdfast.corpora"
MODELS = "holdfast.models"


@cache
def installed(group: str) -> dict[str, EntryPoint]:
    """Return the installed plug-ins of a group by name, without importing them."""
    return {point.name: point for point in entry_points(group=group)}


def load(group: str, name: str, *, relative_to: Path | None = None) -> Any:
    """Import a plug-in.

    Args:
        group: One of the groups above.
        name: An entry point's name, or `path/to/file.py:Name`.
        relative_to: Directory that a relative `path.py` is relative to; the working directory if None.

    Returns:
        The class or function that the plug-in names.

    Raises:
        PluginError: If there is no such plug-in, or its module or attribute cannot be imported.
    """
    if ".py:" in name:
        return _from_file(name, relative_to or Path.cwd())
    point = installed(group).get(name)
    if point is None:
        noun = {CORPORA: "corpus"}.get(group, group.rsplit(".", 1)[-1].removesuffix("s"))
        raise PluginError(f"no {noun} is called {name!r}", next_step=did_you_mean(name, installed(group)))
    try:
        return point.load()
    except Exception as error:  # a third party's module may raise anything
        raise PluginError(
            f"{name!r} ({point.value}) cannot be imported: {type(error).__name__}: {error}"
        ) from error


def _from_file(name: str, root: Path) -> Any:
    file_name, _, attribute = name.rpartition(":")
    path = (root / file_name).resolve()
    if not path.is_file():
        raise PluginError(f"{name!r}: there is no file {path}")
    module_name = f"holdfast_plugin_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    if module_name not in sys.modules:
        spec = importlib.util.spec_from_file_location(module_name, path)
        if spec is None or spec.loader is None:
            raise PluginError(f"{name!r} is no Python file")
        module = importlib.util.module_from_spec(spec)
        sys.modules[module_name] = module
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            del sys.modules[module_name]
            raise PluginError(f"{path} fails on import: {type(error).__name__}: {error}") from error
    try:
        return getattr(sys.modules[module_name], attribute)
    except AttributeError as error:
        known = [n for n in vars(sys.modules[module_name]) if not n.startswith("_")]
        raise PluginError(f"{path} has no {attribute!r}", next_step=did_you_mean(attribute, known)) from error


def source_digest(plugin: object) -> str:
    """Return sha256 (hex) of the source file that defines a plug-in, for keys that cannot lie."""
    file = inspect.getsourcefile(
        plugin if inspect.isclass(plugin) or inspect.isfunction(plugin) else type(plugin)
    )
    if file is None:
        raise PluginError(f"{plugin!r} has no source file to identify it by")
    return hashlib.sha256(Path(file).read_bytes()).hexdigest()
