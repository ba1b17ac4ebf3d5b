from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from steadfast import Audit


@contextmanager
def no_charts() -> Iterator[None]:
    """Leave the report's page empty: drawing it takes longer than the audits, and it has tests of its own."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("holdfast.report.render_html", lambda record: "")
        yield


@pytest.fixture(scope="module", autouse=True)
def without_charts() -> Iterator[None]:
    """Draw no charts here; a whole session's patch would reach the tests of other folders."""
    with no_charts():
        yield


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run of the steadfast audit; shared, so never changed by tests (copy it)."""
    audit = Audit(tmp_path_factory.mktemp("steadfast"))
    with no_charts():
        audit.result()
    return audit.run


@pytest.fixture
def audit(tmp_path: Path, finished: Path) -> Audit:
    """Return the steadfast audit in a folder of its own, not begun."""
    return Audit(tmp_path, finished)
