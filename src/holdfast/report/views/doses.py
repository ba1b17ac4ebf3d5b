"""Dose and response: pathways alike in all but how many rows they train on, side by side."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import Conclusion, PathwaySpec
from holdfast.report.views import words
from holdfast.report.views.access import conclusion_of, usable_harm
from holdfast.report.views.arms import Arm
from holdfast.report.views.cells import Cell, worst_cell
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.prices import break_cell


@dataclass(frozen=True, slots=True)
class Dose:
    """One dose.

    Attributes:
        rows: Rows of the corpus.
        conclusion: What was concluded of it.
        harm: Harm at the end of the budget.
        usable: Highest harm at the utility bound.
        broke: The break, in steps.
    """

    rows: int
    conclusion: Conclusion
    harm: Cell
    usable: Cell
    broke: Cell


@dataclass(frozen=True, slots=True)
class DosePanel:
    """One family of pathways on one model.

    Attributes:
        subject: The model, with its safeguard.
        family: Name of the pathway that was written with several doses.
        title: What is seen, in one sentence.
        doses: In rising order; at least two.
    """

    subject: str
    family: str
    title: str
    doses: tuple[Dose, ...]


def dose_panels(evidence: Evidence) -> tuple[DosePanel, ...]:
    """Return a panel for every model and family of at least two doses, in plan order."""
    specs = {spec.name: spec for spec in evidence.record.plan.audit.pathways if spec.family}
    families: dict[tuple[str, str, str], list[Arm]] = {}
    for arm in evidence.arms:
        if arm.pathway in specs:
            key = (arm.model, arm.safeguard, specs[arm.pathway].family)
            families.setdefault(key, []).append(arm)
    return tuple(
        _panel(evidence, family, arms, specs) for (_, _, family), arms in families.items() if len(arms) > 1
    )


def _panel(evidence: Evidence, family: str, arms: list[Arm], specs: dict[str, PathwaySpec]) -> DosePanel:
    doses = [_dose(evidence, arm, specs[arm.pathway].dose or 0) for arm in arms]
    doses.sort(key=lambda dose: dose.rows)
    return DosePanel(arms[0].subject, family, _title(doses), tuple(doses))


def _dose(evidence: Evidence, arm: Arm, rows: int) -> Dose:
    return Dose(
        rows=rows,
        conclusion=conclusion_of(evidence, arm),
        harm=worst_cell(evidence.harm_at(arm, "end")),
        usable=usable_harm(evidence, arm),
        broke=break_cell(evidence, arm),
    )


def _title(doses: list[Dose]) -> str:
    broken = [dose for dose in doses if dose.conclusion is Conclusion.BREAKS]
    most = words.amount(doses[-1].rows, "examples")
    if broken:
        return f"The fewest rows tested that break it: {words.number(broken[0].rows)}"
    if any(dose.conclusion is Conclusion.INCONCLUSIVE for dose in doses):
        return f"Up to {most} no dose is known to break it, and some are inconclusive"
    return f"Up to {most} no dose broke it within its budget"
