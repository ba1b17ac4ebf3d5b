"""What an attack costs: the ledger of what was paid, and the forecast of what will be. No torch here."""

from holdfast.spend.combining import in_sequence, side_by_side
from holdfast.spend.flops import Workload
from holdfast.spend.forecast import (
    Demand,
    Forecast,
    MachineSpeed,
    forecast_seconds,
    probe_speed,
)
from holdfast.spend.hardware import Hardware, HardwareTable, shipped_hardware
from holdfast.spend.ledger import Ledger, LedgerState
from holdfast.spend.memory import MemoryDemand, forecast_memory
from holdfast.spend.prices import Price, PriceTable, shipped_prices

__all__ = [
    "Demand",
    "Forecast",
    "Hardware",
    "HardwareTable",
    "Ledger",
    "LedgerState",
    "MachineSpeed",
    "MemoryDemand",
    "Price",
    "PriceTable",
    "Workload",
    "forecast_memory",
    "forecast_seconds",
    "in_sequence",
    "probe_speed",
    "shipped_hardware",
    "shipped_prices",
    "side_by_side",
]
