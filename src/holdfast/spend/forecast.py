"""How long a plan will take on this machine, and what that forecast assumes."""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

_PROBE_SIZE = 64
"""Small enough that no library spreads the product over threads, which would measure their quarrel."""
_PROBE_STACK = 32
_UTILISATION = 0.5
"""Share of the probed matrix speed that a transformer's step reaches; the rest goes to narrow matrices,
norms, softmax and the optimiser (measured: 0.34 to 0.50 of processor time, 1 M parameters, one thread)."""
_STEP_OVERHEAD = 0.008
"""Seconds a training step takes beside its arithmetic (dispatch, data, optimiser)."""
_TOKEN_OVERHEAD = 0.003
"""Seconds one decoding step of a whole batch takes beside its arithmetic."""


@dataclass(frozen=True, slots=True)
class MachineSpeed:
    """What one worker of this machine can do.

    Attributes:
        flops_per_second: Speed of a float32 matrix product on one core.
        method: How it was found, in words.
    """

    flops_per_second: float
    method: str


@dataclass(frozen=True, slots=True)
class Demand:
    """The work of a plan (or of one trial), from counts alone.

    Attributes:
        steps: Optimiser steps.
        training_flops: FLOPs of all of them.
        answers: Answers drawn.
        answer_tokens: Longest answer, in tokens.
        inference_flops: FLOPs of all answers.
        batch_size: Answers drawn at once.
        start_ups: Times a model is loaded.
        seconds_per_start: Seconds a load takes, imports included.
    """

    steps: int
    training_flops: float
    answers: int
    answer_tokens: int
    inference_flops: float
    batch_size: int = 64
    start_ups: int = 1
    seconds_per_start: float = 8.0


@dataclass(frozen=True, slots=True)
class Forecast:
    """Time a plan is expected to take.

    Attributes:
        seconds: Wall clock, all workers busy.
        parts: Seconds of one worker by part: start_up, train, generate.
        assumptions: What the forecast takes for granted, one sentence each.
    """

    seconds: float
    parts: dict[str, float]
    assumptions: tuple[str, ...]


def probe_speed(seconds: float = 0.15) -> MachineSpeed:
    """Measure how fast this machine multiplies float32 matrices, per core.

    The time taken is the processor's own, so that other busy processes do not count.

    Args:
        seconds: How long to measure, in seconds; above 0.

    Returns:
        The speed, above 0.
    """
    shape = (_PROBE_STACK, _PROBE_SIZE, _PROBE_SIZE)
    matrix = np.random.default_rng(0).standard_normal(shape, dtype=np.float32)
    product = np.empty_like(matrix)
    np.matmul(matrix, matrix, out=product)
    products = 0
    wall, processor = time.perf_counter(), time.process_time()
    while time.perf_counter() - wall < seconds or time.process_time() <= processor:
        np.matmul(matrix, matrix, out=product)
        products += _PROBE_STACK
    taken = time.process_time() - processor
    speed = products * 2.0 * _PROBE_SIZE**3 / taken
    return MachineSpeed(
        speed, f"{products} products of {_PROBE_SIZE} x {_PROBE_SIZE} float32 matrices, processor time"
    )


def forecast_seconds(demand: Demand, speed: MachineSpeed, workers: int = 1) -> Forecast:
    """Forecast how long some work takes on this machine.

    Args:
        demand: The work.
        speed: What one worker can do; from `probe_speed`.
        workers: Trials running side by side, each on a core of its own.

    Returns:
        Seconds in all and by part, with what was assumed.

    Raises:
        ValueError: If the speed is not above 0 or there is no worker.
    """
    if speed.flops_per_second <= 0.0 or workers < 1:
        raise ValueError(f"speed {speed.flops_per_second} FLOP/s on {workers} workers: both must be above 0")
    reached = speed.flops_per_second * _UTILISATION
    batches = -(-demand.answers // demand.batch_size)
    parts = {
        "start_up": demand.start_ups * demand.seconds_per_start,
        "train": demand.steps * _STEP_OVERHEAD + demand.training_flops / reached,
        "generate": batches * demand.answer_tokens * _TOKEN_OVERHEAD + demand.inference_flops / reached,
    }
    assumptions = (
        f"one core multiplies matrices at {speed.flops_per_second / 1e9:.1f} GFLOP/s ({speed.method})",
        f"training and answering reach {_UTILISATION:.0%} of that",
        f"{_STEP_OVERHEAD * 1000:.0f} ms of overhead a training step, "
        f"{_TOKEN_OVERHEAD * 1000:.0f} ms a decoded token of a batch of {demand.batch_size}",
        f"every answer is {demand.answer_tokens} tokens long (an upper bound)",
        f"{demand.seconds_per_start:.0f} s to load a model, {demand.start_ups} times",
        f"{workers} trial(s) side by side on cores of their own",
        "judging, storing and refining anchors are not counted",
    )
    return Forecast(sum(parts.values()) / workers, parts, assumptions)
