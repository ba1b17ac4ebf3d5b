"""Whether this machine can run audits, in the words of `holdfast doctor`."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from holdfast.domain import HoldfastError, plugins

_LEAST_MEMORY_BYTES = 1_500_000_000
_LEAST_DISK_BYTES = 500_000_000


@dataclass(frozen=True, slots=True)
class Check:
    """One thing examined.

    Attributes:
        name: What.
        ok: Whether it is as it should be.
        finding: What was found.
        remedy: What to do if it is not; may be empty.
    """

    name: str
    ok: bool
    finding: str
    remedy: str = ""


def examine() -> list[Check]:
    """Return every check, in the order a reader would mend them."""
    return [_python(), *_libraries(), _torch(), _memory(), _disk(), *_models(), _browser()]


def _python() -> Check:
    ok = (3, 11) <= sys.version_info[:2] < (3, 14)
    return Check("python", ok, platform.python_version(), "use Python 3.11, 3.12 or 3.13")


def _libraries() -> Iterator[Check]:
    for requirement in requires("holdfast") or []:
        if ";" in requirement or "==" not in requirement:
            continue  # an extra, checked by whoever needs it
        name, wanted = requirement.split("==")
        try:
            found = version(name)
        except PackageNotFoundError:
            found = "missing"
        # A local build tag (2.13.0+cpu) is the same release.
        ok = found.split("+")[0] == wanted
        yield Check(name, ok, found, f"pip install {requirement}")


def _torch() -> Check:
    from holdfast.models.device import best_device

    try:
        return Check("device", True, best_device())
    except ImportError as error:
        return Check("device", False, str(error), "install PyTorch again: make clean demo")


def _memory() -> Check:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return Check("memory", total >= _LEAST_MEMORY_BYTES, f"{total / 1e9:.1f} GB", "2 GB are needed")


def _disk() -> Check:
    free = shutil.disk_usage(Path.cwd()).free
    return Check("disk", free >= _LEAST_DISK_BYTES, f"{free / 1e9:.1f} GB free here", "free some space")


def _models() -> Iterator[Check]:
    for name in sorted(plugins.installed(plugins.MODELS)):
        try:
            path = Path(plugins.load(plugins.MODELS, name)())
        except HoldfastError as error:
            yield Check(name, False, str(error))
            continue
        ok = (path / "config.json").exists() and any(path.glob("*.safetensors"))
        yield Check(name, ok, "there" if ok else "weights are missing", "install Holdfast again")


def _browser() -> Check:
    names = ("chromium", "chromium-browser", "google-chrome")
    found = next((path for name in names if (path := shutil.which(name))), None)
    return Check("browser", True, found or "none (only the report's own tests need one)")
