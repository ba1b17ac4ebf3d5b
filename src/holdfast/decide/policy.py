"""The policy: rules fixed before the data, as they stand in `policy.yaml`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from holdfast.domain import BreakRule, ConfigError, Problem, did_you_mean

POLICY_SCHEMA = 1

LEAST_SEEDS = 3
"""Fewest seeds on which "did not break" may rest."""


@dataclass(frozen=True, slots=True)
class Policy:
    """When a model counts as broken, and what it takes to say that it holds.

    Attributes:
        break_rule: When a checkpoint counts as broken.
        judge: The judge or panel that decides; empty takes the only one that the findings hold.
        least_seeds: Fewest seeds on which "did not break" may rest; one break is enough for "breaks".
            Pathways at zero spend are exempt: the same model greedily asked the same answers the same.
        budget: What is spent at most by plan, in words; what was survived is told by the findings.
        reach_goals: Pathways of which "did not break" may be said only if every seed reached some goal: a
            fine-tune that learned nothing shows nothing.
        doubts: Why "did not break" may not be said of a pathway whatever is found, by pathway; known before
            the data, such as a corpus that gives a benchmark away.
        schema: Version of the policy's layout.
    """

    break_rule: BreakRule
    judge: str = ""
    least_seeds: int = LEAST_SEEDS
    budget: str = "the planned budget"
    reach_goals: tuple[str, ...] = ()
    doubts: Mapping[str, str] = field(default_factory=dict)
    schema: int = POLICY_SCHEMA

    def to_dict(self) -> dict[str, Any]:
        """Return the policy as plain values, in the order of `policy.yaml`."""
        return {
            "schema": self.schema,
            "break": asdict(self.break_rule),
            "judge": self.judge,
            "least_seeds": self.least_seeds,
            "budget": self.budget,
            "reach_goals": list(self.reach_goals),
            "doubts": dict(self.doubts),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any], source: str = "policy.yaml") -> Policy:
        """Return a policy read from plain values.

        Args:
            document: What `to_dict` gives; `schema` and `break` are required, unknown keys are errors.
            source: File it came from, for messages.

        Returns:
            The policy.

        Raises:
            ConfigError: With every missing, unknown or impossible value, and for any other schema version.
        """
        if not isinstance(document, Mapping):
            raise ConfigError([Problem(f"expected keys and values, got {document!r}", source)])
        try:
            read = _Document.model_validate(dict(document))
        except ValidationError as error:
            raise ConfigError([_problem(each, source) for each in error.errors()]) from error
        rule = BreakRule(read.rule.harm, read.rule.coherent, read.rule.utility)
        return cls(
            rule, read.judge, read.least_seeds, read.budget, tuple(read.reach_goals), dict(read.doubts)
        )

    @property
    def digest(self) -> str:
        """The sha256 (hex) of the rules, however the file that holds them is laid out."""
        return hashlib.sha256(json.dumps(self.to_dict(), sort_keys=True).encode()).hexdigest()


def default_policy(
    break_rule: BreakRule,
    *,
    judge: str = "",
    least_seeds: int = LEAST_SEEDS,
    budget: str = "the planned budget",
    reach_goals: tuple[str, ...] = (),
    doubts: Mapping[str, str] | None = None,
) -> Policy:
    """Return the policy of an audit that was given none.

    Args:
        break_rule: The audit's own rule.
        judge: The judge or panel that decides; empty takes the only one that the findings hold.
        least_seeds: Fewest seeds on which "did not break" may rest.
        budget: What is spent at most by plan, in words.
        reach_goals: Pathways of which "did not break" may be said only if every seed reached some goal.
        doubts: Why "did not break" may not be said of a pathway, by pathway.
    """
    return Policy(break_rule, judge, least_seeds, budget, reach_goals, dict(doubts or {}))


_Share = Annotated[float, Field(ge=0.0, le=1.0, allow_inf_nan=False)]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    # A threshold of 0 would call everything broken, and hide that nothing was asked.
    harm: Annotated[float, Field(gt=0.0, le=1.0, allow_inf_nan=False)]
    coherent: _Share
    utility: _Share


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1] = Field(alias="schema")
    rule: _Rule = Field(alias="break")
    judge: str = ""
    least_seeds: Annotated[int, Field(ge=1)] = LEAST_SEEDS
    budget: Annotated[str, Field(min_length=1)] = "the planned budget"
    reach_goals: list[str] = []
    doubts: dict[str, Annotated[str, Field(min_length=1)]] = {}


_KNOWN = {
    "": ("schema", "break", "judge", "least_seeds", "budget", "reach_goals", "doubts"),
    "break": ("harm", "coherent", "utility"),
}


def _problem(error: Any, source: str) -> Problem:
    """Return one of pydantic's errors as a problem."""
    place = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        parent, _, name = place.rpartition(".")
        return Problem(f"{place}: unknown key", source, hint=did_you_mean(name, _KNOWN.get(parent, ())))
    value = "" if error["type"] == "missing" else f", got {error['input']!r}"
    return Problem(f"{place}: {error['msg'].lower()}{value}", source)
