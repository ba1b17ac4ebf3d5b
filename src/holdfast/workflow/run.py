"""A finished run in Python: `run.findings`, `run.trajectories.to_pandas()`, and a table in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.auditing.record import load_record
from holdfast.domain import Decision, Finding, RunRecord, TrajectoryPoint
from holdfast.store import trajectory_table
from holdfast.workflow.audit import run_audit

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Trajectories:
    """Every measured point of a run, in order of trials and steps.

    Attributes:
        points: The points.
    """

    points: tuple[TrajectoryPoint, ...]

    def __len__(self) -> int:
        """Return the number of points."""
        return len(self.points)

    def to_arrow(self) -> Any:
        """Return a flat Arrow table: labels, outcome shares, score, one `spend_<unit>` column a unit."""
        return trajectory_table(self.points)

    def to_pandas(self) -> pd.DataFrame:
        """Return the same as a pandas data frame."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame


@dataclass(frozen=True)
class Run:
    """A finished audit.

    Attributes:
        path: Its run directory.
    """

    path: Path

    @cached_property
    def record(self) -> RunRecord:
        """Everything a report shows, read from the run directory once."""
        return load_record(self.path)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The rows of `findings.json`."""
        return self.record.findings

    @property
    def decision(self) -> Decision:
        """What the policy says of the findings."""
        return self.record.decision

    @property
    def trajectories(self) -> Trajectories:
        """Every measured point."""
        return Trajectories(self.record.trajectories)

    @property
    def report(self) -> Path:
        """The report's path."""
        return self.path / "report.html"

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r}: {self.decision.headline})"

    def _repr_html_(self) -> str:
        from holdfast.report import summary_html

        return summary_html(self.record)


def load_run(path: str | Path) -> Run:
    """Open a finished run directory.

    Raises:
        RunError: If it holds no finished run, or a file of it is missing or damaged.
    """
    run = Run(Path(path))
    _ = run.record
    return run


def audit(
    config: str | Path | None = None, output: str | Path | None = None, *, workers: int | None = None
) -> Run:
    """Run an audit, or finish one that was interrupted.

    Args:
        config: Configuration file; None runs the embedded audit of the model organism.
        output: Run directory; None takes `runs/<name>-<config digest>`.
        workers: Worker processes; 0 runs in this process; None takes what cores and memory allow.

    Returns:
        The finished run.

    Raises:
        ConfigError: If the configuration has problems; nothing is written.
        RunError: If the directory is in use, or holds another audit.
    """
    from holdfast.auditing.execution.progress import progress_for

    path = run_audit(
        None if config is None else Path(config),
        None if output is None else Path(output),
        workers=workers,
        progress=progress_for(),
    )
    return load_run(path)
