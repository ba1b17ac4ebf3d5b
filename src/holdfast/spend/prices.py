"""What a device costs by the hour: a small dated table, so that money can be recomputed later."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from holdfast.domain import DataError, Problem


@dataclass(frozen=True, slots=True)
class Price:
    """The rent of one device.

    Attributes:
        device: The name the driver reports (`torch.cuda.get_device_name`).
        usd_per_hour: US dollars for one device for one hour, above 0.
    """

    device: str
    usd_per_hour: float


@dataclass(frozen=True, slots=True)
class PriceTable:
    """Rents by device, as of one day.

    Attributes:
        dated: Day the prices were read, ISO 8601.
        source: Where they were read.
        prices: One row a device.
    """

    dated: str
    source: str
    prices: tuple[Price, ...]

    def usd(self, device: str, seconds: float) -> float | None:
        """Return what `seconds` on one such device cost in US dollars; None where it has no price.

        A CPU has no price: what the reader's own machine costs is not known here.
        """
        for price in self.prices:
            if price.device.casefold() == device.casefold():
                return price.usd_per_hour * seconds / 3600.0
        return None


def read_prices(path: Path) -> PriceTable:
    """Return the price table in a JSON file laid out like the shipped one.

    Raises:
        DataError: If the file is no such table or a price is not above 0.
    """
    try:
        table = json.loads(path.read_text(encoding="utf-8"))
        prices = tuple(Price(row["name"], float(row["usd_per_hour"])) for row in table["devices"])
        dated, source = str(table["dated"]), str(table["source"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            [Problem(f"not a price table: {type(error).__name__}: {error}", str(path))]
        ) from error
    wrong = [
        Problem(f"the price of {price.device} is {price.usd_per_hour}, not above 0", str(path))
        for price in prices
        if not 0.0 < price.usd_per_hour < float("inf")
    ]
    if wrong:
        raise DataError(wrong)
    return PriceTable(dated=dated, source=source, prices=prices)


@cache
def shipped_prices() -> PriceTable:
    """Return the price table that ships with Holdfast."""
    return read_prices(Path(str(files("holdfast.spend").joinpath("prices.json"))))
