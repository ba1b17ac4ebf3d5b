"""Classes of hardware: memory, peak speed and power, from a small dated table."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any


class Kind(StrEnum):
    """Who has such hardware."""

    LAPTOP = "laptop"
    CONSUMER = "consumer"
    RENTED = "rented"


@dataclass(frozen=True, slots=True)
class Hardware:
    """One class of hardware, possibly several nodes of it.

    Attributes:
        name: What it is called in tables.
        kind: Who has it.
        device: Name of one device as the driver and the price table know it.
        count: Devices that work together.
        memory_gb: Memory of all of them that a training can use, in GB (10^9 bytes).
        tflops: Peak speed of all of them in 10^12 FLOP/s, dense, by arithmetic: `float32` and `half`.
        utilisation: Share of the peak that training is assumed to reach, in (0, 1).
        watts: Rated power of all of them.
    """

    name: str
    kind: Kind
    device: str
    count: int
    memory_gb: float
    tflops: dict[str, float]
    utilisation: float
    watts: float

    def flops_per_second(self, dtype: str) -> float:
        """Return the FLOP/s that training is assumed to reach with weights of this dtype, above 0."""
        peak = self.tflops["float32" if dtype == "float32" else "half"]
        return peak * 1e12 * self.utilisation

    def times(self, nodes: int) -> Hardware:
        """Return this many of it, working together."""
        if nodes == 1:
            return self
        return Hardware(
            name=f"{nodes} x {self.name}",
            kind=self.kind,
            device=self.device,
            count=self.count * nodes,
            memory_gb=self.memory_gb * nodes,
            tflops={name: speed * nodes for name, speed in self.tflops.items()},
            utilisation=self.utilisation,
            watts=self.watts * nodes,
        )


@dataclass(frozen=True, slots=True)
class HardwareTable:
    """The classes known, laptops first, then by memory.

    Attributes:
        dated: Day the table was made, ISO 8601.
        source: Where the figures come from, in words.
        classes: The classes, in order: what more people have comes first.
    """

    dated: str
    source: str
    classes: tuple[Hardware, ...]

    def fitting(self, memory_gb: float) -> tuple[Hardware, ...]:
        """Return the classes with this much memory, smallest first.

        Where not even the largest has it: as many nodes of each of the largest size as hold it together.
        """
        enough = tuple(hardware for hardware in self.classes if hardware.memory_gb >= memory_gb)
        if enough:
            return enough
        largest = max(hardware.memory_gb for hardware in self.classes)
        nodes = int(-(-memory_gb // largest))
        return tuple(hardware.times(nodes) for hardware in self.classes if hardware.memory_gb == largest)


@cache
def shipped_hardware() -> HardwareTable:
    """Return the hardware table that ships with Holdfast."""
    table = json.loads(files("holdfast.spend").joinpath("hardware.json").read_text(encoding="utf-8"))
    classes = sorted(
        (_hardware(row) for row in table["classes"]),
        key=lambda h: (h.kind is not Kind.LAPTOP, h.memory_gb, h.tflops["half"]),
    )
    return HardwareTable(table["dated"], table["source"], tuple(classes))


def hardware_of(device: str) -> Hardware | None:
    """Return the class of one device by the name its driver gives; None if the table does not know it."""
    one = (hardware for hardware in shipped_hardware().classes if hardware.count == 1)
    return next((hardware for hardware in one if hardware.device.casefold() == device.casefold()), None)


def rated_watts(device: str) -> float | None:
    """Return the rated power of one device by the name its driver gives, in watts; None if not known.

    A `cpu` has none: which one it is, and what else it does, is not known.
    """
    hardware = hardware_of(device)
    return None if hardware is None or hardware.kind is Kind.LAPTOP else hardware.watts


def _hardware(row: dict[str, Any]) -> Hardware:
    return Hardware(
        name=str(row["name"]),
        kind=Kind(row["kind"]),
        device=str(row["device"]),
        count=int(row["count"]),
        memory_gb=float(row["memory_gb"]),
        tflops={name: float(speed) for name, speed in row["tflops"].items()},
        utilisation=float(row["utilisation"]),
        watts=float(row["watts"]),
    )
