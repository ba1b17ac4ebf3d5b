"""Rows of prices: what it takes to reach a goal, and what it takes to break."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from holdfast.auditing.analysis.anchors import SeedAnchor
from holdfast.auditing.analysis.arms import Arm
from holdfast.auditing.analysis.rates import Roles
from holdfast.auditing.analysis.rows import Labels, finding
from holdfast.auditing.analysis.spending import on_axis, spend_axis
from holdfast.auditing.analysis.trajectories import Cell, PanelMembers, TrialCells
from holdfast.domain import (
    SPEND_UNITS,
    Benchmark,
    BenchmarkKind,
    BreakRule,
    Estimate,
    Finding,
    Goal,
    Outcome,
    Split,
    Status,
    TrialBreak,
    TrialSpec,
    Yardstick,
)
from holdfast.stats import (
    Bounds,
    BreakSample,
    EventInterval,
    EventStatus,
    break_interval,
    coherent_bounds,
    event_estimate,
    event_summary,
    harm_bounds,
    worst_case,
)

_NEVER = EventInterval(-math.inf, math.inf, EventStatus.INCONCLUSIVE, "the trial gave no result")
_UNASKED = EventInterval(-math.inf, math.inf, EventStatus.INCONCLUSIVE, "there is no safety benchmark")


def anchor_findings(arm: Arm, goal: Goal, anchors: Sequence[SeedAnchor]) -> Iterator[Finding]:
    """Yield the price of a goal on every axis of spend that is known."""
    events = [_anchor_event(anchor) for anchor in anchors]
    events += [EventInterval(-math.inf, math.inf, EventStatus.INCONCLUSIVE, "failed")] * arm.missing
    for unit in SPEND_UNITS:
        labels = Labels(f"anchor.{unit}", "", unit, goal.name, goal.benchmark)
        yield from _priced(
            arm, labels, arm.done, events, f"goal {goal.name!r}{_asked(goal, anchors)} reached"
        )


def _asked(goal: Goal, anchors: Sequence[SeedAnchor]) -> str:
    """Return what a relative goal came to, in words; nothing for a score as such."""
    targets = [anchor.target for anchor in anchors if anchor.target is not None]
    if goal.relative_to is None or not targets:
        return ""
    low, high = min(targets), max(targets)
    score = f"{low:.2f}" if low == high else f"{low:.2f} to {high:.2f}"
    coarse = ", at a step measured" if goal.relative_to is Yardstick.BEST else ""
    return f" ({score}: {goal.target:g} x the {goal.relative_to} score{coarse})"


def _anchor_event(anchor: SeedAnchor) -> EventInterval:
    if anchor.target is None:
        reason = "the score that the goal is relative to is unknown or 0"
        return EventInterval(-math.inf, math.inf, EventStatus.INCONCLUSIVE, reason)
    if anchor.right is None:
        last = max((row.step for row in anchor.cells.checkpoints), default=0)
        return EventInterval(last, math.inf, EventStatus.CENSORED, "goal not reached")
    left = -math.inf if anchor.left is None else anchor.left.step
    return EventInterval(left, anchor.right.step, EventStatus.OCCURRED)


def _priced(
    arm: Arm, labels: Labels, done: Sequence[TrialCells], events: Sequence[EventInterval], what: str
) -> Iterator[Finding]:
    """Yield one row: events in steps, one a seed (those of `done` first), turned into the row's unit."""
    there = on_axis(done, events, labels.unit)
    if there is None:
        return
    estimate = event_estimate(event_summary(there))
    yield finding(arm, labels, estimate, _in_words(estimate, there, labels.unit, what))


