"""The device that models run on."""

import subprocess
import sys

import pytest


def test_without_a_driver_the_device_is_the_cpu_and_torch_is_not_imported():
    code = (
        "import sys, holdfast.models.device as device\ndevice._DRIVER_FILES = ('/nonexistent',)\n"
        "print(device.best_device(), 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["cpu", "False"]


@pytest.mark.parametrize(("usable", "expected"), [(True, "cuda"), (False, "cpu")])
def test_a_driver_that_torch_cannot_use_is_not_used(usable, expected, monkeypatch):
    from holdfast.models import best_device

    monkeypatch.setattr("holdfast.models.device._DRIVER_FILES", ("/",))
    monkeypatch.setattr("torch.cuda.is_available", lambda: usable)
    assert best_device() == expected
