"""Measured peaks of memory, and the name a device has in the price table."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path

import torch

_KIB = 1 if sys.platform == "darwin" else 1024  # macOS reports ru_maxrss in bytes, Linux in KiB
_RESET = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


def reset_peak_memory(device: torch.device) -> None:
    """Start measuring anew: on CUDA, and on Linux for the process (`proc(5)`, `clear_refs`).

    On other systems, and where `/proc` may not be written, a CPU process keeps one peak for life.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    elif os.access(_RESET, os.W_OK):
        _RESET.write_text("5", encoding="ascii")


def peak_memory(device: torch.device) -> int:
    """Return the peak of memory in bytes.

    On CUDA this is what tensors held since the last reset. On a CPU it is the largest resident set of the
    whole process, the interpreter and its libraries included, and what the process has not given back of
    earlier work: an upper bound. On Linux it counts since the last reset (`VmHWM`); elsewhere since the
    process started, so that a worker's earlier trials are in it.
    """
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    if _STATUS.exists():
        for line in _STATUS.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB


def device_name(device: torch.device) -> str:
    """Return the name a price table knows the device by."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
