"""The ledger: what a trial has paid so far, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from holdfast.domain import Spend
from holdfast.spend.flops import Workload
from holdfast.spend.prices import PriceTable, shipped_prices


@dataclass(frozen=True, slots=True)
class LedgerState:
    """A ledger on disk: everything needed to go on counting.

    Attributes:
        spend: The totals so far.
        seen: Indices of the corpus rows used so far, increasing.
    """

    spend: Spend
    seen: tuple[int, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        return {"spend": asdict(self.spend), "seen": list(self.seen)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LedgerState:
        """Return the state that `to_json` wrote.

        Raises:
            KeyError: If a part is missing.
            TypeError: If the spend has other fields than `Spend`.
        """
        return cls(spend=Spend(**value["spend"]), seen=tuple(value["seen"]))


class Ledger:
    """Adds up the spend of one trial. Totals never go down."""

    def __init__(
        self, workload: Workload, device: str = "cpu", prices: PriceTable | None = None, actors: int = 1
    ) -> None:
        """Open an empty ledger.

        Args:
            workload: What a token costs.
            device: Name of the device as the price table knows it; `cpu` has no price.
            prices: Price table in force; the shipped one if None.
            actors: Number of actors who share the work equally.
        """
        self._workload = workload
        self._device = device
        self._prices = prices if prices is not None else shipped_prices()
        self._actors = actors
        self._seen: set[int] = set()
        self._steps = 0
        self._examples = 0
        self._train_tokens = 0
        self._inference_tokens = 0
        self._flops = 0.0
        self._seconds = 0.0
        self._peak = 0

    def step(self, rows: Sequence[int], lengths: Sequence[int], seconds: float) -> None:
        """Book one optimiser step.

        Args:
            rows: Indices of the corpus rows drawn for it (what an actor has to have collected).
            lengths: Tokens of each sequence trained on, padding excluded.
            seconds: Wall-clock seconds it took, not below 0.
        """
        self._steps += 1
        self._seen.update(rows)
        self._examples += len(lengths)
        self._train_tokens += sum(lengths)
        self._flops += self._workload.training(lengths)
        self._seconds += seconds

    def inference(self, prompt_tokens: int, new_tokens: int, seconds: float = 0.0) -> None:
        """Book one answer drawn as part of the attack (never one drawn to measure).

        Args:
            prompt_tokens: Tokens read.
            new_tokens: Tokens written.
            seconds: Wall-clock seconds it took, not below 0.
        """
        self._inference_tokens += prompt_tokens + new_tokens
        self._flops += self._workload.inference(prompt_tokens, new_tokens)
        self._seconds += seconds

    def memory(self, peak_bytes: int) -> None:
        """Book a measured peak of memory, in bytes."""
        self._peak = max(self._peak, peak_bytes)

    @property
    def spend(self) -> Spend:
        """The totals so far."""
        return Spend(
            steps=self._steps,
            examples=self._examples,
            unique_examples=len(self._seen),
            train_tokens=self._train_tokens,
            inference_tokens=self._inference_tokens,
            flops=self._flops,
            device_seconds=self._seconds,
            peak_memory_bytes=self._peak,
            actors=self._actors,
            max_actor_share=1.0 / self._actors,
            usd=self._prices.usd(self._device, self._seconds),
        )

    @property
    def state(self) -> LedgerState:
        """Everything needed to go on counting elsewhere."""
        return LedgerState(spend=self.spend, seen=tuple(sorted(self._seen)))

    def restore(self, state: LedgerState) -> None:
        """Go on from a saved state; what was booked here before is replaced."""
        spend = state.spend
        self._seen = set(state.seen)
        self._steps = spend.steps
        self._examples = spend.examples
        self._train_tokens = spend.train_tokens
        self._inference_tokens = spend.inference_tokens
        self._flops = spend.flops
        self._seconds = spend.device_seconds
        self._peak = spend.peak_memory_bytes
