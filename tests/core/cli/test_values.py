"""Numbers on the command line: what no command can mean is refused with the mend, in every command alike."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

import pytest
from burnish.cli.values import box, duration, kind, level, names, natural, period, point, port, positive, seed, tile

TYPES: dict[Callable[[str], float], tuple[list[str], list[str]]] = {
    duration: (["0.5", "3", "1e-9"], ["0", "-1", "nan", "inf", "1e999", "soon", ""]),
    level: (["0", "1", "25/255", "1e-3"], ["-0.1", "25", "nan", "inf", "1/0", "x", ""]),
    natural: (["0", "7"], ["-1", "1.5", "nan", "1e3", "", "many"]),
    period: (["0.5", "90s", "1.5h", "2w"], ["", "often", "0", "0h", "-1h", "h", "6 hours", "6x", "nan", "inf", "1e9"]),
    port: (["0", "8000", "65535"], ["-1", "65536", "1e3", "nan", "", "http"]),
    positive: (["1", "12"], ["0", "-1", "1.5", "nan", "", "all"]),
    seed: (["0", "4294967295"], ["-1", "4294967296", "nan", "1.0", "", "x"]),
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, (good, _) in TYPES.items() for text in good])
def test_numbers_that_can_be_meant_are_taken(kind: Callable[[str], float], text: str) -> None:
    number = kind(text)
    assert math.isfinite(number)
    assert number >= 0


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, (_, bad) in TYPES.items() for text in bad])
def test_others_are_refused_in_words(kind: Callable[[str], float], text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        kind(text)
    assert text in str(refused.value)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("30m", 1800), ("6h", 21600), ("1d", 86400), ("2w", 1209600)]
)
def test_a_time_is_seconds_or_has_a_unit(text: str, seconds: float) -> None:
    assert period(text) == seconds


def test_tiles_have_a_side_none_or_one_that_is_chosen() -> None:
    assert [tile(text) for text in ("auto", "0", "256")] == ["auto", 0, 256]
    with pytest.raises(argparse.ArgumentTypeError, match="big is neither auto nor"):
        tile("big")


def test_a_kind_is_meant_in_the_singular_and_lists_have_commas() -> None:
    assert kind("restorers") == kind("restorer") == "restorer"
    assert names("psnr, ssim,") == ["psnr", "ssim"]


def test_a_point_is_two_pixels_and_a_box_is_four() -> None:
    assert point("120,80") == (120, 80)
    assert box("0, 8,16,24") == (0, 8, 16, 24)
    for of, text in (
        (point, "12"),
        (point, "1,2,3"),
        (point, "-1,2"),
        (point, "a,b"),
        (box, "1,2"),
        (box, "1,2,3,4.5"),
    ):
        with pytest.raises(argparse.ArgumentTypeError, match="whole numbers of pixels"):
            of(text)
