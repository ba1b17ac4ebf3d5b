from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("repeatable", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def reference() -> Any:
    return json.loads(Path(__file__).with_name("reference.json").read_text(encoding="utf-8"))
