"""A headless Chromium for tests that need one: found, never downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome")
HOW_TO_GET_IT = "no Chromium found: `apt-get install chromium`, or set HOLDFAST_CHROMIUM to its path"
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> str | None:
    """Return the path of a Chromium: HOLDFAST_CHROMIUM if set, else the first on PATH; None without one."""
    chosen = os.environ.get("HOLDFAST_CHROMIUM")
    if chosen:
        return shutil.which(chosen)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def require_chromium() -> str:
    """Return the path of a Chromium; without one skip the test, or fail it where CI=true."""
    path = find_chromium()
    if path is not None:
        return path
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(HOW_TO_GET_IT)
    pytest.skip(HOW_TO_GET_IT)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start a headless Chromium, and close it at the end."""
    path = require_chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()
