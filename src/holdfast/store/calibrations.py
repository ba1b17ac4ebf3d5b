"""What a run keeps of its labels: the population, what was drawn from it, the labels, the calibrations.

::

    calibration/
        frame-<key>.parquet     every answer of the population, with the stratum it is drawn from
        sample-<key>.json       one round of drawing: what was drawn, in what order, with what weight
        labels.json             labels taken in from files
        <panel key>.json        what the labels say of a panel
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa

from holdfast.domain import Calibration, Outcome, RunError
from holdfast.store.files import write_json
from holdfast.store.keys import content_key
from holdfast.store.records import read_record
from holdfast.store.run_directory import RunDirectory
from holdfast.store.tables import read_table, write_table

CALIBRATION_SCHEMA = 1
_FRAME = pa.schema([(name, pa.string()) for name in ("unit", "generation", "model", "stratum")])


@dataclass(frozen=True, slots=True)
class FrameUnit:
    """One answer that may be drawn.

    Attributes:
        unit: Its key in the population.
        generation: Id of the generation; equal for the same answer to the same prompt.
        model: The target model.
        stratum: `<model>/<coherent|incoherent|unscored>/<outcome>`, by the panel at the first drawing.
    """

    unit: str
    generation: str
    model: str
    stratum: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One answer drawn.

    Attributes:
        unit: Its key in the population.
        generation: Id of the generation.
        row: Id of the row of the sheet that asks for its label; empty where the label was known.
        stratum: The stratum it was drawn from.
        weight: Answers it stands for, by the numbers drawn up to this round.
    """

    unit: str
    generation: str
    row: str
    stratum: str
    weight: float


@dataclass(frozen=True, slots=True)
class Round:
    """One round of drawing: proof of the probabilities.

    Attributes:
        frame: Key of the frame drawn from.
        population: Digest of the population the frame lists: a run that changed since has another.
        number: 1 for the first round of a frame.
        labels: `sheet`, or `oracle`.
        seed: Seed of the drawing.
        sizes: Answers in the population by stratum.
        drawn: What was drawn, in random order: a sheet that is labelled from the top is itself a sample.
        schema: Version of this layout.
    """

    frame: str
    population: str
    number: int
    labels: str
    seed: int
    sizes: Mapping[str, int]
    drawn: tuple[Drawn, ...]
    schema: int = CALIBRATION_SCHEMA

    @property
    def key(self) -> str:
        """The name of its file."""
        return content_key(self)


@dataclass(frozen=True, slots=True)
class LabelEntry:
    """One label taken in.

    Attributes:
        row: Id of the row it was given in.
        round: Key of the round that asked for it; empty if none did.
        unit: The answer, by its key in the population.
        label: The label.
        source: Name of the file.
    """

    row: str
    round: str
    unit: str
    label: Outcome
    source: str


@dataclass(frozen=True, slots=True)
class LabelBook:
    """Every label taken in, in order; of two for one row the later holds.

    Attributes:
        entries: The labels.
        sources: sha256 (hex) of each file taken in, by name.
        schema: Version of this layout.
    """

    entries: tuple[LabelEntry, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    schema: int = CALIBRATION_SCHEMA


@dataclass(frozen=True, slots=True)
class StoredCalibration:
    """A calibration and what it holds for.

    Attributes:
        calibration: The calibration.
        population: Digest of the answers it is about.
        verdicts: Digest of the panel's outcomes on them.
        schema: Version of this layout.
    """

    calibration: Calibration
    population: str
    verdicts: str
    schema: int = CALIBRATION_SCHEMA


def write_frame(run: RunDirectory, key: str, units: list[FrameUnit]) -> None:
    """Write a frame; its folder is made."""
    path = _folder(run) / f"frame-{key}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    write_table(path, [asdict(unit) for unit in units], _FRAME)


def read_frame(run: RunDirectory, key: str) -> list[FrameUnit]:
    """Read what `write_frame` wrote.

    Raises:
        RunError: If the file is missing or damaged.
    """
    return [FrameUnit(**row) for row in read_table(_folder(run) / f"frame-{key}.parquet", _FRAME)]


def write_round(run: RunDirectory, drawn: Round) -> None:
    """Write the receipt of a round."""
    write_json(_folder(run) / f"sample-{drawn.key}.json", drawn)


def read_rounds(run: RunDirectory) -> list[Round]:
    """Return every round, in the order drawn.

    Raises:
        RunError: If a receipt is damaged, of a newer version, or was changed after the drawing.
    """
    found = []
    for path in sorted(_folder(run).glob("sample-*.json")):
        drawn = read_record(path, Round)
        if path.stem != f"sample-{drawn.key}":
            raise RunError(
                f"{path} was changed after it was drawn: its probabilities are no longer known",
                next_step=f"restore it, or delete it and give holdfast calibrate {run.path} --sample 100",
            )
        found.append(drawn)
    return sorted(found, key=lambda each: (each.frame, each.number))


def write_labels(run: RunDirectory, book: LabelBook) -> None:
    """Write the labels taken in."""
    write_json(_folder(run) / "labels.json", book)


def read_labels(run: RunDirectory) -> LabelBook:
    """Return the labels taken in; none if there are none.

    Raises:
        RunError: If the file is damaged or of a newer version.
    """
    path = _folder(run) / "labels.json"
    return read_record(path, LabelBook) if path.exists() else LabelBook()


def write_calibration(run: RunDirectory, stored: StoredCalibration) -> None:
    """Write a panel's calibration; an older one of the same panel is replaced."""
    write_json(_folder(run) / f"{content_key(stored.calibration.judge)}.json", stored)


def read_calibrations(run: RunDirectory) -> list[StoredCalibration]:
    """Return every panel's calibration, in order of the panels' names.

    Raises:
        RunError: If one is damaged or of a newer version.
    """
    others = {"labels.json"}
    paths = [p for p in _folder(run).glob("*.json") if p.name not in others and "-" not in p.name]
    found = [read_record(path, StoredCalibration) for path in paths]
    return sorted(found, key=lambda each: each.calibration.judge)


def calibration_files(run: RunDirectory) -> list[Path]:
    """Return the files of the folder that results rest on, for the manifest."""
    return sorted(path for path in _folder(run).glob("*") if path.suffix in (".json", ".parquet"))


def _folder(run: RunDirectory) -> Path:
    return run.file("calibration")
