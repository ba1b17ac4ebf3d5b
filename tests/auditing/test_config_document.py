"""YAML as people write it: numbers, texts that look like something else, and lines."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.auditing.config.document import read_document

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\x85\u2028\u2029\ufeff")
    ).filter(lambda text: not NUMBER.fullmatch(text)),
)
# The writer speaks YAML 1.1, where 1e3 is a text that needs no quotes; here it is a number.
NUMBER = re.compile(r"[-+]?[0-9.]+[eE][-+]?[0-9]+")
KEYS = st.text("abcdefgh", min_size=1, max_size=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("documents")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1e-3", 0.001),
        ("1E5", 100000.0),
        ("3.", 3.0),
        (".5", 0.5),
        ("-7", -7),
        ("010", 10),
        ("0x1f", 31),
        ("true", True),
        ("yes", "yes"),
        ("off", "off"),
        ("2026-01-01", "2026-01-01"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        (".inf", ".inf"),
        ("~", None),
        ("", None),
        ("'3'", "3"),
    ],
)
def test_scalars_mean_what_they_look_like(folder: Path, text: str, value: object) -> None:
    (folder / "scalar.yaml").write_text(f"key: {text}\n")
    found = read_document(folder / "scalar.yaml").values["key"]
    assert found == value
    assert type(found) is type(value)


@settings(deadline=None, max_examples=100)
@given(values=st.dictionaries(KEYS, VALUES, max_size=5), flow=st.booleans())
def test_what_a_yaml_writer_writes_is_read_back(folder: Path, values: dict[str, object], flow: bool) -> None:
    path = folder / "written.yaml"
    path.write_text(yaml.safe_dump(values, default_flow_style=flow, allow_unicode=True), encoding="utf-8")
    document = read_document(path)
    assert document.values == values
    assert document.problems == ()


def test_every_key_and_value_has_its_line(folder: Path) -> None:
    path = folder / "lines.yaml"
    path.write_text("# top\na:\n  - name: x\n    b: {c: 1,\n       d: 2}\n  - 3\n")
    document = read_document(path)
    assert document.line(("a", 0, "b", "d")) == 5
    assert document.line(("a",), of_key=True) == 2
    assert document.line(("a", 1)) == 6
    assert document.line(("a", 0, "nowhere", "at", "all")) == 3
    assert document.where(("a", 0, "b", "c")) == "a.x.b.c"
    assert document.where(("a", 1)) == "a[1]"


def test_a_document_with_a_byte_order_mark_is_read(folder: Path) -> None:
    path = folder / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: x\r\n")
    assert read_document(path).values == {"name": "x"}
