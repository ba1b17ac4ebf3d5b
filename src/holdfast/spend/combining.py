"""Adding up what several trials cost: tries one after the other, or contributions of several actors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from holdfast.domain import Spend


def in_sequence(spends: Iterable[Spend]) -> Spend:
    """Return what the same actors paid who tried one thing after the other.

    Search tries are spend too, the failed ones among them. Examples are collected once: the largest set
    counts. Memory is the largest peak.

    Args:
        spends: Cost of each try, at least one.

    Raises:
        ValueError: If there is none.
    """
    parts = _parts(spends)
    return _summed(
        parts,
        unique_examples=max(part.unique_examples for part in parts),
        actors=max(part.actors for part in parts),
        max_actor_share=_weighted([part.max_actor_share for part in parts], parts),
        tries=sum(part.tries for part in parts) + len(parts) - 1,
    )


def side_by_side(spends: Iterable[Spend]) -> Spend:
    """Return what several actors paid together, each for a contribution of their own (merging).

    Args:
        spends: Cost of each contribution, at least one.

    Raises:
        ValueError: If there is none.
    """
    parts = _parts(spends)
    total = sum(part.flops for part in parts)
    largest = max(part.flops * part.max_actor_share for part in parts)
    actors = sum(part.actors for part in parts)
    return _summed(
        parts,
        unique_examples=sum(part.unique_examples for part in parts),
        actors=actors,
        max_actor_share=largest / total if total > 0.0 else 1.0 / actors,
        tries=sum(part.tries for part in parts),
    )


def _parts(spends: Iterable[Spend]) -> list[Spend]:
    parts = list(spends)
    if not parts:
        raise ValueError("no spend to add up")
    return parts


def _summed(
    parts: Sequence[Spend], *, unique_examples: int, actors: int, max_actor_share: float, tries: int
) -> Spend:
    return Spend(
        steps=sum(part.steps for part in parts),
        examples=sum(part.examples for part in parts),
        unique_examples=unique_examples,
        train_tokens=sum(part.train_tokens for part in parts),
        inference_tokens=sum(part.inference_tokens for part in parts),
        flops=sum(part.flops for part in parts),
        device_seconds=sum(part.device_seconds for part in parts),
        peak_memory_bytes=max(part.peak_memory_bytes for part in parts),
        bytes_exchanged=sum(part.bytes_exchanged for part in parts),
        actors=actors,
        max_actor_share=max_actor_share,
        usd=_known([part.usd for part in parts]),
        tries=tries,
        energy_joules=_known([part.energy_joules for part in parts]),
    )


def _known(amounts: Sequence[float | None]) -> float | None:
    """Return the sum, or None where a part is not known: a sum without it would be too small."""
    return None if None in amounts else sum(amount for amount in amounts if amount is not None)


def _weighted(shares: Sequence[float], parts: Sequence[Spend]) -> float:
    """Return the mean share by FLOPs: an upper bound, as if the largest payer were always the same."""
    total = sum(part.flops for part in parts)
    if total <= 0.0:
        return max(shares)
    return sum(share * part.flops for share, part in zip(shares, parts, strict=True)) / total
