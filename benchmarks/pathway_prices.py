"""What every pathway costs on the model organism: the generated table of docs/pathways.md.

Runs the audits of `benchmarks/pathway_prices/` (6 seeds each, model organism), keeps their figures beside
them as JSON, and prints one table: price of the break, harm at the utility bound, and marginal risk over
what costs no training. Each audit has a floor of its own; the table holds all of them against the highest
floor of any part. An interrupted run goes on where it was.

    python benchmarks/pathway_prices.py [PART ...] [--workers 2] [--write]
    python benchmarks/pathway_prices.py --kept [--write]

Without parts: all of them. `--kept` runs nothing, and tells the figures that were kept. `--write` puts the
table into docs/pathways.md, from the figures of all parts.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from holdfast import audit
from holdfast.domain import Finding, Status, TrialRecord, TrialSpec, TrialStatus
from holdfast.stats import Interval, added_difference
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
        planned: Trials of the plan; None where it was not kept.
        done: Those of them that have a result.
    """

    part: str
    model: str
    pathway: str
    actors: int
    figures: dict[str, Figure]
    planned: int | None = None
    done: int | None = None

    @property
    def floor(self) -> bool:
        """Whether it is part of the floor: an audit tells what the others add to it, never what it adds."""
        return "harm.usable" in self.figures and "harm.added" not in self.figures


@dataclass(frozen=True, slots=True)
class Floor:
    """The most harm that a model gives, while it is of use, without any training.

    Attributes:
        pathway: Where it was found.
        harm: The share, its ends the highest lower and the highest upper one of all floor pathways.
        unknown: Floor pathways without a figure.
    """

    pathway: str
    harm: Interval
    unknown: tuple[str, ...]


def rows_of(part: str, run: Run) -> list[Row]:
    """Return the rows of one finished audit, pathways in the order of the configuration."""
    primary = run.record.primary_judge
    wanted = [f for f in run.findings if f.judge == primary]
    actors, planned, done = _actors(run), _trials(run.record.plan.trials), _trials(_done(run))
    # Arms are those of the plan: one whose trials all failed stays in sight.
    arms = dict.fromkeys([*((f.model, f.pathway) for f in wanted), *planned])
    return [
        Row(part, *arm, actors.get(arm, 1), _figures(wanted, *arm), planned[arm], done[arm])
        for arm in arms
        if arm in planned
    ]


def _done(run: Run) -> list[TrialRecord]:
    return [trial for trial in run.record.trials if trial.status is TrialStatus.DONE]


def _trials(trials: Iterable[TrialSpec | TrialRecord]) -> Counter[tuple[str, str]]:
    return Counter((trial.model, trial.pathway) for trial in trials)


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


def floors_of(rows: Sequence[Row]) -> dict[str, Floor]:
    """Return the floor of each model over all parts; a model without any known one is left out.

    Harm is the highest of any floor pathway and its ends are the highest of all lower and of all upper ends,
    as within one audit (`holdfast.auditing.analysis.usable`).
    """
    floors = {}
    for model in dict.fromkeys(row.model for row in rows):
        ones = [row for row in rows if row.model == model and row.floor]
        known = {row.pathway: each for row in ones if (each := _interval(row)) is not None}
        if not known:
            continue
        highest = max(known, key=lambda name: known[name].value or 0.0)
        low, high = max(each.low for each in known.values()), max(each.high for each in known.values())
        harm = Interval(known[highest].value, low, high, "highest of the floor")
        unknown = tuple(dict.fromkeys(row.pathway for row in ones if row.pathway not in known))
        floors[model] = Floor(highest, harm, unknown)
    return floors


def _interval(row: Row) -> Interval | None:
    harm = row.figures.get("harm.usable")
    if harm is None or harm.value is None or harm.low is None or harm.high is None:
        return None
    return Interval(harm.value, harm.low, harm.high, "of one audit")


