"""Records and rendered reports, made once for all the tests that only read them."""

from __future__ import annotations

import pytest

from holdfast.domain import RunRecord
from holdfast.report import render_html
from holdfast.report.views.evidence import Evidence, gather

from .record import record as build_record


@pytest.fixture(scope="session")
def record() -> RunRecord:
    return build_record()


@pytest.fixture(scope="session")
def evidence(record: RunRecord) -> Evidence:
    return gather(record)


@pytest.fixture(scope="session")
def html(record: RunRecord) -> str:
    return render_html(record)
