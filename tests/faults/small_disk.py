"""Finish an audit on a disk that is too small, and leave what it left.

Usage, in a mount namespace of its own: python small_disk.py CONFIG RUN
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from holdfast.auditing.execution.progress import PlainLines
from holdfast.workflow.audit import run_audit

ROOM = 60_000
"""Bytes free: enough to begin, too few for a training."""

if __name__ == "__main__":
    config, begun = map(Path, sys.argv[1:])
    disk = Path(tempfile.mkdtemp())
    taken = sum(-(-path.stat().st_size // 4096) * 4096 for path in begun.rglob("*"))
    mount = ["mount", "-t", "tmpfs", "-o", f"size={taken + ROOM}", "tmpfs", str(disk)]
    subprocess.run(mount, check=True)
    run = disk / "run"
    shutil.copytree(begun, run)
    try:
        run_audit(config, run, workers=1, progress=PlainLines())
    except OSError as error:
        print(error)
    shutil.rmtree(begun)
    shutil.copytree(run, begun)
