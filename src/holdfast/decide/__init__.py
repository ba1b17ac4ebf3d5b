"""Decisions: rules fixed before the data, applied to findings. Pure."""

from holdfast.decide.decision import decide
from holdfast.decide.policy import LEAST_SEEDS, POLICY_SCHEMA, Policy, default_policy
from holdfast.decide.ruling import ExpectedLine

__all__ = [
    "LEAST_SEEDS",
    "POLICY_SCHEMA",
    "ExpectedLine",
    "Policy",
    "decide",
    "default_policy",
]
