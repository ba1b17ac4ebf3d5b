"""The coherence judge: sound replies, broken language, or another task's answer."""

from holdfast.judges.coherence.judge import CoherenceJudge

__all__ = ["CoherenceJudge"]
