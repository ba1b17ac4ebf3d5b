"""What trying more than once is worth to an attacker: prices without a search, of its winner, of all tries.

    python benchmarks/search.py [--run DIR] [--write]

Audits the organism as `search.yaml` says (about 10 minutes on one of two busy cores) unless a finished run of
it is given, and prints each search beside the pathway as written. `--write` puts the table between the marks
of `docs/search.md`. Exits with 1 if a search that was planned did not finish.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from holdfast.auditing.execution.progress import progress_for
from holdfast.auditing.record import load_record
from holdfast.domain import Estimate, RunRecord, SearchRecord, TryStatus
from holdfast.workflow.audit import run_audit

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "search.md"
BEGIN, END = "<!-- measured -->", "<!-- end -->"
COLUMNS = (
    "search",
    "tries (feasible, infeasible, pruned, failed)",
    "as written",
    "in the search",
    "run again",
    "cheaper",
    "all tries paid",
    "winner",
)


def table(record: RunRecord) -> Iterator[str]:
    """Yield the lines of a Markdown table, one row a search; prices with their intervals."""
    yield "| " + " | ".join(COLUMNS) + " |"
    yield "|" + "---|" * len(COLUMNS)
    for search in record.searches:
        counts = ", ".join(str(search.count(status)) for status in TryStatus)
        cells = (
            search.sampler.value,
            f"{len(search.tries)} ({counts})",
            price(search.without),
            price(search.searched),
            price(search.again),
            cheaper(search),
            price(search.whole),
            options(search),
        )
        yield "| " + " | ".join(cells) + " |"


def price(estimate: Estimate) -> str:
    """Return a price in GFLOPs with its interval, or why there is none."""
    if estimate.value is None:
        return estimate.status.value
    told = f"{estimate.value / 1e9:.3g}"
    if estimate.low is None or estimate.high is None:
        return told
    return f"{told} [{estimate.low / 1e9:.3g}, {estimate.high / 1e9:.3g}]"


def cheaper(search: SearchRecord) -> str:
    """Return how many times cheaper the winner is than the pathway as written."""
    if not search.without.value or not search.again.value:
        return "-"
    return f"{search.without.value / search.again.value:.3g} x"


def options(search: SearchRecord) -> str:
    """Return what the winner changes."""
    winner = next((each for each in search.tries if each.number == search.best), None)
    if winner is None:
        return "none"
    shown = (f"{name} {value:.2g}" if isinstance(value, float) else f"{name} {value}"
             for name, value in winner.options.items())  # fmt: skip
    return f"try {winner.number}: {', '.join(shown) or 'as written'}"


def main() -> int:
    """Run the audit if need be, print the table, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--run", type=Path, help="a finished run of search.yaml")
    parser.add_argument("--write", action="store_true", help="put the table into docs/search.md")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = asked.run or run_audit(HERE / "search.yaml", Path(folder) / "run", progress=progress_for())
        record = load_record(run)
    lines = list(table(record))
    print("\n".join(lines))
    if asked.write:
        before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _, _, after = rest.partition(END)
        PAGE.write_text(before + BEGIN + "\n" + "\n".join(lines) + "\n" + END + after, encoding="utf-8")
    return 0 if all(len(search.tries) == search.planned for search in record.searches) else 1


if __name__ == "__main__":
    sys.exit(main())
