"""Facts about reading YAML that people hand us: plain values with places, and every trap refused by line and column."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest
import yaml
from burnish.schema.yaml_text import DEEPEST, YamlProblemError, read_yaml
from hypothesis import given, settings
from hypothesis import strategies as st

EXPONENT = re.compile(r"[-+]?[0-9.]+[eE][-+]?[0-9]+")
"""Numbers to us, as in YAML 1.2, and words to PyYAML."""
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=20).filter(
        lambda text: not EXPONENT.fullmatch(text)
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc:-# é", min_size=1), inner, max_size=4),
    max_leaves=12,
)


@given(value=PLAIN)
@settings(max_examples=200, deadline=None)
def test_plain_values_are_read_as_pyyaml_reads_them(value: Any) -> None:
    text = yaml.safe_dump(value, allow_unicode=True)
    assert read_yaml(text).value == yaml.safe_load(text)


@given(text=st.text(max_size=200) | st.text("a:-[]{}&*!?|>'\"#%@,\n\t 0123.e\\x<", max_size=80))
@settings(max_examples=500, deadline=None)
def test_any_text_gives_plain_values_or_one_line(text: str) -> None:
    try:
        value = read_yaml(text).value
    except YamlProblemError as error:
        assert str(error).isprintable()
        assert error.problems
    else:
        assert_plain(value)


def assert_plain(value: Any) -> None:
    if isinstance(value, dict):
        assert all(isinstance(key, str) for key in value)
        for item in value.values():
            assert_plain(item)
    elif isinstance(value, list):
        for item in value:
            assert_plain(item)
    else:
        assert value is None or isinstance(value, str | int | float | bool)
        assert not isinstance(value, float) or math.isfinite(value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3", "3:1: a: appears twice, first at 1:1"),
        ("a: {b: 1, b: 1}", "1:11: a.b: appears twice, first at 1:5"),
        ("a: .nan", "1:4: a: '.nan' is not a finite number"),
        ("a: [1, -.inf]", "1:8: a.1: '-.inf' is not a finite number"),
        ("a: 1e999", "1:4: a: '1e999' is not a finite number"),
        ("a: 99999999999999999999", "is a number that is too large"),
        ("a: " + "9" * 5000, "is not a valid whole number"),
        ('a: "\\0"', "1:4: a: contains control characters"),
        ('a: "\\e[2J"', "1:4: a: contains control characters"),
        ('"\\a": 1', "1:1: a key must be a text without control characters"),
        ("? [1]\n: 2", "a key must be a text"),
        ("a: !!python/object/apply:os.system [x]", "has the tag 'python/object/apply:os.system', which is not allowed"),
        ("a: !mine b", "has the tag '!mine'"),
        ("a: &x [*x]", "1:8: *x names nothing above it"),
        ("[" * (DEEPEST + 1), f"is nested more than {DEEPEST} deep"),
        ("[" * 100_000, f"is nested more than {DEEPEST} deep"),
        ("- " * 50 + "a", f"is nested more than {DEEPEST} deep"),
        ('a: !!int ""', "1:4: a: '' is not a valid whole number"),
        ('a: !!float ""', "1:4: a: '' is not a valid number"),
        ('a: !!int "-"', "1:4: a: '-' is not a valid whole number"),
        ("a: [", "1:5: is not YAML: "),
        ("a: 1\n---\nb: 1", "2:1: is not YAML: "),
        ("a: \x00", "contains a character that YAML does not allow"),
        ("x" * 1_000_001, "at most 1,000,000 are read"),
    ],
)
def test_a_trap_is_told_by_line_column_and_key(text: str, told: str) -> None:
    with pytest.raises(YamlProblemError) as caught:
        read_yaml(text)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 300


def test_aliases_are_read_until_they_unfold_to_far_more_than_is_written() -> None:
    assert read_yaml("a: &x {k: [1]}\nb: *x").value == {"a": {"k": [1]}, "b": {"k": [1]}}
    assert read_yaml("a: &x {k: 1, l: 2}\nb: {<<: *x, k: 3}").value["b"] == {"k": 3, "l": 2}
    bomb = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12))])
    with pytest.raises(YamlProblemError, match="contains more than 20,000 values, aliases unfolded"):
        read_yaml(bomb)


def test_what_aliases_nest_counts_as_deep_as_it_unfolds() -> None:
    half = "[" * (DEEPEST // 2) + "{}" + "]" * (DEEPEST // 2)
    inner = f"- &x {half.format(1)}\n- &y {half.format('*x').removeprefix('[').removesuffix(']')}\n"
    assert read_yaml(inner)
    for text in (f"{inner}- [*y]", "\n".join(f"- &a{n} {half.format(f'*a{n - 1}' if n else 1)}" for n in range(70))):
        with pytest.raises(YamlProblemError, match=f"is nested more than {DEEPEST} deep"):
            read_yaml(text)


def test_all_problems_of_a_text_are_told_at_once_in_the_order_of_their_lines() -> None:
    with pytest.raises(YamlProblemError) as caught:
        read_yaml('a: .inf\nb: "\\x01"\na: 2\n')
    assert [one.place for one in caught.value.problems] == [(1, 4), (2, 4), (3, 1)]


def test_powers_of_ten_are_numbers_as_they_are_in_yaml_1_2() -> None:
    assert read_yaml("[1e-3, -2E+4, 1.5e3, 1e3x]").value == [0.001, -20000.0, 1500.0, "1e3x"]


def test_places_are_those_of_keys_and_of_values() -> None:
    read = read_yaml("a:\n  bc: [1,\n       2]\n")
    assert read.place(("a", "bc"), key=True) == (2, 3)
    assert read.place(("a", "bc")) == (2, 7)
    assert read.place(("a", "bc", 1)) == (3, 8)
    assert read.place(("a", "missing")) == (2, 3)
