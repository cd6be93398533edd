"""The types of options for argparse: numbers, times, kinds; invalid values are refused with a fix."""

from __future__ import annotations

import math
import re
from argparse import ArgumentTypeError
from typing import Literal

UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
"""Unit of a time → seconds."""


def level(text: str) -> float:
    """A noise's standard deviation in [0, 1], as ``0.1`` or ``25/255``."""
    above, slash, below = text.partition("/")
    try:
        sigma = float(above) / float(below) if slash else float(text)
    except (ValueError, ZeroDivisionError) as error:
        raise ArgumentTypeError(f"{text} is not a number; give a number in [0, 1], e.g. 0.1 or 25/255") from error
    if not 0 <= sigma <= 1:
        raise ArgumentTypeError(f"{text} is outside [0, 1]; for 25 levels of 255 write 25/255")
    return sigma


def share(text: str) -> float:
    """A number in [0, 1]."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number <= 1:
        raise ArgumentTypeError(f"{text} is not a number from 0 to 1; give e.g. 0.5")
    return number


def duration(text: str) -> float:
    """A finite number above 0."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ArgumentTypeError(f"{text} is not a finite number above 0")
    return number


def decibels(text: str) -> float:
    """A finite number of dB, 0 or above."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 <= number < math.inf:
        raise ArgumentTypeError(f"{text} is not a finite number of dB, 0 or above; give e.g. 0.05")
    return number


def period(text: str) -> float:
    """A time in seconds: ``0.5``, ``90`` or ``90s``, ``30m``, ``6h``, ``1d``, ``2w``."""
    found = re.fullmatch(r"(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})([smhdw]?)", text.strip())
    seconds = float(found[1]) * UNITS[found[2]] if found else 0.0
    if seconds <= 0:
        raise ArgumentTypeError(
            f"{text} is not a time; give a number above 0, of seconds or with a unit: 90s, 30m, 6h, 1d"
        )
    return seconds


def seed(text: str) -> int:
    """A whole number from 0 to 4294967295, which every generator takes."""
    if not text.isdecimal() or len(text) > 10 or int(text) >= 2**32:
        raise ArgumentTypeError(f"{text} is not a whole number from 0 to {2**32 - 1}")
    return int(text)


def positive(text: str) -> int:
    """A whole number above 0."""
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError(f"{text} is not a positive number")
    return int(text)


def natural(text: str) -> int:
    """A whole number, 0 or above."""
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is not a whole number, 0 or above")
    return int(text)


def port(text: str) -> int:
    """A TCP port's number, 0 for any free one."""
    if not text.isdecimal() or int(text) > 65535:
        raise ArgumentTypeError(f"{text} is not a port; give a whole number from 0 to 65535")
    return int(text)


def tile(text: str) -> Literal["auto"] | int:
    """The side of tiles in pixels, 0 for none, or ``auto``."""
    if text == "auto":
        return "auto"
    if not text.isdecimal():
        raise ArgumentTypeError(f"{text} is neither auto nor a whole number of pixels; 0 turns tiling off")
    return int(text)


def point(text: str) -> tuple[int, ...]:
    """A pixel: ``X,Y``."""
    return _numbers(text, 2, "a point X,Y, e.g. 120,80")


def box(text: str) -> tuple[int, ...]:
    """A rectangle of pixels: ``X,Y,W,H``."""
    return _numbers(text, 4, "a box X,Y,W,H, e.g. 120,80,16,16")


def _numbers(text: str, count: int, told: str) -> tuple[int, ...]:
    parts = text.split(",")
    if len(parts) != count or not all(part.strip().isdecimal() for part in parts):
        raise ArgumentTypeError(f"{text} is not {told}: whole numbers of pixels from the left and the top")
    return tuple(int(part) for part in parts)


def kind(text: str) -> str:
    """A kind of plugin in the singular: ``restorer``; the plural of the catalog means the same."""
    return text.removesuffix("s")


def names(text: str) -> list[str]:
    """Names with commas between them."""
    return [name.strip() for name in text.split(",") if name.strip()]
