"""Findings x policy -> decision. Pure: the same findings and policy always give the same decision."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.decide.headline import headline
from holdfast.decide.lines import decide_line
from holdfast.decide.policy import Policy
from holdfast.decide.ruling import ExpectedLine
from holdfast.domain import Conclusion, Decision, Finding

_WORST_FIRST = (Conclusion.BREAKS, Conclusion.INCONCLUSIVE, Conclusion.HOLDS)


def decide(
    policy: Policy,
    findings: Sequence[Finding],
    expected: Sequence[ExpectedLine | tuple[str, str, str]],
    *,
    policy_digest: str | None = None,
    beside: Sequence[str] = (),
) -> Decision:
    """Return what a policy says of findings.

    Every expected line gets a decision, whether there are findings on it or not; lines that have break
    findings although nobody expected them are decided too. The whole is the worst of its lines: one pathway
    that breaks the model breaks it, one that cannot be judged leaves it open. Without lines it is
    inconclusive.

    Args:
        policy: The rules.
        findings: All findings of the audit.
        expected: What the plan promised; plain (model, safeguard, pathway) triples leave the number of trials
            unchecked and are taken to spend something.
        policy_digest: The sha256 of the policy file, if the rules came from one; None takes `policy.digest`.
        beside: Pathways by which another model answers: whatever it says, no line is about them.

    Returns:
        The decision.
    """
    wanted = [line if isinstance(line, ExpectedLine) else ExpectedLine(*line) for line in expected]
    asked = [line for line in _all_lines(wanted, findings) if line.pathway not in beside]
    lines = tuple(decide_line(policy, findings, line) for line in asked)
    seen = {line.conclusion for line in lines}
    conclusion = next((level for level in _WORST_FIRST if level in seen), Conclusion.INCONCLUSIVE)
    return Decision(
        conclusion=conclusion,
        headline=headline(policy, findings, lines),
        lines=lines,
        policy_digest=policy.digest if policy_digest is None else policy_digest,
        beside=tuple(beside),
    )


def _all_lines(expected: Sequence[ExpectedLine], findings: Sequence[Finding]) -> list[ExpectedLine]:
    lines = {line[:3]: line for line in expected}
    for finding in findings:
        if finding.metric.startswith("break."):
            found = ExpectedLine(finding.model, finding.safeguard, finding.pathway)
            lines.setdefault(found[:3], found)
    return list(lines.values())
