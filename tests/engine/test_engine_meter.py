"""What a trial is said to have held in memory is its own, not what the process did before."""

from __future__ import annotations

import os
import resource
import sys

import numpy as np
import pytest
import torch

from holdfast.engine import meter

CPU = torch.device("cpu")
LARGE, SMALL = 256 << 20, 32 << 20
linux = pytest.mark.skipif(not os.access("/proc/self/clear_refs", os.W_OK), reason="no peak to set back")


def fill(size: int) -> None:
    """Write to so many bytes and give them back."""
    np.ones(size, dtype=np.uint8)


@linux
def test_a_peak_is_that_since_the_last_reset() -> None:
    meter.reset_peak_memory(CPU)
    start = meter.peak_memory(CPU)
    fill(LARGE)
    assert meter.peak_memory(CPU) >= start + 0.9 * LARGE
    meter.reset_peak_memory(CPU)
    fill(SMALL)
    assert start + 0.5 * SMALL <= meter.peak_memory(CPU) <= start + 0.5 * LARGE


def test_where_the_system_keeps_one_peak_for_life_it_is_that(monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(meter, "_RESET", tmp_path / "absent")
    monkeypatch.setattr(meter, "_STATUS", tmp_path / "absent")
    meter.reset_peak_memory(CPU)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    assert meter.peak_memory(CPU) >= most
