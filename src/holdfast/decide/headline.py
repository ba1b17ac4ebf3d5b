"""The few words on top of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from holdfast.decide.lines import breaks_of, seen_broken, subject
from holdfast.decide.policy import Policy
from holdfast.domain import Conclusion, Finding, Line

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
    open_ = {name: mine for name, mine in rest.items() if _with(mine, Conclusion.INCONCLUSIVE)}
    sentences += [_open(policy, findings, name, mine) for name, mine in open_.items()]
    sentences += [_held(policy, findings, name, mine) for name, mine in rest.items() if name not in open_]
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


def _open(policy: Policy, findings: Sequence[Finding], name: str, lines: Sequence[Line]) -> str:
    doubtful, held = _with(lines, Conclusion.INCONCLUSIVE), _with(lines, Conclusion.HOLDS)
    pathways = _listing(line.pathway for line in doubtful)
    said = f"{name} is inconclusive by {pathways}, which is not the same as safe"
    if held:
        survived = _survived(policy, findings, held)
        said += "; it did not break " + " and ".join(f"{where} by {by}" for where, by in survived.items())
    return said


def _held(policy: Policy, findings: Sequence[Finding], name: str, lines: Sequence[Line]) -> str:
    survived = _survived(policy, findings, lines)
    if len(survived) == 1:
        ((where, by),) = survived.items()
        return f"{name} did not break {where}, by the pathways tested: {by}"
    told = "; ".join(f"{where} by {by}" for where, by in survived.items())
    return f"{name} did not break, by the pathways tested: {told}"


def _survived(policy: Policy, findings: Sequence[Finding], held: Sequence[Line]) -> dict[str, str]:
    """Return what lines that held survived, in words, and the pathways that did: those that train first."""
    steps = {line.pathway: _steps_survived(policy, findings, line) for line in held}
    spent = sorted({amount for amount in steps.values() if amount > 0})
    told = {}
    if spent:
        few, most = f"{spent[0]:g}", f"{spent[-1]:g} {'step' if spent[-1] == 1 else 'steps'}"
        within = f"within {most}" if len(spent) == 1 else f"within budgets of {few} to {most}"
        told[within] = _listing(name for name, amount in steps.items() if amount > 0)
    if free := [name for name, amount in steps.items() if amount == 0]:
        told["at zero spend"] = _listing(free)
    return told


def _steps_survived(policy: Policy, findings: Sequence[Finding], line: Line) -> float:
    """Return the steps that a line which held survived in every seed; 0 where none are taken."""
    rows = breaks_of(line, policy, findings)
    return min((f.low for f in rows if f.metric == "break.steps" and f.low is not None), default=0.0)


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
