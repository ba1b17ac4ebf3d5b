"""Verdicts of one judge on one trial, and the sound answers that judges are calibrated on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa

from holdfast.domain import Coherence, Grade, RunError, SoundAnswer, Verdict
from holdfast.store.tables import read_table, write_table

_SOUND = pa.schema(
    [
        ("prompt", pa.string()),
        ("text", pa.string()),
        ("origin", pa.string()),
        ("task", pa.string()),
        ("reference_logprob", pa.float64()),
    ]
)
_VERDICTS = pa.schema(
    [
        ("generation_id", pa.string()),
        ("judge", pa.string()),
        ("harm", pa.string()),
        ("refusal", pa.string()),
        ("coherence", pa.string()),
        ("score", pa.float64()),
        ("note", pa.string()),
        ("error", pa.string()),
    ]
)


def write_sound(path: Path, answers: Sequence[SoundAnswer]) -> None:
    """Write the answers that coherence is calibrated on."""
    write_table(path, [asdict(a) for a in answers], _SOUND)


def read_sound(path: Path) -> tuple[SoundAnswer, ...]:
    """Read what `write_sound` wrote."""
    return tuple(SoundAnswer(**row) for row in read_table(path, _SOUND))


def write_verdicts(path: Path, verdicts: Sequence[Verdict]) -> None:
    """Write one judge's verdicts on a trial."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_table(path, [{name: getattr(v, name) for name in _VERDICTS.names} for v in verdicts], _VERDICTS)


def read_verdicts(path: Path) -> list[Verdict]:
    """Read what `write_verdicts` wrote.

    Raises:
        RunError: If a row holds a grade that does not exist.
    """
    try:
        return [
            Verdict(
                **row
                | {
                    "harm": row["harm"] and Grade(row["harm"]),
                    "refusal": row["refusal"] and Grade(row["refusal"]),
                    "coherence": row["coherence"] and Coherence(row["coherence"]),
                }
            )
            for row in read_table(path, _VERDICTS)
        ]
    except ValueError as error:
        raise RunError(
            f"{path}: {error}",
            next_step="delete the folder it is in and give the run to `holdfast audit RUN`",
        ) from error
