from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.stats import SampleError, holm

FAMILY = st.lists(st.floats(0, 1), max_size=12)


def test_the_smallest_is_multiplied_by_the_number_of_comparisons_and_so_on():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx((0.03, 0.06, 0.06, 0.02))


def test_an_empty_family_has_nothing_to_adjust():
    assert holm([]) == ()


@settings(max_examples=6)  # statsmodels collects garbage in every call
@given(FAMILY)
def test_adjusted_values_are_never_smaller_nor_above_bonferroni_nor_out_of_order(values):
    adjusted = holm(values)
    for before, after in zip(values, adjusted, strict=True):
        assert before - 1e-12 <= after <= min(1.0, before * len(values)) + 1e-12
    order = sorted(range(len(values)), key=values.__getitem__)
    assert [adjusted[i] for i in order] == sorted(adjusted)


@settings(max_examples=6)  # statsmodels collects garbage in every call
@given(FAMILY)
def test_a_larger_family_never_makes_a_p_value_smaller(values):
    assert all(b >= a - 1e-12 for a, b in zip(holm(values), holm([*values, 1.0]), strict=False))


@pytest.mark.parametrize("value", [float("nan"), -0.1, 1.1])
def test_what_is_no_p_value_is_refused(value):
    with pytest.raises(SampleError, match="p-values"):
        holm([0.5, value])
