"""Corrected rates as rows of `findings.json`."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.auditing.analysis.arms import form_arms
from holdfast.auditing.analysis.rows import Labels, finding
from holdfast.auditing.analysis.stage import Judged
from holdfast.auditing.calibration.calibrating import current_calibrations
from holdfast.domain import Calibration, CorrectedRate, Estimate, Finding
from holdfast.store import RunDirectory, read_record, write_json_rows


def add_corrections(run: RunDirectory, judged: Judged) -> None:
    """Add the rows of a run's calibrations to its findings, as analysis has just written them."""
    rows = correction_findings(judged, current_calibrations(run, judged))
    if rows:
        path = run.file("findings.json")
        write_json_rows(path, [*read_record(path, tuple[Finding, ...]), *rows])


def correction_findings(judged: Judged, calibrations: Sequence[Calibration]) -> list[Finding]:
    """Return one row a corrected rate of a side; rates of a model as a whole are no rows.

    Args:
        judged: The judged run.
        calibrations: Its calibrations, as they hold now.
    """
    arms = {(arm.model, arm.safeguard, arm.pathway): arm for arm in form_arms(judged.plan, judged.cells)}
    rows = []
    for calibration in calibrations:
        for rate in calibration.corrected:
            arm = arms.get((rate.side.model, rate.side.safeguard, rate.side.pathway))
            if arm is not None:
                metric = f"{rate.metric}.corrected"
                labels = Labels(metric, rate.side.at, "share", rate.goal, rate.benchmark, rate.judge)
                rows.append(finding(arm, labels, _estimate(rate), rate.conclusion))
    return rows


def _estimate(rate: CorrectedRate) -> Estimate:
    return Estimate(rate.value, rate.low, rate.high, rate.n, rate.seeds, rate.method, rate.status)
