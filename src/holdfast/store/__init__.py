"""The run directory: attempts, receipts, content keys, tables."""

from holdfast.store.benchmarks import read_benchmarks, write_benchmarks
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
    "Measurement",
    "Receipt",
    "RunDirectory",
    "canonical_json",
    "content_digest",
    "content_key",
    "file_digest",
    "fsync_path",
    "plain",
    "read_benchmarks",
    "read_checkpoints",
    "read_generations",
    "read_record",
    "read_reference",
    "read_sound",
    "read_trajectories",
    "read_verdicts",
    "run_lock",
    "trajectory_table",
    "write_atomic",
    "write_benchmarks",
    "write_checkpoints",
    "write_generations",
    "write_json",
    "write_json_rows",
    "write_reference",
    "write_sound",
    "write_trajectories",
    "write_verdicts",
]
