"""Every measured point of a run as one flat table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa

from holdfast.domain import Outcome, TrajectoryPoint
from holdfast.store.tables import read_table, write_table

_POINT_LABELS = ("trial", "model", "safeguard", "pathway", "at", "split", "benchmark", "kind", "judge")
_POINTS = pa.schema(
    [(name, pa.string()) for name in _POINT_LABELS]
    + [("seed", pa.int64()), ("step", pa.int64()), ("n", pa.int64())]
    + [(outcome.value, pa.float64()) for outcome in Outcome]
    + [("score", pa.float64())]
)


def trajectory_table(points: Sequence[TrajectoryPoint]) -> pa.Table:
    """Return measured points as a flat Arrow table: labels, outcome shares, score, `spend_<unit>` columns."""
    units = sorted({unit for p in points for unit in p.spend})
    schema = pa.schema([*_POINTS, *(pa.field(f"spend_{unit}", pa.float64()) for unit in units)])
    rows = [
        {name: getattr(p, name) for name in (*_POINT_LABELS, "seed", "step", "n", "score")}
        | {outcome.value: p.shares.get(outcome) for outcome in Outcome}
        | {f"spend_{unit}": p.spend.get(unit) for unit in units}
        for p in points
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def write_trajectories(path: Path, points: Sequence[TrajectoryPoint]) -> None:
    """Write every measured point of a run."""
    table = trajectory_table(points)
    write_table(path, table.to_pylist(), table.schema)


def read_trajectories(path: Path) -> tuple[TrajectoryPoint, ...]:
    """Read what `write_trajectories` wrote."""
    return tuple(
        TrajectoryPoint(
            **{name: row[name] for name in (*_POINT_LABELS, "seed", "step", "n", "score")},
            shares={o: row[o.value] for o in Outcome if row[o.value] is not None},
            spend={
                name.removeprefix("spend_"): value
                for name, value in row.items()
                if name.startswith("spend_") and value is not None
            },
        )
        for row in read_table(path, _POINTS)
    )
