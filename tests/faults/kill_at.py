"""Run an audit once for each site, killed outright when the n-th contribution below a folder is written.

Usage: python kill_at.py CONFIG FOLDER SITE...   (a site is FOLDER:N; leaves FOLDER/<index of site>)

Each audit runs in a fork of this process, which has imported everything and computed nothing.
"""

import os
import signal
import sys
from pathlib import Path
from typing import Any

import safetensors.torch

import holdfast.techniques.full
import holdfast.techniques.parts.merging  # noqa: F401
from holdfast.workflow.audit import run_audit


def run_until(place: str, number: int, config: Path, run: Path) -> None:
    """Run the audit, and kill this process when so many contributions were written below a folder."""
    save_file = safetensors.torch.save_file
    seen = 0

    def killing(tensors: Any, file: Path) -> None:
        nonlocal seen
        save_file(tensors, file)
        seen += file.is_relative_to(run / place)
        if seen == number:
            os.kill(os.getpid(), signal.SIGKILL)

    safetensors.torch.save_file = killing
    run_audit(config, run, workers=0)


if __name__ == "__main__":
    config, folder, *sites = sys.argv[1:]
    for index, site in enumerate(sites):
        child = os.fork()
        if child == 0:
            try:
                place, number = site.split(":")
                run_until(place, int(number), Path(config), Path(folder) / str(index))
            finally:
                os._exit(1)
        status = os.waitpid(child, 0)[1]
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else f"{site} was never written", flush=True)
