"""The coherence judge: sound language that replies to its prompt, broken language, or another task's answer."""

from holdfast.judges.coherence.judge import CoherenceJudge

__all__ = ["CoherenceJudge"]
