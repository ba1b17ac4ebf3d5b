"""The last stage: the report, and the manifest that names every file of a finished run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from holdfast.auditing.judging import verdict_receipts
from holdfast.auditing.search.recording import search_files
from holdfast.domain import RunRecord, TrialStatus
from holdfast.store import RunDirectory, calibration_files, file_digest, write_atomic, write_json

MANIFEST_SCHEMA = 1
_TOP_LEVEL = (
    "config.yaml",
    "plan.json",
    "policy.yaml",
    "items.parquet",
    "trajectories.parquet",
    "findings.json",
    "breaks.json",
    "robustness.json",
    "decision.json",
    "report.html",
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a finished run holds; derived from the receipts, written last.

    Attributes:
        files: sha256 (hex) of each top-level file.
        receipts: sha256 (hex) of each trial's receipt, by trial key; lost trials have none.
        verdicts: sha256 (hex) of each judge's verdicts, by judge and trial key; added judges' too.
        calibration: sha256 (hex) of every file in the folder `calibration`.
        search: sha256 (hex) of what came of searches and of every journal, by path; empty without searches.
        complete: Whether every planned trial has a receipt.
        schema: Version of this layout.
    """

    files: dict[str, str]
    receipts: dict[str, str]
    verdicts: dict[str, dict[str, str]]
    calibration: dict[str, str]
    search: dict[str, str]
    complete: bool
    schema: int = MANIFEST_SCHEMA


def write_report(run: RunDirectory, record: RunRecord) -> None:
    """Write `report.html` and then `manifest.json`."""
    from holdfast.report import render_html  # the charts' library takes a moment to start

    write_atomic(run.file("report.html"), render_html(record))
    ended = [trial for trial in record.trials if trial.status is not TrialStatus.LOST]
    manifest = Manifest(
        files={name: file_digest(run.file(name)) for name in _TOP_LEVEL},
        receipts={trial.key: file_digest(run.trial(trial.key) / "receipt.json") for trial in ended},
        verdicts=_verdicts(run, [trial.key for trial in ended]),
        calibration={path.name: file_digest(path) for path in calibration_files(run)},
        search={str(path.relative_to(run.path)): file_digest(path) for path in search_files(run)},
        complete=len(ended) == len(record.trials),
    )
    write_json(run.file("manifest.json"), manifest)


def _verdicts(run: RunDirectory, trials: Sequence[str]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for trial in trials:
        for receipt in verdict_receipts(run, trial):
            found.setdefault(receipt.judge, {})[trial] = receipt.digest
    return dict(sorted(found.items()))
