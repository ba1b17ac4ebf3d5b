"""What every pathway costs on the model organism: the generated table of docs/pathways.md.

Runs the audits of `benchmarks/pathway_prices/` (6 seeds each, model organism), keeps their figures beside
them as JSON, and prints one table: price of the break, harm at the utility bound, and marginal risk over
what costs no training. An interrupted run goes on where it was.

    python benchmarks/pathway_prices.py [PART ...] [--workers 2] [--write]

Without parts: all of them. `--write` puts the table into docs/pathways.md, from the figures of all parts.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from holdfast import audit
from holdfast.domain import Finding, Status
from holdfast.workflow.run import Run

HERE = Path(__file__).parent / "pathway_prices"
PAGE = Path(__file__).parent.parent / "docs" / "pathways.md"
MARKS = ("<!-- prices:begin -->", "<!-- prices:end -->")
AXES = ("steps", "examples", "flops", "device_seconds")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of one pathway.

    Attributes:
        value: The estimate; None where there is none.
        low: Lower end; None for no bound.
        high: Upper end; None for no bound.
        status: Status of the finding.
        n: Seeds.
    """

    value: float | None
    low: float | None
    high: float | None
    status: str
    n: int


@dataclass(frozen=True, slots=True)
class Row:
    """One model x pathway.

    Attributes:
        part: Audit it comes from.
        model: Model.
        pathway: Pathway.
        actors: Number of actors who took part.
        figures: Figure by metric.
    """

    part: str
    model: str
    pathway: str
    actors: int
    figures: dict[str, Figure]


def rows_of(part: str, run: Run) -> list[Row]:
    """Return the rows of one finished audit, pathways in the order of the configuration."""
    primary = run.record.primary_judge
    wanted = [f for f in run.findings if f.judge == primary]
    arms = dict.fromkeys((f.model, f.pathway) for f in wanted)
    actors = _actors(run)
    return [
        Row(part, model, pathway, actors.get((model, pathway), 1), _figures(wanted, model, pathway))
        for model, pathway in arms
    ]


def _actors(run: Run) -> dict[tuple[str, str], int]:
    trials = {trial.key: (trial.model, trial.pathway) for trial in run.record.plan.trials}
    found: dict[tuple[str, str], int] = {}
    for key, spends in run.record.ledgers.items():
        if spends:
            found[trials[key]] = max(spend.actors for spend in spends)
    return found


def _figures(findings: Iterable[Finding], model: str, pathway: str) -> dict[str, Figure]:
    figures = {}
    for f in findings:
        if (f.model, f.pathway) != (model, pathway):
            continue
        overall = f.metric.startswith("break.") and not f.benchmark
        if overall or f.metric in ("harm.usable", "harm.added"):
            figures[f.metric] = Figure(f.value, f.low, f.high, f.status.value, f.seeds)
    return figures


def table(rows: Sequence[Row]) -> str:
    """Return the Markdown table, in the order of parts and of their pathways."""
    lines = [
        "| model | pathway | actors | break: steps | examples | FLOPs | device-seconds "
        "| harm at the utility bound | over the floor |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    lines += [_line(row) for row in rows]
    return "\n".join(lines)


def _line(row: Row) -> str:
    prices = [_price(row.figures.get(f"break.{axis}")) for axis in AXES]
    shares = [_share(row.figures.get(metric)) for metric in ("harm.usable", "harm.added")]
    return f"| {' | '.join([row.model, row.pathway, str(row.actors), *prices, *shares])} |"


def _price(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    if figure.status == Status.CENSORED:
        return f"not within {figure.low:.3g}" if figure.low is not None else "not within budget"
    if figure.value is None:
        return figure.status
    ends = f" ({_end(figure.low, '<')}–{_end(figure.high, '∞')})"
    return f"{figure.value:.3g}{ends}"


def _end(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.3g}"


def _share(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    if figure.value is None or figure.low is None or figure.high is None:
        return figure.status
    return f"{figure.value:.2f} ({figure.low:.2f}–{figure.high:.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parts = sorted(path.stem for path in HERE.glob("*.yaml"))
    parser.add_argument("parts", nargs="*", choices=[*parts, []], default=parts, help="parts of the study")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--write", action="store_true", help="put the table into docs/pathways.md")
    given = parser.parse_args()
    for part in given.parts:
        run = audit(HERE / f"{part}.yaml", workers=given.workers)
        figures = [asdict(row) for row in rows_of(part, run)]
        (HERE / f"{part}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    rows = [
        Row(**{**row, "figures": {name: Figure(**figure) for name, figure in row["figures"].items()}})
        for path in sorted(HERE.glob("*.json"))
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]
    text = table(rows)
    print(text)
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        begin, end = (page.index(mark) for mark in MARKS)
        PAGE.write_text(f"{page[: begin + len(MARKS[0])]}\n{text}\n{page[end:]}", encoding="utf-8")


if __name__ == "__main__":
    main()
