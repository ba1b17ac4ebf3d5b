"""What an attack costs: the ledger of what was paid, and the forecast of what will be. No torch here."""

from holdfast.spend.flops import Workload
from holdfast.spend.forecast import (
    Demand,
    Forecast,
    MachineSpeed,
    forecast_seconds,
    probe_speed,
)
from holdfast.spend.ledger import Ledger, LedgerState
from holdfast.spend.memory import MemoryDemand, forecast_memory
from holdfast.spend.prices import Price, PriceTable, shipped_prices

__all__ = [
    "Demand",
    "Forecast",
    "Ledger",
    "LedgerState",
    "MachineSpeed",
    "MemoryDemand",
    "Price",
    "PriceTable",
    "Workload",
    "forecast_memory",
    "forecast_seconds",
    "probe_speed",
    "shipped_prices",
]
