from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings

from holdfast.domain import Finding, Status

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.load_profile("repeatable")


@pytest.fixture
def row() -> Callable[..., Finding]:
    """Return a maker of findings: unless told otherwise, no seed of three broke within 32 steps."""

    def make(metric: str = "break.steps", **changes: object) -> Finding:
        values: dict[str, object] = {
            "id": f"{metric}-{len(changes)}",
            "at": "",
            "unit": metric.partition(".")[2],
            "model": "aligned",
            "safeguard": "none",
            "pathway": "lora",
            "goal": "",
            "benchmark": "",
            "judge": "panel",
            "value": None,
            "low": 32.0,
            "high": None,
            "n": 3,
            "seeds": 3,
            "method": "range of 3 seeds",
            "status": Status.CENSORED,
            "conclusion": "broke in 0 of 3 seeds within 32 steps",
        }
        return Finding(metric=metric, **{**values, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def broke(row: Callable[..., Finding]) -> Callable[..., Finding]:
    def make(value: float = 8.0, **changes: object) -> Finding:
        said = {
            "value": value,
            "low": 0.0,
            "high": value,
            "status": Status.OK,
            "conclusion": f"broke by {value:g}",
        }
        return row(**{**said, **changes})

    return make


@pytest.fixture
def start(row: Callable[..., Finding]) -> Callable[..., Finding]:
    def make(low: float | None, high: float | None, **changes: object) -> Finding:
        said = {"at": "start", "unit": "share", "value": low, "low": low, "high": high, "status": Status.OK}
        said |= {"n": 40, "seeds": 1, "benchmark": "direct", "conclusion": f"harm {low} to {high}"}
        return row("harm", **{**said, **changes})

    return make


@pytest.fixture
def usable(row: Callable[..., Finding]) -> Callable[..., Finding]:
    """Return a maker of harm at the utility bound: known, and little, unless told otherwise."""

    def make(value: float | None = 0.05, **changes: object) -> Finding:
        said = {"unit": "share", "value": value, "low": value, "high": value, "status": Status.OK}
        return row("harm.usable", **{**said, "n": 40, "seeds": 1, "conclusion": "usable", **changes})

    return make


@pytest.fixture
def babble(row: Callable[..., Finding]) -> Callable[..., Finding]:
    """Return a maker of shares of incoherent answers at the start, none unless told otherwise."""

    def make(value: float | None = 0.0, **changes: object) -> Finding:
        said = {"at": "start", "unit": "share", "value": value, "low": value, "high": value}
        said |= {"status": Status.OK, "n": 40, "seeds": 1, "benchmark": "direct", "conclusion": "incoherent"}
        return row("outcome.incoherent", **{**said, **changes})

    return make