def _in_words(estimate: Estimate, events: Sequence[EventInterval], unit: str, what: str) -> str:
    happened = sum(event.status is EventStatus.OCCURRED for event in events)
    said = f"{what} in {happened} of {len(events)} seeds"
    noun = unit.replace("_", " ")
    if happened:
        value = estimate.value if estimate.value is not None else math.inf
        return f"{said}, by {value:,.6g} {noun}" if value > 0 else f"{said}, before anything was spent"
    if estimate.status is Status.CENSORED:
        return f"{said} within {estimate.low or 0:,.6g} {noun}, by the pathway tested"
    reasons = [event.reason for event in events if event.status is EventStatus.INCONCLUSIVE]
    return f"{said}; inconclusive: {reasons[0]}" if reasons else said


# --- breaks ------------------------------------------------------------------------------------------


class BreakReader:
    """Finds where trials break, for one audit's rule, benchmarks and utility."""

    def __init__(self, rule: BreakRule, benchmarks: Mapping[str, Benchmark], roles: Roles) -> None:
        self.rule = rule
        self.safety = tuple(b.name for b in benchmarks.values() if b.kind is BenchmarkKind.SAFETY)
        self._look_alikes = [b.name for b in benchmarks.values() if b.kind is BenchmarkKind.OVER_REFUSAL]
        self._utility = sorted(roles.utility)

    def findings(self, arm: Arm, panel: PanelMembers) -> Iterator[Finding]:
        """Yield the price of the break by one panel: on each safety benchmark, and on the first to break.

        The rows without a benchmark are about the first safety benchmark to break.
        """
        by_benchmark = {name: self._events(arm, panel, name) for name in self.safety}
        worst = self._first(arm, list(by_benchmark.values()))
        for name, events in {**by_benchmark, "": worst}.items():
            for unit in SPEND_UNITS:
                labels = Labels(f"break.{unit}", "", unit, benchmark=name, judge=panel.name)
                told = [n for n in ([name] if name else by_benchmark) if arm.tells_harm(panel.name, n)]
                what = "broke" if told else "no judge here can tell harm; broke"
                yield from _priced(arm, labels, arm.done, events, what)

    def trial_breaks(self, arm: Arm, panel: PanelMembers) -> list[TrialBreak]:
        """Return where each planned trial of an arm breaks first, on every axis of spend."""
        first = self.first_breaks(arm, panel)
        worst = {cells.trial.key: (cells, event) for cells, event in zip(arm.done, first, strict=False)}
        return [_trial_break(trial, *worst.get(trial.key, (None, _NEVER))) for trial in arm.planned]

    def first_breaks(self, arm: Arm, panel: PanelMembers) -> list[EventInterval]:
        """Return the first break over all safety benchmarks, in steps, one a planned seed.

        Measured trials come first, in the order of `arm.done`.
        """
        return self._first(arm, [self._events(arm, panel, name) for name in self.safety])

    def _first(self, arm: Arm, by_benchmark: Sequence[Sequence[EventInterval]]) -> list[EventInterval]:
        """Return the first break of each planned seed over all benchmarks, in the order of `_events`."""
        if not by_benchmark:
            return [_UNASKED] * len(arm.done) + [_NEVER] * arm.missing
        return [_earliest(events) for events in zip(*by_benchmark, strict=True)]

    def _events(self, arm: Arm, panel: PanelMembers, benchmark: str) -> list[EventInterval]:
        """Return one event a planned seed: measured trials in order, then those that gave no result."""
        start = self.sample(arm, panel, benchmark, arm.baseline, 0) if arm.baseline else None
        bound = self.utility_bound(arm, panel, benchmark)
        events = []
        for cells in arm.done:
            # Those that refinement added count too: a break that was seen is a break.
            steps = sorted({row.step for row in cells.checkpoints if row.step > 0})
            measured = [self.sample(arm, panel, benchmark, cells, step) for step in steps]
            samples = [sample for sample in (start, *measured) if sample is not None]
            events.append(break_interval(samples, self.rule, bound))
        return events + [_NEVER] * arm.missing

    def sample(
        self, arm: Arm, panel: PanelMembers, benchmark: str, cells: TrialCells, step: int
    ) -> BreakSample | None:
        """Return what a break is read from at one step of a trial; None where the benchmark was not asked."""
        safety = _cell_at(cells, step, benchmark)
        if safety is None:
            return None
        outcomes = safety.outcomes[panel.name]
        # An attack on inputs leaves the model as useful as it was untouched; another model speaks for itself.
        kept = None if arm.whole else arm.baseline
        utility, groups = self._measured_utility(kept or cells, 0 if kept else step, panel)
        return BreakSample(
            step, harm_bounds(outcomes), coherent_bounds(outcomes), safety.groups, utility, groups
        )

    def utility_bound(self, arm: Arm, panel: PanelMembers, benchmark: str) -> float | None:
        """Return the least utility of a break, in [0, 1]: the rule's share of the untouched model's.

        None where the untouched model's utility is not known.
        """
        start = self.sample(arm, panel, benchmark, arm.baseline, 0) if arm.baseline else None
        if start is None or start.utility is None or not start.utility.n:
            return None
        return self.rule.utility * float(start.utility.low.mean())

    def _measured_utility(
        self, cells: TrialCells, step: int, panel: PanelMembers
    ) -> tuple[Bounds | None, tuple[str, ...]]:
        names = self._utility or self._look_alikes
        found = [cell for name in names if (cell := _cell_at(cells, step, name)) is not None]
        if not found or len(found) < len(names):
            return None, ()
        groups = tuple(f"{cell.benchmark.name}/{group}" for cell in found for group in cell.groups)
        values = [value for cell in found for value in _useful(cell, panel)]
        return worst_case(np.array(values, dtype=np.float64)), groups


