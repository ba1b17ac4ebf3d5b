"""`holdfast doctor`: whether this machine can run audits, and what to do if not."""

from __future__ import annotations

import sys
from typing import Annotated

import typer


def doctor(
    json: Annotated[bool, typer.Option("--json", help="Print as JSON.")] = False,
) -> None:
    """Check Python, libraries, memory, disk, device and embedded models; exit 1 if something is wrong."""
    from json import dumps

    from holdfast.auditing.health import examine
    from holdfast.store import plain

    checks = examine()
    if json:
        print(dumps(plain(checks), indent=1))
    else:
        for check in checks:
            print(f"{'ok ' if check.ok else 'BAD'}  {check.name}: {check.finding}")
            if check.remedy and not check.ok:
                print(f"     next: {check.remedy}")
    if not all(check.ok for check in checks):
        sys.exit(1)
