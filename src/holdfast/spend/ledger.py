"""The ledger: what a trial has paid so far, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from holdfast.domain import Spend
from holdfast.spend.combining import in_sequence
from holdfast.spend.flops import Workload
from holdfast.spend.hardware import rated_watts
from holdfast.spend.prices import PriceTable, shipped_prices


@dataclass(frozen=True, slots=True)
class LedgerState:
    """A ledger on disk: everything needed to go on counting.

    Attributes:
        spend: The totals so far, earlier tries left out.
        seen: Indices of the corpus rows used so far, increasing.
        actor_flops: FLOPs of each actor's own steps; empty where every step was shared equally.
        earlier: What earlier tries cost; None without any.
    """

    spend: Spend
    seen: tuple[int, ...]
    actor_flops: tuple[float, ...] = ()
    earlier: Spend | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the state as plain JSON values."""
        return {
            "spend": asdict(self.spend),
            "seen": list(self.seen),
            "actor_flops": list(self.actor_flops),
            "earlier": None if self.earlier is None else asdict(self.earlier),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> LedgerState:
        """Return the state that `to_json` wrote.

        Raises:
            KeyError: If a part is missing.
            TypeError: If the spend has other fields than `Spend`.
        """
        earlier = value.get("earlier")
        return cls(
            spend=Spend(**value["spend"]),
            seen=tuple(value["seen"]),
            actor_flops=tuple(value.get("actor_flops", ())),
            earlier=None if earlier is None else Spend(**earlier),
        )


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
            actors: Number of actors who share the work.

        Raises:
            ValueError: If there is no actor.
        """
        if actors < 1:
            raise ValueError(f"{actors} actors cannot pay for anything: give at least 1")
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
        self._exchanged = 0
        self._actor_flops = [0.0] * actors
        self._earlier: Spend | None = None

    def step(
        self, rows: Sequence[int], lengths: Sequence[int], seconds: float, actor: int | None = None
    ) -> None:
        """Book one optimiser step.

        Args:
            rows: Indices of the corpus rows drawn for it (what an actor has to have collected).
            lengths: Tokens of each sequence trained on, padding excluded.
            seconds: Wall-clock seconds it took, not below 0.
            actor: Who paid for it, in [0, actors); None where all share it equally.

        Raises:
            ValueError: If there is no such actor.
        """
        if actor is not None and not 0 <= actor < self._actors:
            raise ValueError(f"actor {actor} is none of {self._actors} actors, counted from 0")
        flops = self._workload.training(lengths)
        self._steps += 1
        self._seen.update(rows)
        self._examples += len(lengths)
        self._train_tokens += sum(lengths)
        self._flops += flops
        self._seconds += seconds
        if actor is not None:
            self._actor_flops[actor] += flops

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

    def wait(self, seconds: float) -> None:
        """Book time of the device that is neither a step nor an answer (bringing updates together)."""
        self._seconds += seconds

    def memory(self, peak_bytes: int) -> None:
        """Book a measured peak of memory, in bytes."""
        self._peak = max(self._peak, peak_bytes)

    def exchange(self, count: int) -> None:
        """Book bytes sent between actors: what each sends, and what each is sent back."""
        self._exchanged += count

    def tried(self, spend: Spend) -> None:
        """Book what an earlier try cost, failed ones too: a search is paid for as a whole."""
        self._earlier = spend if self._earlier is None else in_sequence([self._earlier, spend])

    @property
    def spend(self) -> Spend:
        """The totals so far, earlier tries included."""
        own = self._own()
        return own if self._earlier is None else in_sequence([self._earlier, own])

    def _own(self) -> Spend:
        watts = rated_watts(self._device)
        return Spend(
            steps=self._steps,
            examples=self._examples,
            unique_examples=len(self._seen),
            train_tokens=self._train_tokens,
            inference_tokens=self._inference_tokens,
            flops=self._flops,
            device_seconds=self._seconds,
            peak_memory_bytes=self._peak,
            bytes_exchanged=self._exchanged,
            actors=self._actors,
            max_actor_share=self._largest_share(),
            usd=self._prices.usd(self._device, self._seconds),
            energy_joules=None if watts is None else watts * self._seconds,
        )

    def _largest_share(self) -> float:
        if self._flops <= 0.0:
            return 1.0 / self._actors
        shared = max(0.0, self._flops - sum(self._actor_flops))
        return min(1.0, (max(self._actor_flops) + shared / self._actors) / self._flops)

    @property
    def state(self) -> LedgerState:
        """Everything needed to go on counting elsewhere."""
        return LedgerState(
            spend=self._own(),
            seen=tuple(sorted(self._seen)),
            actor_flops=tuple(self._actor_flops),
            earlier=self._earlier,
        )

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
        self._exchanged = spend.bytes_exchanged
        self._actor_flops = list(state.actor_flops) or [0.0] * self._actors
        self._earlier = state.earlier
