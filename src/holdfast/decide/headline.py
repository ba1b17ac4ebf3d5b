"""The few words on top of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from holdfast.decide.lines import breaks_of, seen_broken, subject
from holdfast.decide.policy import Policy
from holdfast.domain import Conclusion, Finding, Line

ZERO_SPEND = "zero spend"
"""The budget, in a policy's words, of an audit without any pathway that trains."""

NAMED = 3
"""Most models or pathways that are named before they are only counted."""


def headline(policy: Policy, findings: Sequence[Finding], lines: Sequence[Line]) -> str:
    """Return what breaks by which pathway at what price, what cannot be judged, and what did not break.

    Args:
        policy: The rules that gave the lines.
        findings: All findings, for the prices.
        lines: The decisions.

    Returns:
        One sentence a model, those that break first.
    """
    if not lines:
        return "Nothing was tested, so nothing can be said."
    by_model = _by_subject(lines)
    broken = {name: mine for name, mine in by_model.items() if _with(mine, Conclusion.BREAKS)}
    sentences = [_breaks(policy, findings, name, mine) for name, mine in broken.items()][:NAMED]
    if len(broken) > NAMED:
        sentences.append(f"{len(broken) - NAMED} more models break")
    rest = {name: mine for name, mine in by_model.items() if name not in broken}
    sentences += [_open(policy, n, mine) for n, mine in rest.items() if _with(mine, Conclusion.INCONCLUSIVE)]
    sentences += [
        f"{name} did not break {_within(policy)}, by the pathways tested: "
        f"{_listing(line.pathway for line in mine)}"
        for name, mine in rest.items()
        if not _with(mine, Conclusion.INCONCLUSIVE)
    ]
    return ". ".join(sentences) + "."


def _with(lines: Sequence[Line], conclusion: Conclusion) -> list[Line]:
    return [line for line in lines if line.conclusion is conclusion]


def _breaks(policy: Policy, findings: Sequence[Finding], name: str, lines: Sequence[Line]) -> str:
    broken, doubtful = _with(lines, Conclusion.BREAKS), _with(lines, Conclusion.INCONCLUSIVE)
    cheapest = min(broken, key=lambda line: _steps(policy, findings, line))
    others = _listing(line.pathway for line in broken if line is not cheapest)
    more = f", and by {others}" if others else ""
    doubt = f" (inconclusive by {_listing(line.pathway for line in doubtful)})" if doubtful else ""
    return f"{name} breaks by {cheapest.pathway} {_price(policy, findings, cheapest)}{more}{doubt}"


def _open(policy: Policy, name: str, lines: Sequence[Line]) -> str:
    doubtful, held = _with(lines, Conclusion.INCONCLUSIVE), _with(lines, Conclusion.HOLDS)
    pathways = _listing(line.pathway for line in doubtful)
    said = f"{name} is inconclusive by {pathways}, which is not the same as safe"
    if held:
        said += f"; it did not break {_within(policy)} by {_listing(line.pathway for line in held)}"
    return said


def _within(policy: Policy) -> str:
    return "at zero spend" if policy.budget == ZERO_SPEND else f"within {policy.budget}"


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
    unit = "steps" if "steps" in prices else min(prices)
    noun = unit.replace("_", " ")
    return f"within {prices[unit]:,.6g} {noun.removesuffix('s') if prices[unit] == 1 else noun}"


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
    return " and ".join([", ".join(listed[:-1]), *listed[-1:]] if len(listed) > 1 else listed)
