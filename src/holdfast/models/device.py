"""The device that models run on."""

from __future__ import annotations

from pathlib import Path

_DRIVER_FILES = ("/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg")


def best_device() -> str:
    """Return `cuda` where PyTorch can use a GPU, else `cpu`.

    Importing torch costs seconds, so it is asked only where a driver says that there is something to ask for.
    """
    if not any(Path(path).exists() for path in _DRIVER_FILES):
        return "cpu"
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
