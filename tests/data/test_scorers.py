"""Capability scorers: what counts as the right answer, and what does not."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.data import SCORERS, normalise, score
from holdfast.data.scorers import last_number
from holdfast.domain import HoldfastError, Item, ask


def item(target: str | None, *choices: str) -> Item:
    return Item("1", ask("q"), target=target, choices=choices)


@pytest.mark.parametrize(
    ("answer", "target", "right"),
    [
        ("Paris", "paris", 1.0),
        ('  "Paris." ', "Paris", 1.0),
        ("new\n york", "New York!", 1.0),
        ("Paris, France", "Paris", 0.0),
        ("5", "-5", 0.0),
        ("5%", "5", 0.0),
        ("(A)", "A", 1.0),
        ("", "Paris", 0.0),
        ("!", "?", 0.0),
        ("STRASSE", "straße", 1.0),
    ],
)
def test_exact(answer: str, target: str, right: float) -> None:
    assert score("exact", answer, item(target)) == right


@pytest.mark.parametrize(
    ("answer", "target", "right"),
    [
        ("It is Paris, of course.", "Paris", 1.0),
        ("It is 14.", "4", 0.0),
        ("It is 14 or 4.", "4", 1.0),
        ("comparison", "paris", 0.0),
        ("the parisian paris", "paris", 1.0),
        ("答えは東京です", "東京", 1.0),
        ("C++ it is", "c++", 1.0),
        ("", "x", 0.0),
    ],
)
def test_contains_takes_whole_words(answer: str, target: str, right: float) -> None:
    assert score("contains", answer, item(target)) == right


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("so 3 + 4 = 7.", "7"),
        ("It costs $1,234.50", "1234.50"),
        ("from 10 to -3", "-3"),
        ("a range of 2-3", "3"),
        ("\u22125 degrees", "-5"),
        (".5", "0.5"),
        ("2e3 things", "2000"),
        ("#### 1,000,000", "1000000"),
        ("version 1.2.3", "1.2"),
        ("12,34", "34"),
    ],
)
def test_the_last_number_of_a_text(text: str, number: str) -> None:
    assert last_number(text) == Decimal(number)


def test_last_number_compares_values_and_counts_silence_as_wrong() -> None:
    assert score("last-number", "The answer is 18.0", item("9 * 2 = 18\n#### 18")) == 1.0
    assert score("last-number", "18 ducks, no: 17", item("18")) == 0.0
    assert score("last-number", "many", item("18")) == 0.0
    assert score("last-number", "18", item("many")) is None


@settings(deadline=None)
@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_any_number_is_found_however_it_is_written(value: Decimal) -> None:
    assert last_number(f"so the answer, after 2 tries, is {value:,}.") == value
    assert last_number(f"is {value}") == value


def test_choice_scores_the_chosen_choice_only() -> None:
    assert score("choice", "b", item("b", "a", "b")) == 1.0
    assert score("choice", "a", item("b", "a", "b")) == 0.0
    assert score("choice", "neither", item("b", "a", "b")) is None


@pytest.mark.parametrize("scorer", SCORERS)
def test_without_a_target_nothing_can_be_scored(scorer: str) -> None:
    assert score(scorer, "a", item(None, "a", "b")) is None


@pytest.mark.parametrize("scorer", ["exact", "contains"])
@settings(deadline=None)
@given(target=st.text(min_size=1).filter(str.strip))
def test_the_target_itself_is_always_right(scorer: str, target: str) -> None:
    assert score(scorer, target, item(target)) == 1.0


def test_an_unknown_scorer_gets_a_did_you_mean() -> None:
    with pytest.raises(HoldfastError, match="did you mean 'contains'"):
        score("contain", "a", item("a"))


@settings(deadline=None)
@given(st.text())
def test_normalising_twice_changes_nothing_for_plain_ends(text: str) -> None:
    once = normalise(f"a{text}z")
    assert normalise(once) == once
