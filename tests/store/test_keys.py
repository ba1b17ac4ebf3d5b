"""Content keys: the same key if and only if the same content."""

import json
import math
import subprocess
import sys
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.domain import BenchmarkKind, Decoding, Item, Split, ask
from holdfast.store import canonical_json, content_digest, content_key, plain

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5)
CONTENT = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def typed(value: Any) -> Any:
    """Return a value that is equal to another's if and only if they are the same JSON content."""
    if isinstance(value, dict):
        return ("dict", frozenset((k, typed(v)) for k, v in value.items()))
    if isinstance(value, list):
        return ("list", tuple(typed(v) for v in value))
    if isinstance(value, float):
        return ("float", repr(value))
    return (type(value).__name__, value)


@given(CONTENT, CONTENT)
@settings(max_examples=150, deadline=None)
def test_keys_are_equal_exactly_where_contents_are(first: Any, second: Any) -> None:
    assert (content_key(first) == content_key(second)) == (typed(first) == typed(second))


@given(CONTENT)
@settings(max_examples=100, deadline=None)
def test_the_canonical_text_reads_back_as_the_content(value: Any) -> None:
    assert typed(json.loads(canonical_json(value))) == typed(value)


@given(st.dictionaries(st.text(max_size=4), st.integers(), min_size=2), st.randoms())
@settings(max_examples=50, deadline=None)
def test_the_order_of_keys_does_not_count(mapping: dict[str, int], random: Any) -> None:
    names = list(mapping)
    random.shuffle(names)
    assert content_digest({name: mapping[name] for name in names}) == content_digest(mapping)


@given(st.lists(st.integers(), min_size=2, unique=True))
@settings(max_examples=50, deadline=None)
def test_the_order_of_rows_counts(rows: list[int]) -> None:
    assert content_key(rows) != content_key(rows[::-1])


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Pair:
    left: Any
    right: Any


@pytest.mark.parametrize(
    ("value", "as_data"),
    [
        (Pair(1, "two"), {"left": 1, "right": "two"}),
        (Pair(Pair(1, 2), None), {"left": {"left": 1, "right": 2}, "right": None}),
        ((1, 2), [1, 2]),
        (Colour.RED, "red"),
        ({Colour.RED: PurePosixPath("a/b")}, {"red": "a/b"}),
        ({4: 0.5}, {"4": 0.5}),
    ],
)
def test_python_values_have_one_plain_form(value: Any, as_data: Any) -> None:
    assert plain(value) == as_data
    assert content_key(value) == content_key(as_data)


@pytest.mark.parametrize("value", [{1, 2}, object(), b"bytes", int, lambda: 0, {1: "a", "1": "b"}])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError, match="canonical form"):
        content_key({"nested": [value]})


def test_every_field_of_a_row_changes_its_key() -> None:
    item = Item("a", ask("hello"), "target", "group", "category", ("x", "y"), Split.HELDOUT)
    changed: dict[str, Any] = {
        "id": "b",
        "messages": ask("hello "),
        "target": None,
        "group": "",
        "category": None,
        "choices": ("x y",),
        "split": Split.SELECTION,
    }
    keys = {content_key(item)} | {content_key(replace(item, **{k: v})) for k, v in changed.items()}
    assert len(keys) == 1 + len(changed)


def test_a_float_and_its_neighbour_have_different_keys() -> None:
    assert content_key(Decoding(temperature=0.1)) != content_key(
        Decoding(temperature=math.nextafter(0.1, 1.0))
    )


def test_keys_are_the_same_in_another_process() -> None:
    code = (
        "from holdfast.store import content_key; from holdfast.domain import BenchmarkKind;"
        "print(content_key({'é': [1, 2.5, None, True], 'a': BenchmarkKind.SAFETY}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "7", "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == content_key({"a": BenchmarkKind.SAFETY, "é": [1, 2.5, None, True]})
