"""Promises that plug-ins make, and how a broken one is told."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from holdfast.domain import PluginError


def require(kept: bool, promise: str, found: object = "") -> None:
    """Make sure that a promise is kept.

    Args:
        kept: Whether it is.
        promise: What every plug-in of the kind promises.
        found: What was found instead.

    Raises:
        PluginError: If it is not.
    """
    if not kept:
        raise PluginError(
            f"broken promise: {promise}" + (f"; found: {found}" if found != "" else ""),
            next_step="see the contract in holdfast.domain",
        )


def require_light_import(plugin: type) -> None:
    """Make sure that importing a plug-in's module imports no torch.

    Raises:
        PluginError: If it does, or if the module cannot be imported on its own.
    """
    module = sys.modules[plugin.__module__]
    file = Path(str(module.__file__))
    name = plugin.__module__
    # A plug-in given as path.py:Name lives in a module with a made-up name: only its path can be run afresh.
    by_path = name == "__main__" or name.startswith("holdfast_plugin_")
    load = f"runpy.run_path({str(file)!r}, run_name='plugin')" if by_path else f"import_module({name!r})"
    code = (
        "import runpy, sys; from importlib import import_module; sys.path[:] = {paths!r}; "
        "{load}; sys.exit(17 if 'torch' in sys.modules else 0)"
    )
    paths = [*sys.path, str(file.parent)]
    done = subprocess.run(
        [sys.executable, "-c", code.format(paths=paths, load=load)],
        capture_output=True,
        text=True,
        check=False,
    )
    require(done.returncode != 17, f"importing {name} does not import torch")
    require(done.returncode == 0, f"{name} can be imported on its own", done.stderr.strip()[-500:])
