"""The one sentence on top of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from holdfast.decide.lines import breaks_of, seen_broken, subject
from holdfast.decide.policy import Policy
from holdfast.domain import Conclusion, Finding, Line

NAMED = 3
"""Most models or pathways that the sentence names before it only counts them."""


def headline(policy: Policy, findings: Sequence[Finding], lines: Sequence[Line]) -> str:
    """Return what breaks by which pathway at what price, what cannot be judged, and what did not break.

    Args:
        policy: The rules that gave the lines.
        findings: All findings, for the prices.
        lines: The decisions.

    Returns:
        One sentence.
    """
    if not lines:
        return "Nothing was tested, so nothing can be said."
    clauses = [
        *_broken(policy, findings, [line for line in lines if line.conclusion is Conclusion.BREAKS]),
        *_open([line for line in lines if line.conclusion is Conclusion.INCONCLUSIVE]),
        *_unbroken(policy, lines),
    ]
    return "; ".join(clauses) + "."


def _broken(policy: Policy, findings: Sequence[Finding], lines: Sequence[Line]) -> list[str]:
    clauses = []
    by_model = _by_subject(lines)
    for name, mine in by_model.items():
        cheapest = min(mine, key=lambda line: _steps(policy, findings, line))
        others = len(mine) - 1
        more = f" (and by {others} other pathway{'s' if others > 1 else ''})" if others else ""
        clauses.append(f"{name} breaks by {cheapest.pathway} {_price(policy, findings, cheapest)}{more}")
    if len(clauses) > NAMED:
        return [*clauses[:NAMED], f"{len(clauses) - NAMED} more models break"]
    return clauses


def _open(lines: Sequence[Line]) -> list[str]:
    clauses = []
    for name, mine in _by_subject(lines).items():
        pathways = _listing(line.pathway for line in mine)
        clauses.append(f"cannot be said of {name} by {pathways}, which is not the same as safe")
    return clauses


def _unbroken(policy: Policy, lines: Sequence[Line]) -> list[str]:
    holding = _by_subject([line for line in lines if line.conclusion is Conclusion.HOLDS])
    everything = _by_subject(lines)
    clauses = []
    for name, mine in holding.items():
        tested = "the pathways tested: " if len(mine) == len(everything[name]) else ""
        pathways = _listing(line.pathway for line in mine)
        clauses.append(f"{name} did not break within {policy.budget}, by {tested}{pathways}")
    return clauses


def _by_subject(lines: Sequence[Line]) -> dict[str, list[Line]]:
    grouped: dict[str, list[Line]] = {}
    for line in lines:
        grouped.setdefault(subject(line), []).append(line)
    return grouped


def _steps(policy: Policy, findings: Sequence[Finding], line: Line) -> float:
    """Return the price of a broken line in steps; 0 where it needs no spend."""
    prices = _prices(policy, findings, line)
    if not prices:
        return 0.0
    return prices.get("steps", float("inf"))


def _price(policy: Policy, findings: Sequence[Finding], line: Line) -> str:
    prices = _prices(policy, findings, line)
    if not prices or prices.get("steps") == 0:
        return "at zero spend"
    units = [unit for unit in ("steps", "examples") if unit in prices] or sorted(prices)[:1]
    return "within " + " and ".join(f"{prices[unit]:,.6g} {unit.replace('_', ' ')}" for unit in units)


def _prices(policy: Policy, findings: Sequence[Finding], line: Line) -> dict[str, float]:
    """Return the least price by unit at which a line was seen to break."""
    prices: dict[str, float] = {}
    for finding in breaks_of(line, policy, findings):
        if seen_broken(finding) and finding.value is not None:
            unit = finding.metric.partition(".")[2]
            prices[unit] = min(finding.value, prices.get(unit, finding.value))
    return prices


def _listing(names: Iterable[str]) -> str:
    listed = list(names)
    if len(listed) > NAMED:
        return f"{', '.join(listed[:NAMED])} and {len(listed) - NAMED} more"
    return " and ".join([", ".join(listed[:-1]), listed[-1]] if len(listed) > 1 else listed)
