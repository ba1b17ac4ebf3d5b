"""Judges of answers, one file each, and the panels that combine them. Imports without torch."""

from holdfast.judges.coherence import CoherenceJudge
from holdfast.judges.panel import Judgement, Panel, build_judges, form_panels, judge_digest
from holdfast.judges.refusal import RefusalJudge
from holdfast.judges.refusal_strings import RefusalStringsJudge
from holdfast.judges.target import TargetJudge

__all__ = [
    "CoherenceJudge",
    "Judgement",
    "Panel",
    "RefusalJudge",
    "RefusalStringsJudge",
    "TargetJudge",
    "build_judges",
    "form_panels",
    "judge_digest",
]
