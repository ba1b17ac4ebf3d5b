"""Holdfast measures how far a language model's safety slips under fine-tuning, and at what price.

import holdfast

run = holdfast.audit("audit.yaml")
run.findings
run.trajectories.to_pandas()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from holdfast.workflow.run import Run, audit, load_run

__version__ = "0.1.0"
__all__ = ["Run", "__version__", "audit", "load_run"]


def __getattr__(name: str) -> Any:
    # Loaded on first use, so that `import holdfast` and the command line start at once.
    if name in ("Run", "audit", "load_run"):
        from holdfast.workflow import run

        return getattr(run, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
