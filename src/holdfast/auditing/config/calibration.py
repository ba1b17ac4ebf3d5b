"""Calibration as configured: labels that an audit asks for by itself."""

from __future__ import annotations

from collections.abc import Sequence

from holdfast.auditing.config.document import KeyPath
from holdfast.auditing.config.problems import Problems
from holdfast.auditing.config.schema import CalibrationSection
from holdfast.auditing.config.sections import parse_section
from holdfast.data import quoted
from holdfast.domain import ORACLE_LABELS, CalibrationSpec

_BY_PEOPLE = "label answers once they exist: holdfast calibrate RUN --sample 100, then --labels FILE"


def read_calibration(
    raw: object, path: KeyPath, panels: Sequence[str], findings: Problems
) -> CalibrationSpec:
    """Read which labels the panel's errors are measured by.

    Args:
        raw: What the document holds there.
        path: Where that is.
        panels: The panels that the audit's judges form; empty if unknown.
        findings: Grows by what is wrong, such as an oracle that is not asked.
    """
    parsed = parse_section(CalibrationSection, raw, path, findings)
    section = parsed.section
    if section.labels != ORACLE_LABELS:
        message = f"only {ORACLE_LABELS!r} can label during an audit, got {quoted(section.labels)}"
        findings.add(parsed.at("labels"), message, _BY_PEOPLE)
    elif panels and ORACLE_LABELS not in panels:
        message = f"the {ORACLE_LABELS} is to give labels, but it is not among the judges"
        findings.add(parsed.at("labels"), message, f"add {ORACLE_LABELS} to judges; or {_BY_PEOPLE}")
    return CalibrationSpec(section.labels, section.sample, section.seed)
