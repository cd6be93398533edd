"""The limit of pixels that a file may declare before it is refused as a decompression bomb."""

from __future__ import annotations

import os

from burnish.errors import ImagingError, UsageError

MAX_PIXELS = 500_000_000
"""Default limit in pixels (about 22,000 x 22,000); as float32 RGB that is 6 GB."""

ENVIRONMENT = "BURNISH_MAX_PIXELS"
"""Environment variable that replaces the default."""


def pixel_limit(given: int | None) -> int:
    """The limit in force: the argument, else the environment variable, else the default.

    Raises:
        UsageError: The limit is not a positive whole number.
    """
    text = os.environ.get(ENVIRONMENT, "")
    if given is None and not text:
        return MAX_PIXELS
    try:
        limit = int(text) if given is None else given
    except ValueError:
        limit = 0
    if limit < 1:
        raise UsageError(
            f"{ENVIRONMENT if given is None else 'max_pixels'} is {text if given is None else given!r}; "
            "give a positive whole number of pixels"
        )
    return limit


def check_size(width: int, height: int, limit: int) -> None:
    """Refuse a header that states no pixels or too many, before anything is decoded."""
    if width < 1 or height < 1:
        raise ImagingError(
            f"is damaged: its header declares {width} x {height} pixels; get a complete copy of the file"
        )
    if width * height > limit:
        raise ImagingError(
            f"declares {width} x {height} = {width * height / 1e6:,.0f} million pixels, "
            f"but the limit is {limit / 1e6:g} million; set {ENVIRONMENT} higher to allow this"
        )