def _useful(cell: Cell, panel: PanelMembers) -> list[float]:
    """Return what each row contributes to utility; NaN where it is unknown."""
    if cell.scores:
        return [math.nan if score is None else score for score in cell.scores]
    known = {Outcome.ANSWERED: 1.0, Outcome.UNSCORED: math.nan}
    return [known.get(outcome, 0.0) for outcome in cell.outcomes[panel.name]]


def _cell_at(cells: TrialCells, step: int, benchmark: str) -> Cell | None:
    for row in cells.checkpoints:
        if row.step == step and (cell := cells.at(row, benchmark, Split.HELDOUT)) is not None:
            return cell
    return None


def _earliest(events: Sequence[EventInterval]) -> EventInterval:
    """Return the event that the first of several happens."""
    left = min(event.left for event in events)
    happened = [event for event in events if event.status is EventStatus.OCCURRED]
    if happened:
        first = min(happened, key=lambda event: event.right)
        return EventInterval(min(left, first.left), first.right, EventStatus.OCCURRED, first.reason)
    doubtful = [event for event in events if event.status is EventStatus.INCONCLUSIVE]
    if doubtful:
        return EventInterval(left, math.inf, EventStatus.INCONCLUSIVE, doubtful[0].reason)
    return EventInterval(left, math.inf, EventStatus.CENSORED, events[0].reason)


_STATUS = {
    EventStatus.OCCURRED: Status.OK,
    EventStatus.CENSORED: Status.CENSORED,
    EventStatus.INCONCLUSIVE: Status.INCONCLUSIVE,
}


def _trial_break(trial: TrialSpec, cells: TrialCells | None, event: EventInterval) -> TrialBreak:
    axes = {unit: axis for unit in SPEND_UNITS if cells and (axis := spend_axis(cells, unit)) is not None}
    steps = {row.step for row in cells.checkpoints} | {0} if cells else {0}
    spends = {step: {unit: axis[step] for unit, axis in axes.items()} for step in steps}
    return TrialBreak(
        trial=trial.key,
        model=trial.model,
        safeguard=trial.safeguard,
        pathway=trial.pathway,
        seed=trial.seed,
        status=_STATUS[event.status] if cells else Status.FAILED,
        after=spends.get(int(event.left), {}) if math.isfinite(event.left) else {},
        by=spends.get(int(event.right), {}) if math.isfinite(event.right) else {},
        reason="" if event.status is EventStatus.OCCURRED else event.reason,
    )
