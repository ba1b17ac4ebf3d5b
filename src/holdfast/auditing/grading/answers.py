"""Reading a file of answers: `{"id", "prompt", "response"}` a line, everything wrong told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path

from holdfast.data.grouping import fill_groups
from holdfast.data.rows import collapse, scan_rows, shown_path
from holdfast.data.scan import Row
from holdfast.data.text import quoted
from holdfast.domain import (
    JUDGED_KINDS,
    Answer,
    Benchmark,
    BenchmarkKind,
    DataError,
    DataSource,
    Generation,
    Item,
    Problem,
    ask,
    did_you_mean,
)

REQUIRED = ("id", "prompt", "response")
OPTIONAL = ("kind", "benchmark", "target", "finished")
FIELDS = (*REQUIRED, *OPTIONAL)
"""Fields a row may hold; the first three it must."""
_KINDS = tuple(kind.value for kind in JUDGED_KINDS)


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers read from a file.

    Attributes:
        generations: One a row, in file order; a generation's id is its row's.
        benchmarks: The rows' questions by benchmark: what judges may know besides the answers.
        numbers: Ids that the file writes as integers, by the id of the generation.
        ignored: Fields that mean nothing here, in the order met.
    """

    generations: tuple[Generation, ...]
    benchmarks: dict[str, Benchmark]
    numbers: Mapping[str, int] = field(default_factory=dict)
    ignored: tuple[str, ...] = ()

    @property
    def warning(self) -> str:
        """What to tell of the ignored fields; empty if there are none."""
        if not self.ignored:
            return ""
        close = {name: get_close_matches(name, OPTIONAL, n=1, cutoff=0.8) for name in self.ignored}
        told = [
            repr(name) + (f" (did you mean {near[0]!r}?)" if near else "") for name, near in close.items()
        ]
        return f"fields that mean nothing here are ignored: {', '.join(told)}"


def read_answers(path: Path) -> Answers:
    """Read a JSONL file of answers, UTF-8, with or without a byte-order mark; blank lines are skipped.

    A row holds `id` (text or integer, unique), the texts `prompt` and `response` (both may be empty), and
    may hold `kind` (`safety`, the default, or `over_refusal`), `benchmark` (default: the kind), `target` (the
    harmful content a judge of targets looks for) and `finished` (false for an answer cut off at a length
    limit; default true). Other fields are ignored.

    Raises:
        DataError: If the file cannot be read, holds no row, or a row is not as above: all problems at once.
    """
    shown = shown_path(path)
    if path.suffix.lower() in (".csv", ".tsv"):
        hint = 'write one JSON object a line: {"id": ..., "prompt": ..., "response": ...}'
        raise DataError([Problem("is a table, not JSONL", shown, hint=hint)])
    scan = scan_rows(DataSource(path=str(path)))
    problems = list(scan.problems)
    read = [_generation(row, shown, problems) for row in scan.rows]
    problems += _clashes(scan.rows, shown)
    if not scan.rows and not problems:
        problems.append(Problem("holds no rows", shown, hint="a row is one JSON object a line"))
    if problems:
        raise DataError(collapse(problems))
    answers = _with_groups([generation for generation in read if generation is not None], shown)
    numbers = {str(row.values["id"]): row.values["id"] for row in scan.rows if _whole(row.values["id"])}
    ignored = dict.fromkeys(name for row in scan.rows for name in row.values if name not in FIELDS)
    return replace(answers, numbers=numbers, ignored=tuple(ignored))


def _whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _generation(row: Row, shown: str, problems: list[Problem]) -> Generation | None:
    found = _problems(row, shown)
    problems += found
    if found:
        return None
    values = row.values
    kind = BenchmarkKind(values.get("kind", BenchmarkKind.SAFETY.value))
    item = Item(str(values["id"]), ask(values["prompt"]), values.get("target"))
    answer = Answer(values["response"], (), values.get("finished", True), 0)
    return Generation(item.id, values.get("benchmark", kind.value), kind, item, answer)


def _problems(row: Row, shown: str) -> list[Problem]:
    """Return everything wrong with one row by itself."""
    values = row.values
    found = [
        Problem(f"no {name}", shown, row.line, _missing(name, values))
        for name in REQUIRED
        if name not in values
    ]
    for name, value in values.items():
        if name not in FIELDS:
            continue
        if name == "id" and _whole(value):
            continue
        if name == "finished":
            if not isinstance(value, bool):
                message = f"finished must be true or false, got {quoted(value)}"
                found.append(Problem(message, shown, row.line))
        elif not isinstance(value, str):
            hint = "write it in quotes" if value is not None else "leave the field out, or write a text"
            found.append(Problem(f"{name} must be text, got {quoted(value)}", shown, row.line, hint))
        elif name not in ("prompt", "response") and not value.strip():
            found.append(Problem(f"empty {name}: {quoted(value)}", shown, row.line))
        elif name == "kind" and value not in _KINDS:
            hint = did_you_mean(value, _KINDS)
            found.append(Problem(f"judges decide no answers of kind {quoted(value)}", shown, row.line, hint))
    return found


def _missing(name: str, values: Mapping[str, object]) -> str:
    """Return what to do about a missing field: the nearest of the row's own fields, or what a row needs."""
    near = get_close_matches(name, [given for given in values if given not in FIELDS], n=1)
    return f"did you mean it by {near[0]!r}?" if near else f"a row needs {', '.join(REQUIRED)}"


def _clashes(rows: Sequence[Row], shown: str) -> list[Problem]:
    """Return ids that come twice, and benchmarks whose rows are of two kinds."""
    found: list[Problem] = []
    lines: dict[str, int] = {}
    kinds: dict[str, tuple[str, int]] = {}
    for row in rows:
        name, kind = row.values.get("id"), row.values.get("kind", BenchmarkKind.SAFETY.value)
        benchmark = row.values.get("benchmark", kind)
        name = str(name) if _whole(name) else name
        if isinstance(name, str) and lines.setdefault(name, row.line) != row.line:
            message = f"the id {quoted(name)} is that of line {lines[name]} as well"
            found.append(Problem(message, shown, row.line, "an id names one answer"))
        if isinstance(benchmark, str) and isinstance(kind, str):
            first, line = kinds.setdefault(benchmark, (kind, row.line))
            if first != kind:
                message = f"benchmark {quoted(benchmark)} is {quoted(kind)} here and {quoted(first)} at line"
                found.append(Problem(f"{message} {line}", shown, row.line, "a benchmark has one kind"))
    return found


def _with_groups(generations: Sequence[Generation], source: str) -> Answers:
    asked: dict[str, list[Generation]] = {}
    for generation in generations:
        asked.setdefault(generation.benchmark, []).append(generation)
    benchmarks = {
        name: Benchmark(name, rows[0].kind, fill_groups([g.item for g in rows]).items, source=source)
        for name, rows in asked.items()
    }
    return Answers(tuple(generations), benchmarks)
