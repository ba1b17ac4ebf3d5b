"""What contributions do together: pathways made of others, beside what each of these did and paid alone."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import Conclusion
from holdfast.report.views import words
from holdfast.report.views.access import conclusion_of, pathway_of, price_text, usable_harm
from holdfast.report.views.arms import Arm
from holdfast.report.views.cells import Cell
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.spending import Paid, chart_unit, paid_in_all

_TOGETHER = {
    Conclusion.BREAKS: "together they break it",
    Conclusion.HOLDS: "together they did not break it",
    Conclusion.INCONCLUSIVE: "whether they break it together cannot be said",
}


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one contribution did alone.

    Attributes:
        pathway: Its pathway.
        conclusion: What was concluded of it alone.
        word: The same in words.
        harm: Its highest harm at the utility bound, alone.
        paid: What its actor paid for the whole of it.
        data: Examples that its actor had to collect; empty where unknown.
    """

    pathway: str
    conclusion: Conclusion
    word: str
    harm: Cell
    paid: str
    data: str


@dataclass(frozen=True, slots=True)
class Joint:
    """A pathway that builds on others.

    Attributes:
        subject: The model, with its safeguard.
        pathway: The pathway.
        conclusion: What was concluded of all together.
        word: The same in words.
        title: What is seen, in one sentence.
        harm: Highest harm at the utility bound, together.
        paid: What all of it took.
        parts: The contributions, in the order of the configuration.
    """

    subject: str
    pathway: str
    conclusion: Conclusion
    word: str
    title: str
    harm: Cell
    paid: str
    parts: tuple[Contribution, ...]


def joint_pathways(evidence: Evidence) -> tuple[Joint, ...]:
    """Return every arm whose pathway builds on others, in plan order."""
    found = []
    for arm in evidence.arms:
        spec = pathway_of(evidence, arm.pathway)
        if spec is not None and spec.inputs:
            found.append(_joint(evidence, arm, spec.inputs))
    return tuple(found)


def _joint(evidence: Evidence, arm: Arm, inputs: tuple[str, ...]) -> Joint:
    alone = [Arm(arm.model, arm.safeguard, name) for name in inputs]
    unit = chart_unit([paid_in_all(evidence, each) for each in (arm, *alone)])
    parts = tuple(_part(evidence, each, unit) for each in alone)
    conclusion = conclusion_of(evidence, arm)
    return Joint(
        subject=arm.subject,
        pathway=arm.pathway,
        conclusion=conclusion,
        word=words.CONCLUSION_WORDS[conclusion],
        title=_title(conclusion, parts),
        harm=usable_harm(evidence, arm),
        paid=_paid(paid_in_all(evidence, arm), unit),
        parts=parts,
    )


def _part(evidence: Evidence, arm: Arm, unit: str) -> Contribution:
    conclusion = conclusion_of(evidence, arm)
    spent = paid_in_all(evidence, arm)
    different = spent.amount(lambda spend: float(spend.unique_examples))
    return Contribution(
        pathway=arm.pathway,
        conclusion=conclusion,
        word=words.CONCLUSION_WORDS[conclusion],
        harm=usable_harm(evidence, arm),
        paid=_paid(spent, unit),
        data=words.amount(different.high, "examples") if different and different.high > 0 else "",
    )


def _paid(spent: Paid, unit: str) -> str:
    amount = spent.on(unit)
    return words.MISSING if amount is None else price_text(amount.value, unit)


def _title(together: Conclusion, parts: tuple[Contribution, ...]) -> str:
    ways = {each: sum(part.conclusion is each for part in parts) for each in Conclusion}
    broke, open_ = ways[Conclusion.BREAKS], ways[Conclusion.INCONCLUSIVE]
    alone = f"{broke} of which broke it alone" if broke else "none of which broke it alone"
    if open_:
        alone += f" and {open_} left it open"
    return f"{words.count(len(parts), 'contribution')}, {alone}: {_TOGETHER[together]}"
