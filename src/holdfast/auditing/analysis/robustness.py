"""What analysis says beside the findings: comparisons, agreement, multiverse and survival."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from holdfast.auditing.analysis.agreement import judge_agreement, rated_answers
from holdfast.auditing.analysis.arms import Arm
from holdfast.auditing.analysis.breaks import BreakReader
from holdfast.auditing.analysis.comparisons import compare_all
from holdfast.auditing.analysis.concordance import concordance_of
from holdfast.auditing.analysis.contrasts import Anchors, Place, contrasts
from holdfast.auditing.analysis.multiverse import multiverse_cells, multiverse_of
from holdfast.auditing.analysis.survival import ArmBreaks, log_ranks, survival_of
from holdfast.auditing.analysis.trajectories import PanelMembers
from holdfast.domain import AuditSpec, Benchmark, BenchmarkKind, Robustness


@dataclass(frozen=True, slots=True)
class Survey:
    """Everything measured in an audit, arm by arm.

    Attributes:
        audit: The audit.
        benchmarks: Its benchmarks by name, without variants.
        panels: The panels, the primary one first; at least one.
        arms: Its arms.
        anchors: Of each arm, by goal.
    """

    audit: AuditSpec
    benchmarks: Mapping[str, Benchmark]
    panels: Sequence[PanelMembers]
    arms: Sequence[Arm]
    anchors: Sequence[Anchors]

    @property
    def safety(self) -> list[str]:
        """Names of the safety benchmarks."""
        return [b.name for b in self.benchmarks.values() if b.kind is BenchmarkKind.SAFETY]

    def places(self) -> Iterator[Place]:
        """Yield the points that findings report: each start, anchor and end."""
        for arm, anchors in zip(self.arms, self.anchors, strict=True):
            yield Place(arm, "start")
            if arm.moves:
                yield from (Place(arm, "anchor", goal, found) for goal, found in anchors.items())
                yield Place(arm, "end")


def robustness_of(survey: Survey, reader: BreakReader) -> Robustness:
    """Return what the same answers say when they are compared, judged otherwise, and followed over time.

    Args:
        survey: What was measured.
        reader: Tells when trials break.
    """
    primary = survey.panels[0]
    found = list(contrasts(survey.arms, survey.anchors, survey.audit.goals))
    broke = [ArmBreaks(arm, tuple(reader.first_breaks(arm, primary))) for arm in survey.arms if arm.moves]
    spec, places = survey.audit.multiverse, list(survey.places())
    cells = multiverse_cells(survey.audit, spec) if spec else []
    return Robustness(
        comparisons=compare_all(found, survey.benchmarks, survey.panels, survey.audit.utility),
        agreement=tuple(judge_agreement(rated_answers(places, survey.safety), survey.panels)),
        multiverse=tuple(multiverse_of(found, survey.audit, spec)) if spec else (),
        concordance=tuple(concordance_of(places, cells)) if cells else (),
        survival=tuple(survival_of(broke, primary.name)),
        log_rank=log_ranks(broke, primary.name),
    )
