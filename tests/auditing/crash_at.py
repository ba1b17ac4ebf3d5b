"""Run an audit once for each kind of file, killed outright when that file is about to take its place.

Usage: python crash_at.py CONFIG FOLDER SITE...   (leaves FOLDER/<index of site>)

Each audit runs in a fork of this process, which has imported everything and computed nothing: forks start at
once, and no thread is lost in them.
"""

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import holdfast.techniques.full
import holdfast.techniques.lora  # noqa: F401
from holdfast.models import load_model, use_one_thread  # noqa: F401
from holdfast.workflow.audit import run_audit


def kind_of(path: str) -> str:
    """Return a file's name without keys and numbers: what kind of file it is."""
    return re.sub(r"[0-9a-f]{20}|\d+", "*", Path(path).name)


def run_until(site: str, config: Path, run: Path) -> None:
    """Run the audit, and kill this process before the file is there (where there are several: the second)."""
    wanted = 2 if "*" in site or site == "receipt.json" else 1
    seen = 0
    replace = os.replace

    def killing(source: Any, target: Any) -> None:
        nonlocal seen
        seen += kind_of(str(target)) == site
        if seen == wanted:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(source, target)

    os.replace = killing
    Path.replace = killing  # type: ignore[assignment,method-assign]
    run_audit(config, run, workers=0)


if __name__ == "__main__":
    import peft  # noqa: F401
    import torch  # noqa: F401
    import transformers  # noqa: F401

    config, folder, *sites = sys.argv[1:]
    for index, site in enumerate(sites):
        child = os.fork()
        if child == 0:
            try:
                run_until(site, Path(config), Path(folder) / str(index))
            finally:
                os._exit(1)
        status = os.waitpid(child, 0)[1]
        print(site, os.WTERMSIG(status) if os.WIFSIGNALED(status) else "was never written", flush=True)
