"""What reading a file gives: the rows that could be read, and the problems of those that could not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from holdfast.domain import Problem


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file, not yet checked.

    Attributes:
        line: 1-based line it starts on.
        values: Field name -> value; decimal numbers of JSON come as `decimal.Decimal`.
    """

    line: int
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scan:
    """The outcome of reading a file to its end.

    Attributes:
        rows: Rows that could be read, in file order.
        problems: What could not.
    """

    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]

    @classmethod
    def failed(cls, problem: Problem) -> Scan:
        """Return the scan of a file of which nothing can be read."""
        return cls((), (problem,))