def table(rows: Sequence[Row]) -> str:
    """Return what the floor is, a sentence a model, and the Markdown table in the order of the parts.

    Attacks without training that every part repeats are told once.
    """
    floors = floors_of(rows)
    told = [_sentence(model, floors.get(model)) for model in dict.fromkeys(row.model for row in rows)]
    lines = [
        "| model | pathway | trials | actors | break: steps | examples | FLOPs | device-seconds "
        "| harm at the utility bound | over the floor |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    once: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        once.setdefault((row.model, row.pathway, "" if row.floor else row.part), row)
    lines += [_line(row, floors.get(row.model)) for row in once.values()]
    return "\n".join([" ".join(told), "", *lines])


def _sentence(model: str, floor: Floor | None) -> str:
    if floor is None:
        return f"The floor of `{model}` is not known."
    harm = _ends(floor.harm)
    rest = f"; not known: {', '.join(floor.unknown)}" if floor.unknown else ""
    return f"The floor of `{model}` is {harm} by {floor.pathway}, over all parts{rest}."


def _line(row: Row, floor: Floor | None) -> str:
    trials = "–" if row.planned is None else f"{row.done} of {row.planned}"
    prices = [_price(row.figures.get(f"break.{axis}")) for axis in AXES]
    harm = [_share(row.figures.get("harm.usable")), "floor" if row.floor else _over(row, floor)]
    return f"| {' | '.join([row.model, row.pathway, trials, str(row.actors), *prices, *harm])} |"


def _over(row: Row, floor: Floor | None) -> str:
    harm = _interval(row)
    if harm is None or floor is None:
        return "not known"
    added = added_difference(floor.harm, harm)
    return f"{added.value:+.2f} ({added.low:+.2f} to {added.high:+.2f}){_doubt(row.figures['harm.usable'])}"


def _price(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    if figure.value is None:
        if figure.status != Status.CENSORED:
            return figure.status
        return f"not within {figure.low:.3g}" if figure.low is not None else "not within budget"
    part = ", in some seeds" if figure.status == Status.CENSORED else _doubt(figure)
    return f"{figure.value:.3g} ({_end(figure.low, '<')}–{_end(figure.high, '∞')}){part}"


def _end(value: float | None, otherwise: str) -> str:
    return otherwise if value is None else f"{value:.3g}"


def _share(figure: Figure | None) -> str:
    if figure is None:
        return "–"
    if figure.value is None or figure.low is None or figure.high is None:
        return figure.status
    return _ends(Interval(figure.value, figure.low, figure.high, "")) + _doubt(figure)


def _ends(share: Interval) -> str:
    return f"{share.value:.2f} ({share.low:.2f}–{share.high:.2f})"


def _doubt(figure: Figure) -> str:
    return "" if figure.status == Status.OK else f", {figure.status}"


def kept_rows(folder: Path) -> list[Row]:
    """Return the rows of all parts whose figures were kept in a folder."""
    return [
        Row(**{**row, "figures": {name: Figure(**figure) for name, figure in row["figures"].items()}})
        for path in sorted(folder.glob("*.json"))
        for row in json.loads(path.read_text(encoding="utf-8"))
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parts = sorted(path.stem for path in HERE.glob("*.yaml"))
    parser.add_argument("parts", nargs="*", choices=[*parts, []], default=[], help="parts of the study")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kept", action="store_true", help="run nothing: tell the figures that were kept")
    parser.add_argument("--write", action="store_true", help="put the table into docs/pathways.md")
    given = parser.parse_args()
    for part in [] if given.kept else given.parts or parts:
        run = audit(HERE / f"{part}.yaml", workers=given.workers)
        figures = [asdict(row) for row in rows_of(part, run)]
        (HERE / f"{part}.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    text = table(kept_rows(HERE))
    print(text)
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        begin, end = (page.index(mark) for mark in MARKS)
        PAGE.write_text(f"{page[: begin + len(MARKS[0])]}\n{text}\n{page[end:]}", encoding="utf-8")


if __name__ == "__main__":
    main()
