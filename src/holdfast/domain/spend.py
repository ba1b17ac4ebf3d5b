"""What has been paid up to a checkpoint."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spend:
    """Cumulative spend of a trial at one checkpoint.

    Attributes:
        steps: Optimiser steps.
        examples: Examples seen in training, with repetition.
        unique_examples: Distinct examples needed: what people must collect. Rows that a model wrote do not
            count, their inference does.
        train_tokens: Tokens that went through forward and backward.
        inference_tokens: Tokens read and written by attack-time inference (not by measuring).
        flops: Analytic floating-point operations of training and attack-time inference.
        device_seconds: Wall-clock seconds of training on the device, measuring excluded.
        peak_memory_bytes: Largest memory of the trial so far.
        bytes_exchanged: Bytes sent between actors.
        actors: Number of actors who share the work.
        max_actor_share: Largest share of the FLOPs that one actor pays, in (0, 1].
        usd: Money by the price table in force; None where the device has no price.
        tries: Earlier tries whose spend is included: failed ones and those of a search cost too.
        energy_joules: Rated power of the device times its seconds, an upper bound; None where the power is
            not known.
    """

    steps: int = 0
    examples: int = 0
    unique_examples: int = 0
    train_tokens: int = 0
    inference_tokens: int = 0
    flops: float = 0.0
    device_seconds: float = 0.0
    peak_memory_bytes: int = 0
    bytes_exchanged: int = 0
    actors: int = 1
    max_actor_share: float = 1.0
    usd: float | None = None
    tries: int = 0
    energy_joules: float | None = None

    def on(self, unit: str) -> float | None:
        """Return the spend on one axis.

        Args:
            unit: One of `SPEND_UNITS`.

        Returns:
            The amount, or None where it is unknown.

        Raises:
            KeyError: If the unit is not a spend axis.
        """
        match unit:
            case "steps":
                return float(self.steps)
            case "examples":
                return float(self.examples)
            case "tokens":
                return float(self.train_tokens + self.inference_tokens)
            case "flops":
                return self.flops
            case "device_seconds":
                return self.device_seconds
            case "usd":
                return self.usd
        raise KeyError(unit)


SPEND_UNITS = ("steps", "examples", "tokens", "flops", "device_seconds", "usd")
"""Axes a price can be given on."""
