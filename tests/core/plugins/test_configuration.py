from __future__ import annotations

import math
from typing import Any

import pytest
from burnish import RestorerSpec
from burnish.errors import ConfigError
from burnish.plugins.configuration import complete, parse_settings

SPEC = RestorerSpec(
    name="x",
    factory="a:b",
    summary="s",
    config={
        "depth": {"type": "integer", "minimum": 2, "default": 17, "description": "layers"},
        "sigma": {"type": ["number", "array"], "items": {"type": "number"}, "default": 0.1},
        "mode": {"enum": ["fast", "good"], "default": "good"},
        "file": {"type": "string", "description": "must be named"},
    },
)


def test_defaults_are_filled_in() -> None:
    assert complete(SPEC, {"file": "f"}) == {"depth": 17, "sigma": 0.1, "mode": "good", "file": "f"}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "must be given 'file' (must be named)"),
        ({"file": "f", "deph": 3}, "no setting 'deph'; did you mean depth?"),
        ({"file": "f", "colour": 3}, "it takes depth, sigma, mode, file"),
        ({"file": "f", "depth": 1}, "depth=1: 1 is less than the minimum of 2 (layers)"),
        ({"file": "f", "depth": "many"}, "'many' is not of type 'integer'"),
        ({"file": "f", "mode": "bad"}, "'bad' is not one of ['fast', 'good']"),
    ],
)
def test_what_does_not_fit_is_told_with_the_mend(given: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        complete(SPEC, given, subject="cnn/x")
    assert words in str(caught.value)
    assert str(caught.value).startswith("cnn/x")


@pytest.mark.parametrize(
    ("given", "value"), [("25/255", 25 / 255), (["0/1", "12.5/255"], [0, 12.5 / 255]), ([0, " 1/4 "], [0, 0.25])]
)
def test_a_number_may_be_the_text_of_a_fraction(given: object, value: object) -> None:
    assert complete(SPEC, {"file": "1/2", "sigma": given})["sigma"] == value
    assert complete(SPEC, {"file": "1/2"})["file"] == "1/2", "where text is meant, it stays text"


@pytest.mark.parametrize("given", ["25/0", "-1/2", "1/2/3", "a/b", "9" * 400 + "/1", ["1/2", "x"]])
def test_what_is_no_finite_fraction_is_refused_as_it_was_given(given: object) -> None:
    with pytest.raises(ConfigError) as caught:
        complete(SPEC, {"file": "f", "depth": given})
    assert repr(given) in str(caught.value)


def test_a_tuple_counts_as_a_list() -> None:
    assert complete(SPEC, {"file": "f", "sigma": (0, 1)})["sigma"] == (0, 1)


def test_settings_are_read_as_yaml() -> None:
    assert parse_settings(["a=1", "b=[0, 0.2]", "c=true", "d=text", "e=x=y", "f="]) == {
        "a": 1, "b": [0, 0.2], "c": True, "d": "text", "e": "x=y", "f": None,
    }  # fmt: skip


@pytest.mark.parametrize("setting", ["a", "=1", "a=[1"])
def test_a_setting_that_is_none_is_refused(setting: str) -> None:
    with pytest.raises(ConfigError, match="--set"):
        parse_settings([setting])


@pytest.mark.parametrize(
    ("setting", "fact"),
    [
        ("x=.nan", "is not a finite number"),
        ("x=[1, -.inf]", "is not a finite number"),
        ("x={a: 1, a: 2}", "appears twice"),
        ("x=" + "[" * 10_000, "is nested more than"),
        ('x="\\0"', "contains control characters"),
        ("x=!!python/none", "has the tag"),
    ],
)
def test_a_trap_in_a_setting_is_refused_in_one_short_line(setting: str, fact: str) -> None:
    with pytest.raises(ConfigError) as error:
        parse_settings([setting])
    assert fact in str(error.value) and str(error.value).isprintable() and len(str(error.value)) < 300


def test_a_setting_that_is_given_twice_is_refused() -> None:
    with pytest.raises(ConfigError, match="'x' is set twice"):
        parse_settings(["x=1", "x=2"])


@pytest.mark.parametrize("value", [math.nan, math.inf, [0.1, -math.inf], {"a": [math.nan]}])
def test_no_configuration_holds_nan_or_infinity_whoever_gives_it(value: Any) -> None:
    spec = RestorerSpec(name="any", factory="a:b", summary="Under test", config={"x": {}})
    with pytest.raises(ConfigError, match="contains NaN or infinity; give finite numbers"):
        complete(spec, {"x": value})
