"""Scenes are fact from names where that is clear, and by an expression where it is given."""

from __future__ import annotations

import pytest
from burnish.data.scenes import scenes_by, scenes_of
from burnish.errors import UsageError


def test_the_part_before_the_last_separator_is_the_scene() -> None:
    names = ["fov001_c0", "fov001_c1", "fov002_c0", "fov002_c1", "fov003_c0", "fov003_c1"]
    assert scenes_of(names) == {name: name[:6] for name in names}
    cameras = [
        "Sony_4_200_door_10",
        "Sony_4_200_door_11",
        "Nikon_8_plant_1",
        "Nikon_8_plant__4",
        "Canon_toy_1",
        "x y_2",
    ]
    scenes = scenes_of(cameras)
    assert scenes is not None
    assert scenes["Nikon_8_plant_1"] == scenes["Nikon_8_plant__4"] == "Nikon_8_plant"
    assert scenes["x y_2"] == "x y"


@pytest.mark.parametrize(
    "names",
    [
        [f"test_{number:03d}" for number in range(20)],
        [f"t{number}" for number in range(20)],
        [f"{word}_1" for word in "abcdefgh"],
        ["a_1", "a_2", "b_1", "b_2"],
        [],
    ],
    ids=["one prefix", "no separator", "nothing shared", "two scenes", "nothing"],
)
def test_names_that_only_count_tell_no_scenes(names: list[str]) -> None:
    assert scenes_of(names) is None


def test_an_expression_with_one_group_names_the_scene() -> None:
    assert scenes_by(["s12a", "s12b", "s3a"], r"^s(\d+)") == {"s12a": "12", "s12b": "12", "s3a": "3"}


@pytest.mark.parametrize(
    ("pattern", "fact"),
    [
        ("(", "is not a regular expression"),
        ("s", "has 0 groups"),
        ("(s)(1)", "has 2 groups"),
        (r"(\d)", "does not fit the name x"),
    ],
)
def test_an_expression_that_cannot_be_used_is_refused(pattern: str, fact: str) -> None:
    with pytest.raises(UsageError, match=fact):
        scenes_by(["s1", "x"], pattern)
