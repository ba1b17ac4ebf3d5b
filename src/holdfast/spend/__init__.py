"""What an attack costs: the ledger of what was paid, and the forecast of what will be. No torch here."""

from holdfast.spend.adapters import low_rank_parameters
from holdfast.spend.assumptions import assumptions
from holdfast.spend.combining import in_sequence, side_by_side
from holdfast.spend.cost import BYTES, Cost, CostRequest, Offer, Pathway, offer_on, price, price_at
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
from holdfast.spend.memory import (
    Attention,
    MemoryDemand,
    Optimizer,
    Storage,
    answering_memory,
    forecast_memory,
    peak_bytes,
)
from holdfast.spend.payers import Goal, GoalCost, Payment, price_goals, shipped_goals, who_pays
from holdfast.spend.potential import Potential, Ratings, rate, rate_run, read_ratings, shipped_ratings
from holdfast.spend.prices import (
    Price,
    PriceTable,
    read_price_history,
    read_prices,
    shipped_price_history,
    shipped_prices,
)

__all__ = [
    "BYTES",
    "Attention",
    "Cost",
    "CostRequest",
    "Demand",
    "Forecast",
    "Goal",
    "GoalCost",
    "Hardware",
    "HardwareTable",
    "Ledger",
    "LedgerState",
    "MachineSpeed",
    "MemoryDemand",
    "Offer",
    "Optimizer",
    "Pathway",
    "Payment",
    "Potential",
    "Price",
    "PriceTable",
    "Ratings",
    "Storage",
    "Workload",
    "answering_memory",
    "assumptions",
    "forecast_memory",
    "forecast_seconds",
    "in_sequence",
    "low_rank_parameters",
    "offer_on",
    "peak_bytes",
    "price",
    "price_at",
    "price_goals",
    "probe_speed",
    "rate",
    "rate_run",
    "read_price_history",
    "read_prices",
    "read_ratings",
    "shipped_goals",
    "shipped_hardware",
    "shipped_price_history",
    "shipped_prices",
    "shipped_ratings",
    "side_by_side",
    "who_pays",
]
