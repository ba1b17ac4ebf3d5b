"""Measured peaks of memory, and the name a device has in the price table."""

from __future__ import annotations

import resource
import sys

import torch

_KIB = 1 if sys.platform == "darwin" else 1024  # macOS reports ru_maxrss in bytes, Linux in KiB


def reset_peak_memory(device: torch.device) -> None:
    """Start measuring anew where the device can (a CPU process has one peak for life)."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def peak_memory(device: torch.device) -> int:
    """Return the peak of memory in bytes.

    On CUDA this is what tensors held since the last reset. On a CPU it is the largest resident set of the
    whole process since it started: an upper bound, the interpreter and its libraries included.
    """
    if device.type == "cuda":
        return int(torch.cuda.max_memory_allocated(device))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIB


def device_name(device: torch.device) -> str:
    """Return the name a price table knows the device by."""
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
