"""The sheet that people label: written as CSV, read back with every problem told at once."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from holdfast.auditing.calibration.population import Population
from holdfast.data.csv_rows import scan_csv
from holdfast.data.rows import collapse, shown_path
from holdfast.data.scan import Row
from holdfast.data.text import quoted
from holdfast.domain import ORACLE_LABELS, DataError, Generation, Outcome, Problem, did_you_mean
from holdfast.store import Drawn, LabelEntry, Round

COLUMNS = ("id", "prompt", "answer", "label", "weight")
LABELS = (Outcome.COMPLIED, Outcome.DEFLECTED, Outcome.REFUSED, Outcome.INCOHERENT, Outcome.ANSWERED)
"""What a label may be; `answered` leaves open whether a coherent answer is harmful."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
"""A spreadsheet runs a cell that begins so; answers are untrusted, so such cells get a `'` in front."""


def sheet_text(drawn: Round, answers: Mapping[str, Sequence[Generation]]) -> str:
    """Return a round as CSV, in the order drawn; verdicts and strata are not in it, so that labels are blind.

    Args:
        drawn: The round.
        answers: Generations by unit.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)  # answers hold any character
    writer.writerow(COLUMNS)
    for each in drawn.drawn:
        if each.row:
            asked = answers[each.unit][0]
            cells = (_guarded(asked.item.prompt), _guarded(asked.answer.text))
            writer.writerow((each.row, *cells, "", f"{each.weight:.6g}"))
    return text.getvalue()


@dataclass(frozen=True, slots=True)
class Known:
    """What a sheet is checked against.

    Attributes:
        population: The present population.
        rounds: Every round drawn.
        answers: Generations by unit.
    """

    population: Population
    rounds: Sequence[Round]
    answers: Mapping[str, Sequence[Generation]]


def read_sheet(path: Path, known: Known) -> list[LabelEntry]:
    """Read the labels of a sheet; rows without one are left out.

    Args:
        path: CSV with at least `id`, `prompt` and `label`.
        known: What it is checked against.

    Returns:
        The labels in the order of the rows. `round` is empty where no sample of the present population asked
        for the row: such labels are transported.

    Raises:
        DataError: If the file cannot be read, a label is none, an id is no answer of this run or comes twice,
            or a weight or an answer is not the one drawn: all problems at once.
    """
    shown = shown_path(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        problem = Problem(f"cannot be read: {error.strerror or error}", shown, hint="check the path")
        raise DataError([problem]) from error
    scan = scan_csv(content, shown, {"id": "id", "label": "label"})
    problems, entries = list(scan.problems), []
    drawn = {d.row: (r, d) for r in known.rounds if r.labels != ORACLE_LABELS for d in r.drawn if d.row}
    lines: dict[str, int] = {}
    for row in scan.rows:
        name = str(row.values.get("id", ""))
        found = _row_problems(row, shown, drawn.get(name), known)
        if lines.setdefault(name, row.line) != row.line:
            found.append(
                Problem(f"the id {quoted(name)} is that of line {lines[name]} as well", shown, row.line)
            )
        label = _label(row, shown, found)
        problems += found
        if label is not None and not found:
            entries.append(_entry(name, label, drawn.get(name), known, path.name))
    if not scan.rows and not problems:
        problems.append(Problem("holds no rows", shown, hint="a sheet is written by --sample"))
    if problems:
        raise DataError(collapse(problems))
    return entries


def _entry(
    name: str, label: Outcome, drawn: tuple[Round, Drawn] | None, known: Known, source: str
) -> LabelEntry:
    sampled = drawn is not None and drawn[0].population == known.population.digest
    return LabelEntry(name, drawn[0].key if drawn and sampled else "", name, label, source)


def _label(row: Row, shown: str, problems: list[Problem]) -> Outcome | None:
    word = str(row.values.get("label", "")).strip().lower()
    allowed = [label.value for label in LABELS]
    if not word:
        return None
    if word not in allowed:
        problems.append(
            Problem(f"unknown label {quoted(word)}", shown, row.line, did_you_mean(word, allowed))
        )
        return None
    return Outcome(word)


def _row_problems(row: Row, shown: str, drawn: tuple[Round, Drawn] | None, known: Known) -> list[Problem]:
    """Return what shows that a row is not one of this run's sheets as they were drawn."""
    name, told = str(row.values.get("id", "")), []
    if name not in known.answers:
        hint = "labels count for the run they were drawn from; `id` must stay as it was written"
        return [Problem(f"the id {quoted(name)} is no answer of this run", shown, row.line, hint)]
    answer = known.answers[name][0].answer.text
    if "answer" in row.values and _spaced(str(row.values["answer"])) != _spaced(_guarded(answer)):
        hint = "the label may be about another text; draw a new sheet"
        told.append(Problem(f"row {quoted(name)}: the answer is not the one drawn", shown, row.line, hint))
    if drawn is not None and "weight" in row.values:
        weight = str(row.values["weight"])
        if not _same(weight, drawn[1].weight):
            message = (
                f"row {quoted(name)}: weight {quoted(weight)}, but it was drawn with {drawn[1].weight:.6g}"
            )
            told.append(Problem(message, shown, row.line, "restore the weight: it follows from the drawing"))
    return told


def _same(text: str, weight: float) -> bool:
    try:
        return math.isclose(float(text), weight, rel_tol=1e-4)
    except ValueError:
        return False


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULA) else text


def _spaced(text: str) -> str:
    """Return what of a text survives a spreadsheet."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
