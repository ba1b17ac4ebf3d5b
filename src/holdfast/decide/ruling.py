"""What the plan expects of a line, and a ruling on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from holdfast.domain import Conclusion, Finding


class ExpectedLine(NamedTuple):
    """A line that the plan promised.

    Attributes:
        model: Model name.
        safeguard: Safeguard name.
        pathway: Pathway name.
        seeds: Trials planned; fewer in a finding mean that some gave no result. None if unknown.
        zero_spend: Whether the pathway leaves the weights alone, so that its start is all there is of it.
    """

    model: str
    safeguard: str
    pathway: str
    seeds: int | None = None
    zero_spend: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """A conclusion, why, and the findings it rests on."""

    conclusion: Conclusion
    reason: str
    findings: tuple[Finding, ...] = ()


def left_open(reason: str, findings: Sequence[Finding]) -> Ruling:
    """Return the ruling that nothing can be said, and why."""
    return Ruling(Conclusion.INCONCLUSIVE, reason, tuple(findings))


def said(finding: Finding) -> str:
    """Return what a finding says."""
    return finding.conclusion or f"{finding.metric} is {finding.status.value}"


def is_share(amount: float | None) -> bool:
    """Return whether an amount is a share, in [0, 1]."""
    return amount is not None and 0.0 <= amount <= 1.0
