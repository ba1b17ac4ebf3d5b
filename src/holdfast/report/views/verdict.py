"""The verdict: what was concluded of each model, what the break cost, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import Conclusion, Line, Status
from holdfast.report.views import words
from holdfast.report.views.arms import Arm, subject_name, subjects_of
from holdfast.report.views.cautions import cautions
from holdfast.report.views.evidence import Evidence
from holdfast.report.views.prices import (
    Price,
    break_finding,
    prices_of_break,
    seeds_broken_by,
    seeds_of_break,
)

_SEVERITY = (Conclusion.BREAKS, Conclusion.INCONCLUSIVE, Conclusion.HOLDS)


@dataclass(frozen=True, slots=True)
class PathwayVerdict:
    """The decision on one arm.

    Attributes:
        pathway: Pathway name.
        conclusion: What was concluded.
        word: The conclusion in words.
        reason: Why, in one sentence, or how the conclusion's words go on.
        floor: Whether the pathway costs nothing.
        goes_on: Whether the reason goes on with those words instead of starting anew.
    """

    pathway: str
    conclusion: Conclusion
    word: str
    reason: str
    floor: bool
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class ModelVerdict:
    """The decision on one model: the worst over its pathways.

    Attributes:
        subject: The model, with its safeguard.
        conclusion: What was concluded.
        word: The conclusion in words.
        sentence: What happened, in one sentence.
        prices: What the cheapest break cost; empty unless it breaks.
        confidence: How sure that is, in one sentence; may be empty.
        pathways: Every pathway's decision, the worst first.
    """

    subject: str
    conclusion: Conclusion
    word: str
    sentence: str
    prices: tuple[Price, ...]
    confidence: str
    pathways: tuple[PathwayVerdict, ...]


@dataclass(frozen=True, slots=True)
class VerdictView:
    """The top of the report.

    Attributes:
        conclusion: The decision on the audit.
        word: The same in words.
        headline: One sentence.
        models: One a model, in plan order.
        pathways_tested: Names of the pathways tested.
        cautions: What a reader must know of the verdict, a sentence each; may be empty.
    """

    conclusion: Conclusion
    word: str
    headline: str
    models: tuple[ModelVerdict, ...]
    pathways_tested: tuple[str, ...]
    cautions: tuple[str, ...]


def verdict(evidence: Evidence) -> VerdictView:
    """Return the verdict of a record."""
    return VerdictView(
        conclusion=evidence.record.decision.conclusion,
        word=words.CONCLUSION_WORDS[evidence.record.decision.conclusion],
        headline=evidence.record.decision.headline,
        models=tuple(_model(evidence, subject) for subject in subjects_of(evidence.record)),
        pathways_tested=tuple(dict.fromkeys(arm.pathway for arm in _tested(evidence))),
        cautions=cautions(evidence),
    )


def _tested(evidence: Evidence) -> list[Arm]:
    """Return the arms that say something of an audited model: not those by which another one answers."""
    return [arm for arm in evidence.arms if arm.pathway not in evidence.beside]


def _model(evidence: Evidence, subject: str) -> ModelVerdict:
    lines = [
        line for line in evidence.record.decision.lines if subject_name(line.model, line.safeguard) == subject
    ]
    tested = {line.pathway for line in lines}
    arms = [arm for arm in _tested(evidence) if arm.subject == subject]
    undecided = [arm.pathway for arm in arms if arm.pathway not in tested]
    seen = {line.conclusion for line in lines}
    if undecided or not lines:
        seen.add(Conclusion.INCONCLUSIVE)
    conclusion = next(level for level in _SEVERITY if level in seen)
    pathways = tuple(_pathway(evidence, line) for line in lines) + tuple(
        PathwayVerdict(
            name,
            Conclusion.INCONCLUSIVE,
            words.CONCLUSION_WORDS[Conclusion.INCONCLUSIVE],
            "the decision has no line on this pathway",
            name in evidence.floors,
        )
        for name in undecided
    )
    broken = _cheapest(evidence, [arm for arm in arms if _concludes(arm, lines, Conclusion.BREAKS)])
    return ModelVerdict(
        subject=subject,
        conclusion=conclusion,
        word=words.CONCLUSION_WORDS[conclusion],
        sentence=_sentence(evidence, arms, pathways, conclusion, broken),
        prices=prices_of_break(evidence, broken) if broken else (),
        confidence=_confidence(evidence, broken) if broken else "",
        pathways=tuple(sorted(pathways, key=lambda line: (_SEVERITY.index(line.conclusion), line.floor))),
    )


def _pathway(evidence: Evidence, line: Line) -> PathwayVerdict:
    word = words.CONCLUSION_WORDS[line.conclusion]
    repeats = line.reason.lower().startswith(f"{word} ".lower())
    return PathwayVerdict(
        line.pathway,
        line.conclusion,
        word,
        line.reason[len(word) + 1 :] if repeats else line.reason,
        line.pathway in evidence.floors,
        goes_on=repeats,
    )


def _concludes(arm: Arm, lines: list[Line], conclusion: Conclusion) -> bool:
    return any(arm.holds(line) and line.conclusion is conclusion for line in lines)


def _cheapest(evidence: Evidence, arms: list[Arm]) -> Arm | None:
    def steps(arm: Arm) -> float:
        finding = break_finding(evidence, arm)
        if finding is None:
            return float("inf")
        known = finding.value if finding.value is not None else finding.high
        return float("inf") if known is None else known

    return min(arms, key=steps, default=None)


def _sentence(
    evidence: Evidence,
    arms: list[Arm],
    pathways: tuple[PathwayVerdict, ...],
    conclusion: Conclusion,
    broken: Arm | None,
) -> str:
    if conclusion is Conclusion.BREAKS and broken is not None:
        finding = break_finding(evidence, broken)
        value = None if finding is None else finding.value if finding.value is not None else finding.high
        if broken.pathway in evidence.floors or value == 0:
            return f"Safety is already lost at zero spend, by {broken.pathway}."
        within = f" within {words.amount(value, 'steps')}" if value is not None else ""
        seeds = "" if finding is None else seeds_broken_by(evidence, broken, finding)
        among = f" in {seeds}" if seeds else ""
        return f"Safety breaks{within} of {broken.pathway}{among}, the cheapest pathway tested."
    if conclusion is Conclusion.HOLDS:
        longest = max((evidence.budget(arm) for arm in arms), default=0)
        names = words.listing(arm.pathway for arm in arms)
        if longest == 0:
            return f"Did not break at zero spend, by the pathways tested: {names}."
        return f"Did not break within {words.amount(longest, 'steps')}, by the pathways tested: {names}."
    open_names = [p.pathway for p in pathways if p.conclusion is Conclusion.INCONCLUSIVE]
    if not open_names:
        return "Nothing was decided of this model; that is not the same as safe."
    return (
        f"Cannot be said from this evidence: {words.listing(open_names)} left it open. Not the same as safe."
    )


def _confidence(evidence: Evidence, arm: Arm) -> str:
    finding = break_finding(evidence, arm)
    if finding is None:
        return "The findings hold no price of this break."
    seeds = seeds_of_break(evidence, arm)
    parts = []
    if seeds is not None:
        parts.append(f"{seeds.broke} of {words.count(seeds.planned, 'seed')} broke")
        if seeds.failed:
            parts.append(f"{seeds.failed} failed")
    elif finding.seeds:
        every = "in all seeds" if finding.status is Status.OK else "not in all seeds"
        parts.append(f"{words.count(finding.seeds, 'seed')}, {every}")
    interval = words.amount_interval(finding.low, finding.high)
    if interval:
        parts.append(f"interval {interval} steps")
    parts += [part for part in finding.method.split("; ") if part and not part.startswith("seen in")]
    return "; ".join(parts)
