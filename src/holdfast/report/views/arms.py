"""Arms: the model x safeguard x pathway combinations a record compares, in the order they were planned."""

from __future__ import annotations

from dataclasses import dataclass

from holdfast.domain import (
    NO_SAFEGUARD,
    Finding,
    Line,
    RunRecord,
    Survival,
    TrajectoryPoint,
    TrialBreak,
    TrialRecord,
    TrialSpec,
)


@dataclass(frozen=True, slots=True)
class Arm:
    """One combination that is measured over seeds.

    Attributes:
        model: Model name.
        safeguard: Safeguard name; `none` without one.
        pathway: Pathway name.
    """

    model: str
    safeguard: str
    pathway: str

    @property
    def subject(self) -> str:
        """The model, with its safeguard where it has one."""
        return subject_name(self.model, self.safeguard)

    def holds(
        self, row: TrialSpec | TrialRecord | TrajectoryPoint | TrialBreak | Finding | Line | Survival
    ) -> bool:
        """Return whether a row of the record belongs to this arm."""
        return (row.model, row.safeguard, row.pathway) == (self.model, self.safeguard, self.pathway)


def subject_name(model: str, safeguard: str) -> str:
    """Return how a model under a safeguard is called."""
    return model if safeguard in {"", NO_SAFEGUARD} else f"{model} + {safeguard}"


def arms_of(record: RunRecord) -> tuple[Arm, ...]:
    """Return every arm that was planned, tried, measured or decided on, each once, in that order."""
    rows: list[TrialSpec | TrialRecord | TrajectoryPoint | Line] = [*record.plan.trials, *record.trials]
    rows += [*record.trajectories, *record.decision.lines]
    return tuple(dict.fromkeys(Arm(row.model, row.safeguard, row.pathway) for row in rows))


def subjects_of(record: RunRecord) -> tuple[str, ...]:
    """Return the subjects of all arms, each once, in order; models without any arm come last."""
    names = [arm.subject for arm in arms_of(record)]
    covered = {arm.model for arm in arms_of(record)}
    names += [model.name for model in record.plan.audit.models if model.name not in covered]
    return tuple(dict.fromkeys(names))


def floor_pathways(record: RunRecord) -> frozenset[str]:
    """Return the pathways that take no training step: what anybody can already do at zero spend."""
    longest: dict[str, int] = {}
    for trial in record.plan.trials:
        longest[trial.pathway] = max(longest.get(trial.pathway, 0), trial.schedule.total_steps)
    return frozenset(pathway for pathway, steps in longest.items() if steps == 0)
