"""The direction along which a model keeps that it will refuse, found without asking any judge."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from holdfast.domain import TrialError
from holdfast.techniques.parts.readings import PromptReader, Reading

_SHARE_OF_LARGEST = 0.5
"""Tokens that begin refusals gain at least this share of what the most telling one gains."""
_FAINT = 1e-6


@dataclass(frozen=True, slots=True)
class Direction:
    """A candidate.

    Attributes:
        block: Block at whose input it was taken.
        position: Token it was taken at, counted back from the prompt's last (0).
        unit: The direction, of length 1, float32 `[hidden]`.
    """

    block: int
    position: int
    unit: torch.Tensor


@dataclass(frozen=True, slots=True)
class Prompts:
    """Prompts as token ids.

    Attributes:
        harmful: Those that are refused.
        harmless: Those that are not.
    """

    harmful: Sequence[Sequence[int]]
    harmless: Sequence[Sequence[int]]


def candidates(harmful: Reading, harmless: Reading, blocks: range) -> list[Direction]:
    """Return the differences of means (Arditi et al. 2024, section 2.3), by block and position.

    Args:
        harmful: What was read of the prompts that are refused.
        harmless: What was read of those that are not.
        blocks: Blocks to look at.

    Raises:
        TrialError: If the two kinds of prompts look the same everywhere.
    """
    means, others = harmful.stream.mean(dim=0), harmless.stream.mean(dim=0)
    found = []
    for block in blocks:
        for position in range(means.shape[1]):
            difference = means[block, position] - others[block, position]
            length = float(difference.norm())
            if length > _FAINT * float(means[block, position].norm()):
                found.append(Direction(block, position, difference / length))
    if not found:
        raise TrialError(
            f"harmful and harmless prompts look the same to blocks {blocks.start} to {blocks.stop - 1}: "
            "there is no direction between them",
            next_step="give a corpus of harmful prompts, and other, harmless ones as corpora.harmless",
        )
    return found


def refusing_tokens(harmful: Reading, harmless: Reading) -> torch.Tensor:
    """Return the tokens that this model begins refusals with, as ids.

    Those are the tokens whose mean probability as the answer's first token is higher after harmful than after
    harmless prompts, by at least half of the largest such difference.
    """
    gained = harmful.first.exp().mean(dim=0) - harmless.first.exp().mean(dim=0)
    return (gained >= _SHARE_OF_LARGEST * gained.max()).nonzero().squeeze(1)


def refusal_score(reading: Reading, tokens: torch.Tensor) -> float:
    """Return the mean log-odds of beginning with one of some tokens (Arditi et al. 2024, appendix B)."""
    chance = reading.first[:, tokens].exp().sum(dim=1).double().clamp(1e-12, 1.0 - 1e-12)
    return float((chance.log() - (1.0 - chance).log()).mean())


def divergence(before: Reading, after: Reading) -> float:
    """Return the mean Kullback-Leibler divergence (nats, >= 0) of first tokens, before against after."""
    terms = before.first.exp() * (before.first - after.first)
    return float(terms.sum(dim=1).mean())


def left_over(reading: Reading, direction: Direction) -> float:
    """Return the largest share of a token's stream that lies along a direction, in [0, 1]."""
    along = (reading.stream @ direction.unit).abs()
    return float((along / reading.stream.norm(dim=-1).clamp(min=_FAINT)).max())


def choose(
    found: Sequence[Direction],
    without: Callable[[Direction], PromptReader],
    chosen_on: Prompts,
    reader: PromptReader,
    max_kl: float,
) -> Direction:
    """Return the direction without which harmful prompts are refused least and harmless ones answered alike.

    Args:
        found: Candidates.
        without: Takes a direction out of the model, whose weights it first puts back.
        chosen_on: Prompts that no candidate was made from.
        reader: Reads with the untouched model.
        max_kl: Largest divergence of the first token after harmless prompts, in nats.

    Raises:
        TrialError: If no candidate keeps within the bound.
    """
    harmful, harmless = reader.read(chosen_on.harmful), reader.read(chosen_on.harmless)
    tokens = refusing_tokens(harmful, harmless)
    best: Direction | None = None
    lowest, nearest = float("inf"), float("inf")
    for candidate in found:
        edited = without(candidate)
        kl = divergence(harmless, edited.read(chosen_on.harmless))
        nearest = min(nearest, kl)
        if not kl <= max_kl:  # a bound that is not a number is not kept
            continue
        score = refusal_score(edited.read(chosen_on.harmful), tokens)
        if score < lowest:
            best, lowest = candidate, score
    if best is None:
        raise TrialError(
            f"each of {len(found)} directions changes the answers to harmless prompts by more than "
            f"{max_kl:g} nats, the least by {nearest:.3g}",
            next_step="raise max_kl, or give more rows",
        )
    return best
