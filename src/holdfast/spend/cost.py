"""The price of a pathway from a model's shape: memory, hardware, time, money and each actor's part.

Time is FLOPs over the peak speed of a class of hardware times the share of it that training is assumed to
reach, plus the time to start and to read the weights. It is a forecast to within a factor of about two:
`benchmarks/published_prices.py` holds it against published runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from holdfast.domain import ModelShape
from holdfast.spend.flops import Workload
from holdfast.spend.hardware import Hardware, HardwareTable, Kind, shipped_hardware
from holdfast.spend.memory import (
    Attention,
    MemoryDemand,
    Optimizer,
    Storage,
    answering_memory,
    forecast_memory,
    peak_bytes,
)
from holdfast.spend.prices import PriceTable, shipped_prices

BYTES = {"float32": 4, "bfloat16": 2, "float16": 2}
"""Bytes of a weight, by the precisions a model can be loaded in."""
_GB = 1e9
START_SECONDS = 120.0
"""To start a process and read a corpus."""
READ_BYTES_PER_SECOND = 1e9
"""At which weights are read from disk."""
QUANTISED_SLOWDOWN = 1.5
"""A step takes this much longer where weights are put together from 4 or 8 bits at every use."""
ANSWERING_SHARE = 0.05
"""Speed of drawing answers one token at a time, as a share of that of training: memory is what limits it."""
PATIENCE_HOURS = 168.0
"""How long somebody lets a machine run: a week."""
SPARE = 1.03
"""Memory set aside beyond the forecast: blocks of memory do not fit together without gaps."""


class Pathway(StrEnum):
    """Kinds of pathway that can be priced from a shape; what trains or asks is priced as one of them."""

    FULL = "full"
    LORA = "lora"
    QLORA = "qlora"
    INT8 = "int8"
    PROMPTED = "prompted"

    @property
    def trains(self) -> bool:
        """Whether it takes optimiser steps."""
        return self is not Pathway.PROMPTED

    @property
    def adapters(self) -> bool:
        """Whether it trains adapters on a frozen base."""
        return self in (Pathway.LORA, Pathway.QLORA, Pathway.INT8)

    @property
    def storage(self) -> Storage:
        """How it keeps the weights of the base."""
        return {Pathway.QLORA: Storage.NF4, Pathway.INT8: Storage.INT8}.get(self, Storage.PLAIN)


@dataclass(frozen=True, slots=True)
class CostRequest:
    """What is to be priced.

    Attributes:
        shape: The model's sizes.
        pathway: The route.
        adapter_parameters: Parameters of the adapters, where the pathway trains adapters.
        dtype: Precision of the weights: `float32`, `bfloat16` or `float16`.
        batch: Sequences in memory at once; one optimiser step.
        length: Tokens a sequence, padding included.
        examples: Rows of the corpus (prompts attacked, where nothing is trained).
        passes: Times every row is used; need not be whole.
        checkpointing: Whether activations are computed again on the backward pass.
        optimizer: What is kept for each trained parameter.
        attention: How attention is computed.
        actors: Actors who share the work, each with its own part of the rows and a whole model.
        rounds: Times they exchange what they trained; nothing is exchanged by one actor.
        technique: Name of the technique that is priced; empty where it is the kind itself.
        sequences: Sequences that a row becomes (two answers that are compared, a group of samples).
        left_out: What the technique does beside that is not counted, in words; empty where nothing is.
    """

    shape: ModelShape
    pathway: Pathway
    adapter_parameters: int = 0
    dtype: str = "bfloat16"
    batch: int = 4
    length: int = 512
    examples: int = 100
    passes: float = 5.0
    checkpointing: bool = False
    optimizer: Optimizer = Optimizer.ADAMW
    attention: Attention = Attention.FUSED
    actors: int = 1
    rounds: int = 10
    technique: str = ""
    sequences: int = 1
    left_out: str = ""

    @property
    def name(self) -> str:
        """Name of what is priced."""
        return self.technique or self.pathway.value

    @property
    def workload(self) -> Workload:
        """What a token costs."""
        adapters = None if self.pathway is Pathway.FULL else self.adapter_parameters
        return Workload(self.shape, adapters, self.checkpointing and self.pathway.trains)

    @property
    def flops(self) -> float:
        """FLOPs of the whole, every sequence at its full length, all actors together."""
        if not self.pathway.trains:
            prompt = self.length // 2
            return self.workload.inference(prompt, self.length - prompt) * self.examples * self.passes
        return self.workload.training([self.length]) * self.examples * self.passes * self.sequences

    @property
    def steps(self) -> int:
        """Optimiser steps of one actor; 0 where nothing is trained."""
        rows = self.examples * self.passes / self.actors
        return math.ceil(rows / self.batch) if self.pathway.trains else 0

    @property
    def demand(self) -> MemoryDemand:
        """What one actor keeps in memory."""
        plain = BYTES[self.dtype]
        return MemoryDemand(
            workload=self.workload,
            batch_size=self.batch * self.sequences,
            length=self.length,
            weight_bytes=plain,
            trainable_bytes=plain if self.pathway is Pathway.FULL else 4,
            storage=self.pathway.storage,
            optimizer=self.optimizer,
            attention=self.attention,
        )


@dataclass(frozen=True, slots=True)
class Offer:
    """One class of hardware that one actor could use.

    Attributes:
        hardware: The class.
        hours: Wall-clock hours of one actor.
        device_hours: Hours times devices, of one actor.
        usd: Rent of one actor in US dollars, or its electricity where the hardware is owned and has no rent;
            None where neither is known.
        rented: Whether `usd` is a rent.
        kwh: Electricity of one actor at rated power.
    """

    hardware: Hardware
    hours: float
    device_hours: float
    usd: float | None
    rented: bool
    kwh: float


@dataclass(frozen=True, slots=True)
class Cost:
    """What a pathway costs.

    Attributes:
        request: What was priced.
        memory_gb: Memory of one actor by part, in GB (10^9 bytes), with `total`. Parts are at their own
            largest; `reused` (not above 0) is what never stands beside the rest. They add up to `total`.
        offers: Every class of hardware that holds it, smallest first.
        prices: The price table in force.
    """

    request: CostRequest
    memory_gb: dict[str, float]
    offers: tuple[Offer, ...]
    prices: PriceTable

    @property
    def smallest(self) -> Offer:
        """The smallest class of hardware that holds it and is done in a week; the smallest if none is."""
        done = (offer for offer in self.offers if offer.hours <= PATIENCE_HOURS)
        return next(done, self.offers[0])

    @property
    def cheapest(self) -> Offer | None:
        """The offer with the lowest rent; None where the price table knows none."""
        rents = [offer for offer in self.offers if offer.rented and offer.usd is not None]
        return min(rents, key=lambda offer: offer.usd or 0.0, default=None)

    @property
    def bytes_exchanged(self) -> int:
        """Bytes that one actor sends and is sent, over all rounds."""
        request = self.request
        if request.actors == 1 or not request.pathway.trains:
            return 0
        each = request.workload.trainable_parameters * request.demand.trainable_bytes
        return 2 * each * request.rounds


def price(
    request: CostRequest, prices: PriceTable | None = None, hardware: HardwareTable | None = None
) -> Cost:
    """Price a pathway.

    Args:
        request: What is to be priced.
        prices: Price table in force; the latest shipped one if None.
        hardware: Classes of hardware; the shipped ones if None.

    Returns:
        Memory, hardware, time and money.

    Raises:
        ValueError: If a count of the request is below 1, or its precision is not known.
    """
    counts = (request.batch, request.length, request.examples, request.actors, request.rounds)
    if min(counts) < 1 or request.passes <= 0.0:
        raise ValueError(
            f"batch, length, examples, actors and rounds {counts} and passes {request.passes}: all above 0"
        )
    if request.dtype not in BYTES:
        raise ValueError(f"precision {request.dtype!r} is none of {', '.join(BYTES)}")
    memory = _memory(request.demand, trains=request.pathway.trains)
    table, known = prices or shipped_prices(), hardware or shipped_hardware()
    offers = tuple(offer_on(request, fit, table) for fit in known.fitting(memory["total"] * SPARE))
    return Cost(request, memory, offers, table)


def price_at(cost: Cost, prices: PriceTable) -> Offer | None:
    """Return the cheapest rent for the same work by the prices of another day; None without a price."""
    again = tuple(offer_on(cost.request, offer.hardware, prices) for offer in cost.offers)
    return replace(cost, offers=again, prices=prices).cheapest


def _memory(demand: MemoryDemand, *, trains: bool) -> dict[str, float]:
    if trains:
        parts = forecast_memory(demand) | {"kv_cache": 0.0}
        total = peak_bytes(demand)
    else:
        parts = {"gradients": 0.0, "optimizer": 0.0} | answering_memory(demand)
        total = sum(parts.values())
    order = ("weights", "gradients", "optimizer", "activations", "logits", "kv_cache", "overhead")
    told = {name: parts[name] / _GB for name in order}
    return told | {"reused": (total - sum(parts.values())) / _GB, "total": total / _GB}


def offer_on(request: CostRequest, hardware: Hardware, prices: PriceTable) -> Offer:
    """Return the time and the money of one actor's part on some hardware, whether it holds it or not."""
    speed = hardware.flops_per_second(request.dtype)
    if not request.pathway.trains:
        speed *= ANSWERING_SHARE
    if request.pathway.storage is not Storage.PLAIN:
        speed /= QUANTISED_SLOWDOWN
    stored = request.shape.parameters * BYTES[request.dtype]
    seconds = START_SECONDS + stored / READ_BYTES_PER_SECOND + request.flops / request.actors / speed
    hours = seconds / 3600.0
    kwh = hours * hardware.watts / 1000.0
    rent = prices.usd(hardware.device, seconds * hardware.count)
    owned = kwh * prices.usd_per_kwh if hardware.kind is not Kind.RENTED else None
    return Offer(
        hardware=hardware,
        hours=hours,
        device_hours=hours * hardware.count,
        usd=owned if rent is None else rent,
        rented=rent is not None,
        kwh=kwh,
    )
