"""What a device costs by the hour: a small dated table, so that money can be recomputed later."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from holdfast.domain import DataError, Problem


@dataclass(frozen=True, slots=True)
class Price:
    """The rent of one device.

    Attributes:
        device: The name the driver reports (`torch.cuda.get_device_name`).
        usd_per_hour: US dollars for one device for one hour, above 0.
        source: Where this price was read; empty where the table's source says it.
    """

    device: str
    usd_per_hour: float
    source: str = ""


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Rents by device, as of one day.

    Attributes:
        dated: Day the prices were read, ISO 8601.
        source: Where they were read.
        prices: One row a device.
        usd_per_kwh: Price of electricity, for who owns a device; in US dollars, not below 0.
    """

    dated: str
    source: str
    prices: tuple[Price, ...]
    usd_per_kwh: float = 0.0

    def usd(self, device: str, seconds: float) -> float | None:
        """Return what `seconds` on one such device cost in US dollars; None where it has no price.

        A CPU has no price: what the reader's own machine costs is not known here.
        """
        for price in self.prices:
            if price.device.casefold() == device.casefold():
                return price.usd_per_hour * seconds / 3600.0
        return None


def read_price_history(path: Path) -> tuple[PriceTable, ...]:
    """Return every price table of a JSON file laid out like the shipped one, oldest first.

    A file may also hold a single table, without `tables` around it.

    Raises:
        DataError: If the file is no such table, a day is not one, or a price is not above 0.
    """
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        tables = [_table(table) for table in whole.get("tables", [whole])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            [Problem(f"not a price table: {type(error).__name__}: {error}", str(path))]
        ) from error
    wrong = [
        Problem(f"the price of {price.device} is {price.usd_per_hour}, not above 0", str(path))
        for table in tables
        for price in table.prices
        if not 0.0 < price.usd_per_hour < float("inf")
    ]
    wrong += [
        Problem(f"the price of electricity is {table.usd_per_kwh}, below 0", str(path))
        for table in tables
        if not 0.0 <= table.usd_per_kwh < float("inf")
    ]
    if not tables:
        wrong = [Problem("holds no price table", str(path))]
    if wrong:
        raise DataError(wrong)
    return tuple(sorted(tables, key=lambda table: table.dated))


def read_prices(path: Path) -> PriceTable:
    """Return the latest price table of a JSON file; see `read_price_history`."""
    return read_price_history(path)[-1]


@cache
def shipped_price_history() -> tuple[PriceTable, ...]:
    """Return the price tables that ship with Holdfast, oldest first."""
    return read_price_history(Path(str(files("holdfast.spend").joinpath("prices.json"))))


def shipped_prices() -> PriceTable:
    """Return the latest price table that ships with Holdfast."""
    return shipped_price_history()[-1]


def _table(value: dict[str, Any]) -> PriceTable:
    return PriceTable(
        dated=date.fromisoformat(value["dated"]).isoformat(),
        source=str(value["source"]),
        prices=tuple(
            Price(str(row["name"]), float(row["usd_per_hour"]), str(row.get("source", "")))
            for row in value["devices"]
        ),
        usd_per_kwh=float(value.get("usd_per_kwh", 0.0)),
    )
