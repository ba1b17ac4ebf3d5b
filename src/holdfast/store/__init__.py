"""The run directory: attempts, receipts, content keys, tables."""

from holdfast.store.benchmarks import read_benchmarks, write_benchmarks
from holdfast.store.calibrations import (
    Drawn,
    FrameUnit,
    LabelBook,
    LabelEntry,
    Round,
    StoredCalibration,
    calibration_files,
    read_calibrations,
    read_frame,
    read_labels,
    read_rounds,
    write_calibration,
    write_frame,
    write_labels,
    write_round,
)
from holdfast.store.files import file_digest, fsync_path, write_atomic, write_json, write_json_rows
from holdfast.store.keys import canonical_json, content_digest, content_key, plain
from holdfast.store.lock import run_lock
from holdfast.store.measurements import (
    CheckpointRow,
    Measurement,
    read_checkpoints,
    read_generations,
    read_reference,
    write_checkpoints,
    write_generations,
    write_reference,
)
from holdfast.store.records import read_record
from holdfast.store.run_directory import Receipt, RunDirectory
from holdfast.store.trajectories import read_trajectories, trajectory_table, write_trajectories
from holdfast.store.verdicts import read_sound, read_verdicts, write_sound, write_verdicts

__all__ = [
    "CheckpointRow",
    "Drawn",
    "FrameUnit",
    "LabelBook",
    "LabelEntry",
    "Measurement",
    "Receipt",
    "Round",
    "RunDirectory",
    "StoredCalibration",
    "calibration_files",
    "canonical_json",
    "content_digest",
    "content_key",
    "file_digest",
    "fsync_path",
    "plain",
    "read_benchmarks",
    "read_calibrations",
    "read_checkpoints",
    "read_frame",
    "read_generations",
    "read_labels",
    "read_record",
    "read_reference",
    "read_rounds",
    "read_sound",
    "read_trajectories",
    "read_verdicts",
    "run_lock",
    "trajectory_table",
    "write_atomic",
    "write_benchmarks",
    "write_calibration",
    "write_checkpoints",
    "write_frame",
    "write_generations",
    "write_json",
    "write_json_rows",
    "write_labels",
    "write_reference",
    "write_round",
    "write_sound",
    "write_trajectories",
    "write_verdicts",
]
