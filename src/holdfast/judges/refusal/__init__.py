"""The refusal judge: rules of English, read clause by clause."""

from holdfast.judges.refusal.judge import RefusalJudge
from holdfast.judges.refusal.reading import refuses, without_refusals

__all__ = ["RefusalJudge", "refuses", "without_refusals"]
