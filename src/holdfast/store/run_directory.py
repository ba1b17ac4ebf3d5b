"""The run directory: where each stage leaves its files, and what makes a trial *done*.

::

    runs/<name>-<config digest>/
        config.yaml  plan.json  policy.yaml  items.parquet     written before any data exists
        trials/<key>/receipt.json                              a receipt means done (or failed for good)
                     lost.json                                 why the last attempt vanished; tried again
                     spend.parquet  generations-*.parquet  reference.parquet  sound.parquet
                     verdicts/<judge key>.parquet + .json
                     attempt-<uuid>/                           in flight; never read
        trajectories.parquet  findings.json  decision.json  report.html  manifest.json
"""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from holdfast.domain import RunError, TrialRecord, TrialSpec, TrialStatus
from holdfast.store.files import file_digest, fsync_path, write_json
from holdfast.store.records import read_record

RECEIPT_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof that a trial ended, and of what it left.

    Attributes:
        record: How it ended.
        files: sha256 (hex) of each file, by name.
        training_key: Hash of what could change the weights.
        measurement_key: Hash of what was asked of them.
        schema: Version of this layout.
    """

    record: TrialRecord
    files: Mapping[str, str] = field(default_factory=dict)
    training_key: str = ""
    measurement_key: str = ""
    schema: int = RECEIPT_SCHEMA


@dataclass(frozen=True, slots=True)
class RunDirectory:
    """A run on disk.

    Attributes:
        path: The directory.
    """

    path: Path

    def file(self, name: str) -> Path:
        """Return the path of a top-level file."""
        return self.path / name

    def trial(self, key: str) -> Path:
        """Return the directory of a trial."""
        return self.path / "trials" / key

    def begin_attempt(self, key: str) -> Path:
        """Clear what an unfinished attempt left and return a fresh attempt directory."""
        directory = self.trial(key)
        if directory.exists() and not (directory / "receipt.json").exists():
            shutil.rmtree(directory)
        attempt = directory / f"attempt-{uuid.uuid4().hex}"
        attempt.mkdir(parents=True)
        return attempt

    def commit(self, trial: TrialSpec, attempt: Path, record: TrialRecord) -> Receipt:
        """Make an attempt the trial's result: files first, the receipt last, all forced to disk.

        Raises:
            RunError: If the trial already has a receipt (a late attempt).
        """
        directory = self.trial(trial.key)
        if (directory / "receipt.json").exists():
            raise RunError(f"trial {trial.key} is already done; the late attempt {attempt.name} is ignored")
        files = {}
        for file in sorted(attempt.iterdir()):
            if file.is_file():
                fsync_path(file)
                files[file.name] = file_digest(file)
                os.replace(file, directory / file.name)
        shutil.rmtree(attempt)
        fsync_path(directory)
        receipt = Receipt(record, files, trial.training_key, trial.measurement_key)
        write_json(directory / "receipt.json", receipt)
        (directory / "lost.json").unlink(missing_ok=True)
        return receipt

    def discard(self, attempt: Path) -> None:
        """Empty an attempt that gave no result: a failed trial leaves its receipt and nothing else."""
        shutil.rmtree(attempt)
        attempt.mkdir()

    def lose(self, record: TrialRecord) -> None:
        """Note that an attempt vanished (worker killed, disk full); the trial is tried again on resume."""
        for attempt in self.trial(record.key).glob("attempt-*"):
            shutil.rmtree(attempt, ignore_errors=True)
        write_json(self.trial(record.key) / "lost.json", record)

    def receipt(self, key: str) -> Receipt | None:
        """Return a trial's receipt, or None if it is not done.

        Raises:
            RunError: If the receipt is damaged, of another trial, or was written by a newer version.
        """
        path = self.trial(key) / "receipt.json"
        if not path.exists():
            return None
        receipt = read_record(path, Receipt)
        if receipt.record.key != key:
            raise RunError(
                f"{path} is the receipt of trial {receipt.record.key}",
                next_step=f"delete {path.parent} and give: holdfast audit {self.path}",
            )
        return receipt

    def record(self, trial: TrialSpec) -> TrialRecord:
        """Return how a trial ended: by its receipt, else as lost."""
        receipt = self.receipt(trial.key)
        if receipt is not None:
            return receipt.record
        lost = self.trial(trial.key) / "lost.json"
        if lost.exists():
            return read_record(lost, TrialRecord)
        return TrialRecord(
            trial.key, trial.model, trial.safeguard, trial.pathway, trial.seed, TrialStatus.LOST, "never ran"
        )

    def verify(self, key: str, receipt: Receipt) -> None:
        """Check that the files a receipt names are there and unchanged.

        Raises:
            RunError: If one is missing or differs, naming it.
        """
        for name, digest in receipt.files.items():
            path = self.trial(key) / name
            remedy = f"delete {path.parent} and give: holdfast audit {self.path}"
            if not path.exists():
                raise RunError(f"{path} is missing though its receipt names it", next_step=remedy)
            if file_digest(path) != digest:
                raise RunError(f"{path} was changed after it was measured (sha256 differs)", next_step=remedy)
