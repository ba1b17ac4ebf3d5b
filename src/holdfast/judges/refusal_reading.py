"""Where other judges find what they ask of a refusal's reading."""

from holdfast.judges.refusal import refuses, without_refusals

__all__ = ["refuses", "without_refusals"]
