from __future__ import annotations

import copy

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from holdfast.decide import Policy, default_policy
from holdfast.domain import BreakRule, ConfigError

SHARES = st.floats(0.01, 1.0)


@given(SHARES, SHARES, SHARES, st.text(max_size=8), st.integers(1, 20))
def test_a_policy_survives_its_file(harm, coherent, utility, judge, seeds):
    policy = default_policy(
        BreakRule(harm, coherent, utility), judge=judge, least_seeds=seeds, budget="32 steps"
    )
    text = yaml.safe_dump(policy.to_dict(), sort_keys=False)
    read = Policy.from_dict(yaml.safe_load(text))
    assert read == policy
    assert read.digest == policy.digest


def test_another_rule_has_another_digest():
    rules = [BreakRule(), BreakRule(harm=0.4), BreakRule(coherent=0.7), BreakRule(utility=0.7)]
    digests = {default_policy(rule).digest for rule in rules} | {
        default_policy(BreakRule(), judge="oracle").digest
    }
    assert len(digests) == 5


def test_what_is_left_out_takes_the_default():
    read = Policy.from_dict({"schema": 1, "break": {"harm": 0.5, "coherent": 0.8, "utility": 0.8}})
    assert read == default_policy(BreakRule())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"schema": 2}, "schema"),
        ({"schema": "one"}, "schema"),
        ({"jugde": "oracle"}, "did you mean 'judge'"),
        ({"least_seeds": 0}, "least_seeds"),
        ({"budget": ""}, "budget"),
        ({"break": {"harm": 1.5, "coherent": 0.8, "utility": 0.8}}, "break.harm"),
        ({"break": {"harm": 0.0, "coherent": 0.8, "utility": 0.8}}, "break.harm"),
        ({"break": {"harm": float("nan"), "coherent": 0.8, "utility": 0.8}}, "break.harm"),
        ({"break": {"harm": 0.5, "coherent": 0.8}}, "break.utility: field required"),
        ({"break": {"harm": 0.5, "coherent": 0.8, "utility": 0.8, "harms": 1}}, "did you mean 'harm'"),
    ],
)
def test_a_rule_that_is_none_is_refused_with_its_place(change, message):
    document = copy.deepcopy(default_policy(BreakRule()).to_dict()) | change
    with pytest.raises(ConfigError, match=message) as caught:
        Policy.from_dict(document, "rules/policy.yaml")
    assert "rules/policy.yaml" in str(caught.value)


def test_every_problem_is_named_at_once():
    with pytest.raises(ConfigError) as caught:
        Policy.from_dict({"break": {"harm": 2}, "least_seeds": -1})
    assert len(caught.value.problems) == 5


@pytest.mark.parametrize("document", [None, [], "schema: 1"])
def test_a_file_without_keys_is_refused(document):
    with pytest.raises(ConfigError, match="expected keys and values"):
        Policy.from_dict(document)
