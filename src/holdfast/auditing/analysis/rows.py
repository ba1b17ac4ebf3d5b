"""Making rows of `findings.json`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from holdfast.auditing.analysis.arms import Arm
from holdfast.domain import Estimate, Finding, Status
from holdfast.store import content_key


@dataclass(frozen=True, slots=True)
class Labels:
    """What a row is about, besides its arm.

    Attributes:
        metric: A name of the registry.
        at: `start`, `anchor`, `end`, `step:<n>`; empty for times.
        unit: `share`, `score` or a unit of spend.
        goal: Goal name or empty.
        benchmark: Benchmark name or empty.
        judge: Panel name or empty.
    """

    metric: str
    at: str
    unit: str
    goal: str = ""
    benchmark: str = ""
    judge: str = ""


def finding(arm: Arm, labels: Labels, estimate: Estimate, conclusion: str) -> Finding:
    """Return a row; trials without a result make an `ok` row inconclusive, never silently fewer.

    The start of a training is another trial's: the untouched model's.
    """
    identity = [
        labels.metric,
        labels.at,
        arm.model,
        arm.safeguard,
        arm.pathway,
        labels.goal,
        labels.benchmark,
        labels.judge,
    ]
    if not arm.done:
        estimate = Estimate(None, None, None, 0, 0, "no trial gave a result", Status.FAILED)
        conclusion = f"no trial of {arm.model} x {arm.pathway} gave a result"
    elif arm.baseline is None and labels.judge and estimate.status is not Status.FAILED:
        # Without the untouched model's answers nothing calibrated coherence, and no break has a start.
        estimate = replace(estimate, status=Status.INCONCLUSIVE)
        conclusion = f"{conclusion}; the untouched model was not measured, so judges are uncalibrated"
    elif arm.missing and estimate.status is Status.OK and not (arm.moves and labels.at == "start"):
        estimate = replace(estimate, status=Status.INCONCLUSIVE)
        conclusion = f"{conclusion}; {arm.missing} of {len(arm.planned)} trials gave no result"
    return Finding(
        id=content_key(identity),
        metric=labels.metric,
        at=labels.at,
        unit=labels.unit,
        model=arm.model,
        safeguard=arm.safeguard,
        pathway=arm.pathway,
        goal=labels.goal,
        benchmark=labels.benchmark,
        judge=labels.judge,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        n=estimate.n,
        seeds=estimate.seeds,
        method=estimate.method,
        status=estimate.status,
        conclusion=conclusion,
        evidence=arm.evidence,
    )
